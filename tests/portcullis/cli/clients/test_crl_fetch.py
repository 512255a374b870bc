"""`portcullis clients fetch-crl`: a line for each list, and an exit code for scheduled jobs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from portcullis.cli.clients import app
from portcullis.errors import ExitCode
from tests.authorizer.list_tables import keys
from tests.authorizer.tables import KEYS
from tests.portcullis.cli.clients.making import KEY
from tests.portcullis.cli.clients.running import refused
from tests.portcullis.cli.clients.test_crl_import import crl
from tests.portcullis.registry.revocation_lists.publishing import publishing


@pytest.fixture(scope="module")
def publisher():
    with publishing() as started:
        yield started


@pytest.fixture
def publish(publisher, tmp_path):
    """The URL of a list with this number."""

    def at(number, path="/new.crl"):
        return publisher.publish(path, crl(tmp_path, number).read_bytes())

    return at


@pytest.fixture
def fetched(tmp_path, certificate):
    """Runs the command for the truststore of `certificate`, into a file."""

    def run(*arguments, code=ExitCode.OK, into=(tmp_path / "in-use.crl",)):
        words = ["fetch-crl", *into, "--truststore", certificate[0], *arguments]
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.stdout

    return run


def test_a_list_is_fetched_and_fetched_again(fetched, publish, tmp_path):
    url = publish(7)
    assert fetched("--url", url).startswith("CN=new: updated: first list -> 7, 0 added, 0 removed")
    former = (tmp_path / "in-use.crl").read_bytes()
    assert "CN=new: unchanged: number 7, next update" in fetched("--url", url)
    publish(8)
    assert "updated: number 7 -> 8" in fetched("--url", url, "--dry-run")
    assert (tmp_path / "in-use.crl").read_bytes() == former
    fetched("--url", url)
    assert (tmp_path / "in-use.crl").read_bytes() != former


def test_a_failure_keeps_the_file_and_ends_with_its_own_code(
    fetched, publish, publisher, tmp_path, *, certificate
):
    target = tmp_path / "in-use.crl"
    url = publish(7)
    fetched("--url", url)
    former = target.read_bytes()
    publish(6)
    assert "kept: number 7" in fetched("--url", url, code=ExitCode.KEPT)
    publisher.publish("/new.crl", b"<html>")
    lines = fetched("--url", url, code=ExitCode.KEPT).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("CN=new: kept: number 7, not fetched, next update")
    assert lines[1].startswith(f"No list: {url} must be a certificate revocation list")
    assert target.read_bytes() == former
    target.unlink()
    assert fetched("--url", url, code=ExitCode.STALE).count("\n") == 1


def test_an_overdue_list_in_use_is_stale(fetched, publisher, tmp_path):
    past = datetime.now(UTC) - timedelta(hours=1)
    overdue = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name.from_rfc4514_string("CN=new"))
        .last_update(past - timedelta(days=1))
        .next_update(past)
        .add_extension(x509.CRLNumber(7), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    (tmp_path / "in-use.crl").write_bytes(overdue.public_bytes(Encoding.PEM))
    shown = fetched("--url", publisher.url("/gone"), code=ExitCode.STALE)
    assert "kept: number 7, not fetched, OVERDUE since" in shown
    assert "answers with the status 404" in shown


def test_the_document_has_what_the_lines_have(fetched, publish):
    document = json.loads(fetched("--url", publish(7), "--json"))
    (one,) = document["issuers"]
    assert one.pop("nextUpdate").endswith("+00:00")
    assert one == {
        "issuer": "CN=new",
        "outcome": "updated",
        "formerNumber": None,
        "number": 7,
        "added": 0,
        "removed": 0,
        "problem": "",
    }
    assert (document["failures"], document["written"]) == ([], True)


def test_distribution_points_of_certificates_are_fetched(fetched, publish, tmp_path):
    url = publish(7, "/points.crl")
    shown = tmp_path / "client.pem"
    shown.write_bytes(with_point(url).public_bytes(Encoding.PEM))
    options = ("--distribution-points-of", shown)
    assert "is not public" in fetched(*options, code=ExitCode.STALE)
    assert "first list -> 7" in fetched(*options, "--allow-private-addresses")


def test_a_table_is_written_and_read_again(fetched, publish, dynamodb, table, moto, *, monkeypatch):
    for key, value in (
        KEYS | {"AWS_ENDPOINT_URL_DYNAMODB": moto, "AWS_DEFAULT_REGION": "eu-central-1"}
    ).items():
        monkeypatch.setenv(key, value)
    url = publish(7)
    into = ("--table", table.name)
    assert "first list -> 7" in fetched("--url", url, into=into)
    assert "unchanged: number 7" in fetched("--url", url, into=into)
    assert any(key.startswith("crl#") for key in keys(dynamodb, table))


def test_a_stack_says_what_is_left_out(registry, publish, certificate):
    project = registry.parent
    (project / "truststore.pem").write_bytes(certificate[0].read_bytes())
    settings = {
        "crlFile": "lists.pem",
        "crlUrls": [publish(7)],
        "truststoreFile": "truststore.pem",
        "domain": "localhost",
        "certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/1",
    }
    config = {f"portcullis:{key}": value for key, value in settings.items()}
    (project / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    shown = CliRunner().invoke(app, ["fetch-crl", "--stack", "dev"], catch_exceptions=False)
    assert shown.exit_code == ExitCode.OK, shown.output
    assert (project / "lists.pem").exists()
    (project / "Pulumi.none.yaml").write_text(
        json.dumps({"config": {k: v for k, v in config.items() if "crl" not in k}})
    )
    assert "Stack none has no revocation lists" in refused("fetch-crl", "--stack", "none")
    del config["portcullis:crlUrls"]
    (project / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    assert "There is no list to fetch" in refused("fetch-crl", "--stack", "dev")


def test_one_place_at_a_time(tmp_path):
    assert "FILE or --table" in refused("fetch-crl", tmp_path / "a", "--table", "x")


def with_point(url):
    now = datetime.now(UTC)
    name = x509.Name.from_rfc4514_string("CN=client")
    point = x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)],
        relative_name=None,
        reasons=None,
        crl_issuer=None,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .sign(KEY, hashes.SHA256())
    )
