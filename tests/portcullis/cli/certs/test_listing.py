"""`portcullis certs list`: the record, and with --all everything that expires."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portcullis.cli.certs import app
from portcullis.errors import ExitCode
from portcullis.pki import certificate_text, hierarchy
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.expiry import ExpiryKind
from portcullis.pki.layout import PkiLayout, Purpose
from tests.portcullis.cli.certs.running import leaf, run_json

PKI = Path(".portcullis/pki")


@pytest.fixture
def at(ready):
    """Run a command with the clock of the command that many days from now."""

    def run(days, *arguments, exit_code=ExitCode.OK):
        result = CliRunner().invoke(
            app,
            list(map(str, arguments)),
            obj=datetime.now(UTC) + timedelta(days=days),
            catch_exceptions=False,
        )
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


def kinds(rows):
    return [row["kind"] for row in rows]


def test_list_shows_what_was_issued_and_what_became_of_it(ready):
    assert ready("list") == ""
    ready("issue", "pet-shop", "--out", "out")
    ready("issue", "pet-viewer", "--out", "out", "--hours", 1)
    ready("revoke", "pet-shop")
    printed = run_json(ready, "list")
    assert {row["client"]: row["state"] for row in printed} == {
        "pet-shop": "revoked",
        "pet-viewer": "valid",
    }
    (line,) = ready("list", "pet-viewer").splitlines()
    serial = certificate_text.serial_text(leaf("out/pet-viewer.pem"))
    assert f" {serial}  client issuing CA " in line


def test_the_record_is_judged_by_the_commands_clock(ready, at):
    ready("issue", "pet-shop", "--out", "out", "--days", 365)
    states = [run_json(at, days, "list")[0]["state"] for days in (0, 340, 366)]
    assert states == ["valid", "needs renewal", "expired"]


def test_all_shows_each_kind_once(ready):
    ready("issue", "pet-shop", "--out", "out")
    ready("revoke", "pet-shop")
    ready("issue", "pet-viewer", "--out", "out")
    rows = run_json(ready, "list", "--all")
    # The truststore holds the client CAs, which are listed already.
    assert kinds(rows) == [
        ExpiryKind.CLIENT,
        *(ExpiryKind.ISSUING_CA, ExpiryKind.ROOT_CA) * 2,
        ExpiryKind.LIST,
    ]
    assert {row["state"] for row in rows} == {"ok"}
    assert rows[0]["name"] == "pet-viewer"  # the other one is revoked
    assert rows[0]["daysLeft"] in {364, 365}
    assert ready("list", "--all").splitlines()[0].split()[:3] == [
        "pet-viewer",
        rows[0]["notAfter"][:10],
        "ok",
    ]


def test_a_foreign_issuer_in_a_truststore_is_shown_as_anchor(ready, tmp_path):
    (made,) = hierarchy.create_all(PkiLayout(tmp_path / "partner"), [Purpose.CLIENT])
    with (PKI / "truststore.pem").open("ab") as bundle:
        bundle.write(made.anchors.read_bytes())
    rows = run_json(ready, "list", "--all")
    assert kinds(rows)[-2:] == [ExpiryKind.INTERMEDIATE, ExpiryKind.ANCHOR]
    assert rows[-1]["name"].startswith("CN=client root CA")


@pytest.mark.parametrize(
    ("days", "within", "expected"),
    [
        (0, "30d", []),
        (340, "30d", [ExpiryKind.CLIENT]),
        (366, "30d", []),  # the client may have left
        (1800, "30d", [ExpiryKind.ISSUING_CA] * 2),
        (1900, "30d", [ExpiryKind.ISSUING_CA] * 2),
    ],
    ids=["none", "client", "ended client", "authority", "ended authority"],
)
def test_what_ends_within_the_time_is_listed_with_exit_code_1(ready, at, days, within, expected):
    ready("issue", "pet-shop", "--out", "out", "--days", 365)
    code = ExitCode.FAILED if expected else ExitCode.OK
    rows = run_json(at, days, "list", "--all", "--expiring-within", within, exit_code=code)
    assert kinds(rows) == expected


def test_a_list_counts_two_days_before_its_next_update(ready, at):
    ready("crl", "--days", 14)
    within = ("list", "--all", "--expiring-within", "30d")
    assert run_json(at, 11, *within) == []
    (row,) = run_json(at, 13, *within, exit_code=ExitCode.FAILED)
    assert (row["kind"], row["state"]) == (ExpiryKind.LIST, "soon")
    assert row["fix"] == "Run: portcullis certs crl"


def test_a_stacks_truststore_and_lists_are_shown_too(ready, tmp_path):
    (made,) = hierarchy.create_all(PkiLayout(tmp_path / "partner"), [Purpose.CLIENT])
    Path("partners.pem").write_bytes(made.anchors.read_bytes())
    ready("crl")
    Path("revoked.crl").write_bytes((PKI / "client-ca/crl.pem").read_bytes())
    Path("Pulumi.yaml").write_text("name: portcullis\nruntime: python\n")
    Path("Pulumi.dev.yaml").write_text(
        "config:\n  portcullis:domain: api.example.com\n"
        "  portcullis:hostedZoneId: Z0123456789ABCDEFGHIJ\n"
        "  portcullis:truststoreFile: partners.pem\n  portcullis:crlFile: revoked.crl\n"
    )
    rows = run_json(ready, "list", "--all", "--stack", "dev")
    files = [(row["kind"], Path(row["file"]).name) for row in rows]
    assert (ExpiryKind.ANCHOR, "partners.pem") in files
    assert (ExpiryKind.LIST, "revoked.crl") in files


@pytest.mark.parametrize("arguments", [("pet-shop", "--all"), ("--stack", "dev")])
def test_options_that_do_not_go_together_are_refused(ready, arguments):
    with pytest.raises(PkiMisuseError, match="--all"):
        ready("list", *arguments)
