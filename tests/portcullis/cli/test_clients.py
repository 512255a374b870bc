"""`portcullis clients` on a file: what it shows, what it writes, what it refuses."""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from components.registry_table import table_name
from portcullis.cli.clients import app
from portcullis.cli.clients_stack import CONTRACT, stack_of_table
from portcullis.errors import PortcullisError
from portcullis.pki import facts, hierarchy
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import Reason, RevocationRecord, sign
from portcullis.pki.revocation import Revocation as Revoking
from portcullis.registry import ClientRegistry
from portcullis.registry.checking import check
from portcullis.registry.revocation_lists.in_file import put_in_place
from portcullis.registry.revocation_lists.verified import CrlError, load
from portcullis.registry.store import Change, EditError, Revocation, Revoked

FILE = """\
clients:
  - id: pet-shop
    match: [{sanUri: "spiffe://a/pet-shop"}]
    scopes: [pets:read]
    status: active
"""
NOBODY = ClientRegistry(clients=())
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: portcullis\n")
    (tmp_path / "components").mkdir()
    (tmp_path / CONTRACT).write_bytes((Path(__file__).parents[3] / CONTRACT).read_bytes())
    path = tmp_path / "clients.local.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def certificate(tmp_path):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "new")])
    uri = x509.UniformResourceIdentifier("spiffe://a/new")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(0x1F)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    path = tmp_path / "new.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path, facts.thumbprint(made)


def run(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments):
    with pytest.raises(PortcullisError) as caught:
        CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    return str(caught.value)


def test_the_list_names_everybody(registry):
    assert "pet-shop  active     pets:read" in run("list")
    assert json.loads(run("show", "pet-shop"))["scopes"] == ["pets:read"]
    assert json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)[0]["id"] == "pet-shop"


def test_suspend_and_resume_are_each_others_opposite(registry):
    assert "+    status: suspended" in run("suspend", "pet-shop")
    assert "status: suspended" in registry.read_text()
    run("resume", "pet-shop")
    assert registry.read_text() == FILE
    assert "Nothing to change" in run("resume", "pet-shop")


def test_a_client_is_added_by_its_certificate(registry, certificate):
    path, thumbprint = certificate
    run("add", "new", "--scope", "pets:read", "--certificate", path, "--pin")
    shown = json.loads(run("show", "new"))
    assert shown["match"] == [{"kind": "sanUri", "value": "spiffe://a/new"}]
    assert shown["pins"] == [thumbprint]


def test_a_dry_run_writes_nothing(registry):
    assert "Nothing was written" in run("remove", "pet-shop", "--dry-run")
    assert registry.read_text() == FILE


@pytest.mark.parametrize("by", ["certificate", "thumbprint", "serial number"])
def test_a_certificate_is_revoked(registry, certificate, by):
    path, thumbprint = certificate
    options = {
        "certificate": ["--certificate", path],
        "thumbprint": ["--thumbprint", thumbprint],
        "serial number": ["--issuer", path, "--serial-number", "00:1F"],
    }[by]
    run("revoke", *options, "--reason", "stolen")
    text = registry.read_text()
    assert text.startswith(FILE)
    assert "reason: stolen" in text
    assert (thumbprint in text) is (by != "serial number")
    assert "revoked certificates: 1" in run("list")


def test_a_client_is_revoked_for_good_and_a_mistake_is_taken_back(registry, certificate):
    run("revoke", "pet-shop")
    assert "pet-shop  revoked    pets:read" in run("list")
    assert "clients unrevoke pet-shop" in refused("resume", "pet-shop")
    assert "+    status: suspended" in run("unrevoke", "pet-shop")
    run("resume", "pet-shop")
    assert registry.read_text() == FILE
    path, _ = certificate
    run("revoke", "--certificate", path)
    run("unrevoke", "--certificate", path)
    assert registry.read_text() == FILE + "revoked: []\n"


def test_a_new_client_needs_a_rate_plan_where_its_stack_has_some(registry):
    stack = registry.parent / "Pulumi.local.yaml"
    stack.write_text(
        "config:\n  portcullis:ratePlans: {gold: {ratePerSecond: 5, burst: 5}}\n",
    )
    new = ["add", "new", "--scope", "pets:read", "--san-uri", "x:y"]
    assert "one of: gold" in refused(*new)
    assert "the stack has: gold" in refused(*new, "--rate-plan", "golden")
    run(*new, "--rate-plan", "gold")
    assert "ratePlan: gold" in registry.read_text()


@pytest.mark.parametrize(
    ("table", "stack"),
    [("portcullis-local-registry", "local"), ("portcullis-a-b-registry", "a-b"), ("clients", None)],
)
def test_whose_a_table_is_stands_in_its_name(table, stack):
    assert stack_of_table(table) == stack
    assert stack_of_table(table_name("portcullis-prod")) == "prod"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "new", "--scope", "pets:read"], "how to recognise"),
        (["add", "new", "--scope", "pets:eat", "--san-uri", "x:y"], "pets:eat"),
        (["add", "new", "--scope", "pets:read", "--san-uri", "x:y", "--pin"], "--certificate"),
        (["add", "pet-shop", "--scope", "pets:read", "--san-uri", "x:y"], "already"),
        (["suspend", "nobody"], "no client 'nobody'"),
        (["resume", "nobody"], "no client 'nobody'"),
        (["revoke"], "Name a CLIENT, or one certificate"),
        (["revoke", "pet-shop", "--thumbprint", "t" * 43], "Name a CLIENT, or one certificate"),
        (["revoke", "pet-shop", "--reason", "theft"], "--reason goes with a certificate"),
        (["unrevoke"], "Name a CLIENT, or one certificate"),
        (["unrevoke", "pet-shop"], "not revoked, but active"),
        (["unrevoke", "--thumbprint", "t" * 43], "not revoked here"),
        (["revoke", "--thumbprint", "short"], "43"),
        (["revoke", "--thumbprint", "t" * 43, "--serial-number", "1"], "Name a CLIENT"),
        (["list", "--file", "missing.yaml"], "missing.yaml"),
        (["list", "--stack", "nope"], "no clients.nope.yaml in"),
        (["list", "--stack", "nope"], "Here: clients.local.yaml."),
        (["revoke", "--certificate", "clients.local.yaml"], "no certificate in PEM"),
        (["list", "--file", "a", "--table", "b"], "name one"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_makes_no_sense_is_refused(registry, arguments, message):
    assert message in refused(*arguments)
    assert registry.read_text() == FILE


def test_outside_a_project_the_error_says_where_to_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Run this in the project's folder" in refused("list")


def test_what_was_written_says_when_it_counts(registry):
    assert "portcullis up" in run("suspend", "pet-shop")
    registry.rename("clients.prod.yaml")
    assert "pulumi up" in run("resume", "pet-shop", "--stack", "prod")


def crl(folder, number):
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "new")])
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(datetime.now(UTC) - timedelta(days=1))
        .next_update(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.CRLNumber(number), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    path = folder / f"{number}.crl"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def test_a_revocation_list_is_taken_in_unless_it_is_older(tmp_path, certificate):
    path, _ = certificate
    target = tmp_path / "in-use.crl"
    assert "number 7" in run("import-crl", crl(tmp_path, 7), target, "--truststore", path)
    former = target.read_bytes()
    message = refused("import-crl", crl(tmp_path, 6), target, "--truststore", path)
    assert "number 7 is in use" in message
    assert target.read_bytes() == former
    run("import-crl", crl(tmp_path, 8), target, "--truststore", path)
    assert target.read_bytes() != former


def test_a_revocation_list_may_come_through_a_pipe(tmp_path, certificate):
    path, _ = certificate
    made = crl(tmp_path, 7).read_bytes()
    pipe, target = tmp_path / "pipe", tmp_path / "in-use.crl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(made,))
    writer.start()
    run("import-crl", pipe, target, "--truststore", path)
    writer.join()
    assert target.read_bytes() == made


def test_two_imports_into_a_file_at_once_leave_the_newer_list(tmp_path, certificate):
    path, _ = certificate
    target = tmp_path / "in-use.crl"
    lists = [crl(tmp_path, number) for number in range(10, 26)]
    random.Random(1).shuffle(lists)  # noqa: S311 - repeatable by design
    issuers = x509.load_pem_x509_certificates(path.read_bytes())

    def take_in(one):
        with contextlib.suppress(CrlError):
            put_in_place(target, one, load(one, issuers), issuers)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take_in, lists))
    assert load(target, issuers)[0].number == 25
    assert not list(tmp_path.glob(".in-use*"))


def test_a_list_whose_authority_is_gone_is_forgotten_where_that_is_wanted(tmp_path, certificate):
    path, _ = certificate
    target = tmp_path / "in-use.crl"
    run("import-crl", crl(tmp_path, 7), target, "--truststore", path)
    successor, following = another_authority(tmp_path)
    assert "It is in use. Where that issuer is gone: --retire" in refused(
        "import-crl", following, target, "--truststore", successor
    )
    run("import-crl", following, target, "--truststore", successor, "--retire")
    assert target.read_bytes() == following.read_bytes()


def test_a_list_that_revokes_an_authority_of_the_truststore_is_not_taken_in(tmp_path):
    """Only client certificates are looked up in it: the authority's clients would go on calling."""
    pki, target = PkiLayout(tmp_path / "pki"), tmp_path / "in-use.crl"
    (made,) = hierarchy.create_all(pki, [Purpose.CLIENT])
    root, issuing = made.hierarchy.root, made.hierarchy.issuing
    both = [list_of(root, 1), list_of(issuing, 1)]
    (tmp_path / "both.crl").write_bytes(b"".join(both))
    run("import-crl", tmp_path / "both.crl", target, "--truststore", pki.truststore)
    former = target.read_bytes()

    fresh = tmp_path / "fresh.crl"
    fresh.write_bytes(list_of(root, 2, issuing) + both[1])
    message = refused("import-crl", fresh, target, "--truststore", pki.truststore)
    assert issuing.certificate.subject.rfc4514_string() in message
    assert f"serial number {issuing.certificate.serial_number:x}" in message
    assert str(fresh) in message
    assert "\n" not in message
    assert target.read_bytes() == former

    # What the message says to do.
    pki.truststore.write_bytes(root.certificate.public_bytes(Encoding.PEM))
    fresh.write_bytes(list_of(root, 2, issuing))
    run("import-crl", fresh, target, "--truststore", pki.truststore, "--retire")
    assert target.read_bytes() == fresh.read_bytes()


def list_of(authority, number, *revoked):
    """A list that an authority signs over the certificates of other authorities."""
    record = RevocationRecord(
        crl_number=number,
        revocations=tuple(
            Revoking.now(one.certificate.serial_number, "an authority", Reason.KEY_COMPROMISE)
            for one in revoked
        ),
    )
    return sign(authority, record).public_bytes(Encoding.PEM)


def another_authority(folder):
    """The certificate of another issuer, and its list."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "successor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "successor.pem", folder / "successor.crl"
    for path, one in zip(paths, (made, listed), strict=True):
        path.write_bytes(one.public_bytes(Encoding.PEM))
    return paths


def test_a_revocation_list_goes_to_one_place(tmp_path, certificate):
    path, _ = certificate
    for places in ([], [tmp_path / "in-use.crl", "--table", "x"]):
        message = refused("import-crl", crl(tmp_path, 7), *places, "--truststore", path)
        assert "Say where the list goes" in message
    assert not (tmp_path / "in-use.crl").exists()


def test_the_command_itself_knows_the_scopes_of_the_projects_contract(tmp_path):
    project = Path(__file__).parents[3]
    file = tmp_path / "clients.yaml"
    for scopes, expected in (("pets:read", 0), ("pets:eat", 2)):
        file.write_text(FILE.replace("pets:read", scopes))
        run = subprocess.run(
            [sys.executable, "-I", "-m", "portcullis", "clients", "list", "--file", str(file)],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == expected, run.stderr
    assert "must be one of pets:read, pets:write" in run.stderr


def test_an_authority_is_not_revoked_in_place_of_its_client(registry, tmp_path):
    """The client would go on calling, and nobody would notice."""
    bundle = tmp_path / "bundle.pem"
    authority, leaf = made("CA", "CA", is_authority=True), made("leaf", "CA", is_authority=False)
    bundle.write_bytes(authority + leaf)
    message = refused("revoke", "--certificate", bundle)
    assert "begins with the certificate of an authority" in message
    bundle.write_bytes(leaf + authority)
    message = refused("revoke", "--issuer", bundle, "--serial-number", "1f")
    assert "begins with a certificate that issues none" in message
    assert registry.read_text() == FILE
    run("revoke", "--certificate", bundle)
    (tmp_path / "ca.pem").write_bytes(authority)
    run("revoke", "--issuer", tmp_path / "ca.pem", "--serial-number", "1f")
    assert registry.read_text().count("\n  - thumbprint: ") == 1
    assert "- issuer: {CN: CA}" in registry.read_text()


def made(subject, issuer, *, is_authority):
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(KEY.public_key())
        .serial_number(0x1F)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    constraints = x509.BasicConstraints(ca=is_authority, path_length=None)
    builder = builder.add_extension(constraints, critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("number", ["1_0", "-5", "\u0661", ":", "1:", "0x", " 1f"])
def test_a_serial_number_is_hexadecimal_and_nothing_else(registry, certificate, number):
    path, _ = certificate
    message = refused("revoke", "--issuer", path, "--serial-number", number)
    assert "must be hexadecimal" in message
    assert registry.read_text() == FILE


def test_rate_plans_that_cannot_be_read_are_an_error_that_says_so(registry):
    (registry.parent / "Pulumi.local.yaml").write_text("config:\n  portcullis:ratePlans: '{gold'\n")
    message = refused("add", "new", "--scope", "pets:read", "--san-uri", "spiffe://a/new")
    assert "ratePlans is no mapping" in message


def test_a_text_that_is_not_utf8_goes_into_no_table():
    with pytest.raises(EditError, match="not UTF-8"):
        check(
            Change(action=Revoked(Revocation(certificate="t" * 43, reason="\udcff")), after=NOBODY),
            None,
        )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", "here"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_DEFAULT_REGION", "eu central"),
    ],
)
def test_odd_settings_of_aws_are_an_error_that_says_so(monkeypatch, variable, value):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv(variable, value)
    assert "--table needs AWS" in refused("list", "--table", "x")


def test_a_table_without_a_region_is_an_error_that_says_so(tmp_path):
    run = subprocess.run(
        [sys.executable, "-I", "-m", "portcullis", "clients", "list", "--table", "x"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert "Set AWS_REGION" in run.stderr
