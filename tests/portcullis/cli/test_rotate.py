"""`portcullis rotate ca`: what each call does, says and answers."""

import json
import time
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from portcullis.cli import rotate
from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.explain.cloudwatch import CloudWatchLogs
from portcullis.pki import handout, hierarchy, names
from portcullis.pki.ca_rotation import NoRotationError
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import PkiLayout, Purpose

PKI = PkiLayout(Path("pki"))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A stack whose truststore holds an authority with one client."""
    monkeypatch.chdir(tmp_path)
    Path("Pulumi.yaml").write_text("name: portcullis\n")
    Path("Pulumi.prod.yaml").write_text(
        "config:\n"
        "  portcullis:domain: api.example.com\n"
        "  portcullis:hostedZoneId: Z0123456789ABCDEFGHIJ\n"
        "  portcullis:truststoreFile: truststore.prod.pem\n"
    )
    hierarchy.create_all(PKI, [Purpose.CLIENT])
    Path("truststore.prod.pem").write_bytes(PKI.truststore.read_bytes())
    return tmp_path


@pytest.fixture
def shop(project):
    """The client's old certificate."""
    options = PfxOptions(passphrase="correct horse")
    request = ClientRequest(client="shop", names=(names.san_uri("spiffe://a/shop"),))
    return handout.hand_out(PKI, request, Path("out"), options=options).certificate


def run(*options, exit_code=ExitCode.OK, state_dir=".portcullis"):
    laptop = ["--state-dir", state_dir] if state_dir else []
    command = ["ca", "--stack", "prod", "--pki", "pki", *laptop, *options]
    result = CliRunner().invoke(rotate.app, command)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.stdout


def log(*certificates, ago=0.0):
    """The laptop's logs: one call with each certificate."""
    folder = Path(".portcullis/log")
    folder.mkdir(parents=True, exist_ok=True)
    gates, access = [], []
    for number, certificate in enumerate(certificates):
        gates.append(
            {
                "requestId": str(number),
                "time": time.time() - ago,
                "status": 200,
                "gate": "backend",
                "reason": "",
            }
        )
        serial = certificate.serial_number.to_bytes(20, "big").hex(":")
        access.append({"requestId": str(number), "clientCertSerialNumber": serial})
    for name, lines in (("gates.jsonl", gates), ("access.jsonl", access)):
        (folder / name).write_text("\n".join(map(json.dumps, lines)) + "\n")


def trusted():
    return x509.load_pem_x509_certificates(Path("truststore.prod.pem").read_bytes())


def test_the_walk_from_the_first_step_to_the_last(shop):
    shown = run()
    assert "holds both authorities" in shown
    assert "deploy: pulumi up --stack prod" in shown
    assert len(trusted()) == 4
    assert "holds both authorities" in run()  # again, before the deploy: the same
    assert "Hand the new certificates out" in run("--deployed")
    (new,) = x509.load_pem_x509_certificates(Path("pki/renewed/shop.pem").read_bytes())[:1]
    new.verify_directly_issued_by(hierarchy.load(PKI, Purpose.CLIENT).issuing.certificate)
    log(shop, new)
    refused = run(exit_code=ExitCode.FAILED)
    assert "shop: 1 calls, the last 20" in refused
    assert len(trusted()) == 4
    log(shop, new, ago=8 * 86400)
    assert "no longer holds the other authority" in run()
    assert len(trusted()) == 2
    assert "The rotation has ended" in run("--deployed")


def test_the_log_of_a_laptop_is_not_taken_for_that_of_a_deployed_stack(shop):
    run()
    assert "portcullis rotate ca --stack prod --aws" in run("--deployed", state_dir=None)
    log()
    with pytest.raises(MisuseError, match="rotate ca --stack prod --aws"):
        run(state_dir=None)
    assert len(trusted()) == 4


def test_clients_that_still_use_it_can_be_refused_on_purpose(shop):
    run()
    run("--deployed")
    log(shop)
    document = json.loads(run("--json", exit_code=ExitCode.FAILED))
    assert document["step"] == "watch"
    assert [use["client"] for use in document["stillUsed"]] == ["shop"]
    assert json.loads(run("--json", "--remove-anyway"))["step"] == "deploy one"


def test_the_removal_waits_as_long_as_it_is_told_to(shop):
    run()
    run("--deployed")
    log(shop, ago=3600 * 5)
    run("--quiet-for", "6h", exit_code=ExitCode.FAILED)
    assert "no longer holds" in run("--quiet-for", "4h")


def test_without_a_log_nothing_is_removed(shop):
    run()
    run("--deployed")
    with pytest.raises(PortcullisError, match=r"gates\.jsonl"):
        run()
    assert len(trusted()) == 4


def test_the_status_changes_nothing(shop):
    run()
    before = PKI.rotation.read_bytes()
    assert json.loads(run("--status", "--json"))["step"] == "deploy both"
    assert PKI.rotation.read_bytes() == before


def test_the_way_back_ends_with_the_old_authority_alone(shop):
    old = trusted()
    run()
    run("--deployed")
    assert "holds both authorities" in run("--abort")
    run("--deployed")
    log()
    run()
    assert "has ended" in run("--deployed")
    assert set(trusted()) == set(old)
    assert hierarchy.load(PKI, Purpose.CLIENT).issuing.certificate in old


@pytest.mark.parametrize("option", ["--abort", "--deployed", "--status"])
def test_an_option_of_a_rotation_needs_one(project, option):
    with pytest.raises(NoRotationError, match="portcullis rotate ca --stack prod"):
        run(option)
    assert not PKI.rotation.exists()


def test_two_directions_at_once_are_refused(project):
    with pytest.raises(MisuseError, match="Choose one"):
        run("--abort", "--deployed")


class Pages:
    """CloudWatch Logs that answers with lines holding the term."""

    def __init__(self, *lines):
        self.lines = lines

    def filter_log_events(self, **asked):
        term = json.loads(asked["filterPattern"])
        found = [line for line in self.lines if term in line]
        return {"events": [{"message": line} for line in found]}


def test_on_aws_the_calls_of_the_issuer_are_asked_for():
    lines = [
        json.dumps(
            {
                "requestId": str(number),
                "requestTime": "1764345600000",
                "status": "200",
                "clientCertIssuer": f"CN=client issuing CA {number}",
                "clientCertSerialNumber": "0a:ff",
            }
        )
        for number in (1, 2)
    ]
    logs = CloudWatchLogs(Pages(*lines), "portcullis-prod", hours=0.01)
    (call,) = logs.containing("client issuing CA 1")
    assert (call.request_id, call.facts["serial"]) == ("1", "aff")
