"""`portcullis certs` as it is typed: what is printed, written, answered and refused."""

import json
import stat
from pathlib import Path

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from typer.testing import CliRunner

from portcullis.cli.certs import app
from portcullis.errors import ExitCode, MisuseError
from portcullis.pki import certificate_text, facts, keys, pfx
from portcullis.pki.errors import (
    AuthorityExistsError,
    AuthorityMissingError,
    IdentityError,
    LifetimeError,
    NotIssuedError,
    OutputExistsError,
    PassphraseError,
    PkiMisuseError,
)
from portcullis.registry import RegistryError

HELP = Path(__file__).with_name("certs_help.txt")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty project; an expected failure is raised, as `main` would see it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments, exit_code=ExitCode.OK):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return call


@pytest.fixture
def ready(run):
    run("init")
    return run


def run_json(run, *arguments, **options):
    return json.loads(run(*arguments, "--json", **options))


def leaf(path):
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def sans(path):
    extension = leaf(path).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [name.value for name in extension.value]


REGISTRY = """
clients:
  - id: pet-shop
    description: sells pets
    match:
      - sanUri: spiffe://partner.example/shop
      - sanDns: shop.partner.example
    scopes: [pets:read]
    status: active
  - id: pet-clinic
    description: known by its subject
    match:
      - subject: {CN: clinic, O: Clinic}
        issuer: {CN: Clinic CA}
    scopes: [pets:read]
    status: active
  - id: pinned
    description: pinned
    match:
      - sanUri: spiffe://partner.example/pinned
    pins: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
    scopes: [pets:read]
    status: active
"""


def test_init_makes_two_authorities_and_tells_where_they_are(run):
    shown = run("init")
    assert "The client CA can issue until" in shown
    assert "truststore   .portcullis/pki/truststore.pem" in shown
    assert "trusted by   .portcullis/pki/ca.pem" in shown
    assert Path(".portcullis/pki/client-ca/root.key").exists()


def test_init_in_json_names_folders_and_bundles(run):
    told = run_json(run, "init", "--ca", "client", "--pki", "pki")
    assert told == {
        "client": {
            "folder": "pki/client-ca",
            "anchors": "pki/truststore.pem",
            "movedAside": [],
        }
    }


def test_init_takes_a_key_type_and_an_organization(run):
    run("init", "--ca", "client", "--key-type", "rsa2048", "--organization", "Pets, Inc.")
    told = facts.of(leaf(".portcullis/pki/client-ca/root.pem"))
    assert told.key == "RSA 2048"
    assert "O=Pets\\, Inc." in told.subject


def test_init_never_replaces_an_authority_unasked(ready):
    before = Path(".portcullis/pki/truststore.pem").read_bytes()
    with pytest.raises(AuthorityExistsError):
        ready("init")
    assert Path(".portcullis/pki/truststore.pem").read_bytes() == before
    shown = ready("init", "--force")
    assert shown.count("moved aside") == 4
    assert Path(".portcullis/pki/truststore.pem").read_bytes() != before


def test_issue_writes_what_a_partner_needs_and_shows_the_passphrase_once(ready):
    shown = ready("issue", "pet-shop", "--out", "out")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "pet-shop.key",
        "pet-shop.pem",
        "pet-shop.pfx",
    ]
    assert stat.S_IMODE(Path("out/pet-shop.key").stat().st_mode) == 0o600
    passphrase = shown.partition("shown this once")[2].splitlines()[1].strip()
    content = Path("out/pet-shop.pfx").read_bytes()
    assert pfx.certificates(content, passphrase)[0] == leaf("out/pet-shop.pem")
    assert facts.thumbprint(leaf("out/pet-shop.pem")) in shown
    assert sans("out/pet-shop.pem") == ["spiffe://portcullis.local/client/pet-shop"]
    assert "pet-shop is not in clients.local.yaml" in shown


def test_issue_in_json_prints_no_secret(ready):
    shown = ready("issue", "pet-shop", "--out", "out", "--json")
    told = json.loads(shown)
    assert told["files"] == {
        "certificate": "out/pet-shop.pem",
        "key": "out/pet-shop.key",
        "pfx": "out/pet-shop.pfx",
        "passphrase": "out/pet-shop.pfx.passphrase",
    }
    passphrase = Path("out/pet-shop.pfx.passphrase").read_text().strip()
    assert passphrase not in shown
    assert "PRIVATE" not in shown
    assert stat.S_IMODE(Path("out/pet-shop.pfx.passphrase").stat().st_mode) == 0o600
    assert told["thumbprint"] == facts.thumbprint(leaf("out/pet-shop.pem"))


def test_issue_takes_names_from_the_client_registry(ready):
    Path("clients.dev.yaml").write_text(REGISTRY)
    shown = ready("issue", "pet-shop", "--out", "out", "--stack", "dev")
    assert sans("out/pet-shop.pem") == ["spiffe://partner.example/shop", "shop.partner.example"]
    assert "is not in" not in shown


def test_issue_reminds_of_pins(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    assert "add the thumbprint of this one" in ready("issue", "pinned", "--out", "out")


def test_issue_does_not_guess_a_san_for_a_client_known_by_its_subject(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    with pytest.raises(PkiMisuseError, match="by its subject"):
        ready("issue", "pet-clinic", "--out", "out")


def test_issue_does_not_read_past_faults_of_the_registry(ready):
    Path("clients.local.yaml").write_text("clients: 3")
    with pytest.raises(RegistryError):
        ready("issue", "pet-shop", "--out", "out")


def test_given_names_win_over_the_registry(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    ready(
        *("issue", "pet-shop", "--out", "out", "--san-uri", "spiffe://a.test/one"),
        *("--san-uri", "spiffe://a.test/two", "--san-dns", "a.test"),
    )
    assert sans("out/pet-shop.pem") == ["spiffe://a.test/one", "spiffe://a.test/two", "a.test"]


@pytest.mark.parametrize(
    ("options", "hours"), [(("--hours", 2), 2), (("--days", 30), 720), ((), 8760)]
)
def test_issue_takes_a_lifetime(ready, options, hours):
    ready("issue", "pet-shop", "--out", "out", *options)
    told = facts.of(leaf("out/pet-shop.pem"))
    assert (told.not_after - told.not_before).total_seconds() == hours * 3600 + 300


def test_issue_takes_one_lifetime_only(ready):
    with pytest.raises(LifetimeError, match="Choose one"):
        ready("issue", "pet-shop", "--out", "out", "--days", 1, "--hours", 1)


@pytest.mark.parametrize("options", [("--days", "0"), ("--hours", "-1"), ("--days", "99999")])
def test_issue_refuses_lifetimes_out_of_range(ready, options):
    ready("issue", "pet-shop", "--out", "out", *options, exit_code=ExitCode.MISUSE)


@pytest.mark.parametrize("encoding", ["modern", "legacy"])
def test_issue_takes_the_passphrase_from_a_file_or_the_environment(ready, encoding, monkeypatch):
    Path("passphrase").write_text("correct horse\n")
    monkeypatch.setenv("PFX_PASSPHRASE", "correct horse")
    options = ("--out", "out", "--force", "--pfx-encoding", encoding)
    for source in (("--passphrase-file", "passphrase"), ("--passphrase-env", "PFX_PASSPHRASE")):
        shown = ready("issue", "pet-shop", *options, *source)
        assert "correct horse" not in shown
        assert pfx.certificates(Path("out/pet-shop.pfx").read_bytes(), "correct horse")


def test_issue_takes_one_passphrase_only(ready):
    with pytest.raises(PassphraseError, match="More than one"):
        ready(
            *("issue", "pet-shop", "--out", "out", "--passphrase-file", "a"),
            *("--passphrase-env", "B"),
        )


def test_issue_certifies_a_signing_request(ready):
    key = keys.generate()
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, hashes.SHA256())
    )
    Path("a.csr").write_bytes(request.public_bytes(serialization.Encoding.PEM))
    shown = ready("issue", "pet-shop", "--out", "out", "--csr", "a.csr")
    assert leaf("out/pet-shop.pem").public_key() == key.public_key()
    assert [path.name for path in Path("out").iterdir()] == ["pet-shop.pem"]
    assert "assphrase" not in shown


def test_issue_needs_an_authority(run):
    with pytest.raises(AuthorityMissingError, match="certs init"):
        run("issue", "pet-shop", "--out", "out")
    assert not Path("out").exists()


@pytest.mark.parametrize("client", ["../escaped", "/etc/shadow", "Pet Shop", "a\x00b", ""])
def test_a_client_id_cannot_leave_the_folder(ready, client):
    for command in (("issue", client, "--out", "out"), ("renew", client, "--out", "out")):
        with pytest.raises((IdentityError, NotIssuedError)) as refused:
            ready(*command)
        assert isinstance(refused.value, MisuseError)
    assert not Path("out").exists()


def test_issue_does_not_overwrite_but_moves_aside_when_asked(ready):
    ready("issue", "pet-shop", "--out", "out")
    with pytest.raises(OutputExistsError):
        ready("issue", "pet-shop", "--out", "out")
    assert ready("issue", "pet-shop", "--out", "out", "--force").count("moved aside") == 3


def test_renew_leaves_the_old_certificate_valid_and_says_until_when(ready):
    ready("issue", "pet-shop", "--out", "out", "--days", 90, "--san-uri", "spiffe://a.test/x")
    old = leaf("out/pet-shop.pem")
    shown = ready("renew", "pet-shop", "--out", "out")
    new = leaf("out/pet-shop.pem")
    assert new.public_key() != old.public_key()
    assert sans("out/pet-shop.pem") == ["spiffe://a.test/x"]
    assert f"works until {old.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" in shown
    assert shown.count("moved aside") == 3


def test_renew_in_json_says_the_same(ready):
    ready("issue", "pet-shop", "--out", "out")
    told = run_json(ready, "renew", "pet-shop", "--out", "new", "--hours", 5)
    assert told["serialNumber"] == certificate_text.serial_text(leaf("new/pet-shop.pem"))
    assert "works until" in told["hint"]


@pytest.mark.parametrize("command", [("list",), ("renew", "pet-shop", "--out", "out"), ("crl",)])
def test_a_folder_without_an_authority_is_told_apart_from_one_that_issued_nothing(run, command):
    with pytest.raises(AuthorityMissingError):
        run(*command)


def test_renew_needs_a_predecessor(ready):
    with pytest.raises(NotIssuedError):
        ready("renew", "pet-shop", "--out", "out")


def test_inspect_shows_what_a_certificate_says(ready):
    ready("issue", "pet-shop", "--out", "out")
    shown = ready("inspect", "out/pet-shop.pem")
    told = facts.of(leaf("out/pet-shop.pem"))
    for value in (told.subject, told.issuer, told.serial_number, told.thumbprint, *told.names):
        assert value in shown
    assert told.fingerprint in shown
    assert "364 days left" in shown
    assert shown.count("  valid") == 2


def test_inspect_answers_with_its_exit_code_whether_renewal_is_due(ready):
    ready("issue", "pet-shop", "--out", "out", "--days", 20)
    command = ("inspect", "out/pet-shop.pem")
    assert "  valid" in ready(*command)
    assert "needs renewal" in ready(*command, "--renew-within-days", 21, exit_code=ExitCode.FAILED)
    ready(*command, "--renew-within-days", 19)


def test_inspect_in_json_lists_the_chain(ready):
    ready("issue", "pet-shop", "--out", "out")
    told = run_json(ready, "inspect", "out/pet-shop.pem")
    assert [one["isAuthority"] for one in told] == [False, True]
    assert told[0]["names"] == ["URI:spiffe://portcullis.local/client/pet-shop"]
    assert told[0]["validity"] == "valid"


def test_inspect_opens_a_pfx(ready):
    Path("passphrase").write_text("correct horse")
    ready("issue", "pet-shop", "--out", "out", "--passphrase-file", "passphrase")
    shown = ready("inspect", "out/pet-shop.pfx", "--passphrase-file", "passphrase")
    assert "CN=pet-shop" in shown


def test_lint_is_content_with_our_truststore(ready):
    assert "without a warning" in ready("lint", ".portcullis/pki/truststore.pem")
    assert run_json(ready, "lint", ".portcullis/pki/truststore.pem") == []


def test_lint_fails_for_an_error_and_for_a_warning_only_if_strict(ready):
    folder = Path(".portcullis/pki/client-ca")
    root, issuing = ((folder / f"{name}.pem").read_text() for name in ("root", "intermediate"))
    Path("order.pem").write_text(root + issuing)
    assert "warning order: CN=client issuing CA" in ready("lint", "order.pem")
    ready("lint", "order.pem", "--strict", exit_code=ExitCode.FAILED)
    Path("half.pem").write_text(issuing)
    shown = ready("lint", "half.pem", exit_code=ExitCode.FAILED)
    assert shown.startswith("error incomplete-chain: ")
    (finding,) = run_json(ready, "lint", "half.pem", exit_code=ExitCode.FAILED)
    assert (finding["severity"], finding["code"]) == ("error", "incomplete-chain")
    assert finding["position"] == 1


def test_bundle_joins_two_authorities_in_order(ready):
    ready("init", "--ca", "client", "--pki", "other")
    folder = Path(".portcullis/pki/client-ca")
    ready(
        *("bundle", folder / "root.pem", "other/truststore.pem", folder / "intermediate.pem"),
        *("--out", "trust.pem"),
    )
    assert run_json(ready, "lint", "trust.pem") == []
    assert len(x509.load_pem_x509_certificates(Path("trust.pem").read_bytes())) == 4
    with pytest.raises(OutputExistsError):
        ready("bundle", "other/truststore.pem", "--out", "trust.pem")
    ready("bundle", "other/truststore.pem", "--out", "trust.pem", "--force")
    assert len(list(Path().glob("trust.replaced-*.pem"))) == 1


def test_bundle_writes_nothing_that_would_lock_clients_out(ready):
    issuing = ".portcullis/pki/client-ca/intermediate.pem"
    shown = ready("bundle", issuing, "--out", "trust.pem", exit_code=ExitCode.FAILED)
    assert "incomplete-chain" in shown
    assert not Path("trust.pem").exists()


def test_list_shows_what_was_issued_and_what_became_of_it(ready):
    assert ready("list") == ""
    ready("issue", "pet-shop", "--out", "out")
    ready("issue", "pet-viewer", "--out", "out", "--hours", 1)
    ready("revoke", "pet-shop")
    told = run_json(ready, "list")
    assert {row["client"]: row["state"] for row in told} == {
        "pet-shop": "revoked",
        "pet-viewer": "valid",
    }
    (line,) = ready("list", "pet-viewer").splitlines()
    assert line.endswith(certificate_text.serial_text(leaf("out/pet-viewer.pem")))


def test_revoke_writes_the_list_and_the_lines_for_the_registry(ready):
    ready("issue", "pet-shop", "--out", "out")
    shown = ready("revoke", "pet-shop", "--reason", "keyCompromise")
    assert "Revoked 1 certificate(s) of pet-shop." in shown
    assert (
        f"  portcullis clients revoke --thumbprint {facts.thumbprint(leaf('out/pet-shop.pem'))}"
        in shown
    )
    crl = x509.load_pem_x509_crl(Path(".portcullis/pki/client-ca/crl.pem").read_bytes())
    assert crl.get_revoked_certificate_by_serial_number(leaf("out/pet-shop.pem").serial_number)
    with pytest.raises(NotIssuedError):
        ready("revoke", "pet-shop")


@pytest.mark.parametrize("form", ["{0}", "{1}"], ids=["plain", "colons"])
def test_revoke_takes_one_certificate_by_its_serial_number(ready, form):
    ready("issue", "pet-shop", "--out", "old")
    ready("renew", "pet-shop", "--out", "new")
    serial = certificate_text.serial_text(leaf("old/pet-shop.pem"))
    colons = bytes.fromhex(serial).hex(":")
    told = run_json(ready, "revoke", "pet-shop", "--serial", form.format(serial, colons))
    assert [one["serialNumber"] for one in told["revoked"]] == [serial]
    assert (told["crlNumber"], told["entries"]) == (1, 1)


def test_revoke_refuses_what_is_no_serial_number(ready):
    ready("issue", "pet-shop", "--out", "out")
    with pytest.raises(MisuseError, match="not a serial number"):
        ready("revoke", "pet-shop", "--serial", "xyz")


def test_crl_signs_the_list_again_with_the_next_number(ready):
    for number in (1, 2):
        told = run_json(ready, "crl", "--days", 3)
        assert told["crlNumber"] == number
        assert told["entries"] == 0
    assert "CRL number 3 with 0 entries" in ready("crl")


@pytest.mark.parametrize("command", ["inspect", "lint"])
def test_a_file_that_is_not_there_is_misuse(ready, command):
    ready(command, "missing.pem", exit_code=ExitCode.MISUSE)


def help_text():
    """Every command with its help and options: what a person reads, without the drawing of it."""
    group = typer.main.get_command(app)
    lines = [group.help or ""]
    for name in group.commands:
        command = group.commands[name]
        lines += ["", f"certs {name}", command.help or ""]
        for parameter in command.params:
            label = "|".join([*parameter.opts, *parameter.secondary_opts])
            lines.append(f"  {label}: {getattr(parameter, 'help', None)}")
    return "\n".join(lines) + "\n"


def test_the_help_text_is_the_one_that_was_agreed(run):
    assert help_text() == HELP.read_text(), (
        f"If the change is meant, write the new text to {HELP.name}"
    )


def test_help_is_shown_for_every_command(run):
    shown = run("--help")
    for name in typer.main.get_command(app).commands:
        assert name in shown
        assert "Usage" in run(name, "--help")
