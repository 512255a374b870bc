"""`portcullis certs inspect`, `lint` and `bundle`: output, exit codes and files."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.errors import ExitCode
from portcullis.pki import facts, hierarchy
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord, sign
from tests.portcullis.cli.certs.running import leaf, run_json


def test_inspect_shows_what_a_certificate_says(ready):
    ready("issue", "pet-shop", "--out", "out")
    shown = ready("inspect", "out/pet-shop.pem")
    described = facts.of(leaf("out/pet-shop.pem"))
    for value in (
        described.subject,
        described.issuer,
        described.serial_number,
        described.thumbprint,
        *described.names,
    ):
        assert value in shown
    assert described.fingerprint in shown
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
    described = run_json(ready, "inspect", "out/pet-shop.pem")
    assert [one["isAuthority"] for one in described] == [False, True]
    assert described[0]["names"] == ["URI:spiffe://portcullis.local/client/pet-shop"]
    assert described[0]["validity"] == "valid"


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
    printed = run_json(ready, "bundle", "other/truststore.pem", "--out", "trust.pem", "--force")
    (aside,) = Path().glob("trust.replaced-*.pem")
    assert (printed["written"], printed["movedAside"]) == (True, str(aside))


def test_bundle_writes_nothing_that_would_lock_clients_out(ready):
    issuing = ".portcullis/pki/client-ca/intermediate.pem"
    shown = ready("bundle", issuing, "--out", "trust.pem", exit_code=ExitCode.FAILED)
    assert "incomplete-chain" in shown
    command = ("bundle", issuing, "--out", "trust.pem")
    printed = run_json(ready, *command, exit_code=ExitCode.FAILED)
    assert printed["written"] is False
    assert printed["findings"][0]["code"] == "incomplete-chain"
    assert not Path("trust.pem").exists()


@pytest.mark.parametrize("command", ["inspect", "lint"])
def test_a_file_that_is_not_there_is_misuse(ready, command):
    ready(command, "missing.pem", exit_code=ExitCode.MISUSE)


def test_lint_names_a_ca_that_a_list_revokes(ready, tmp_path):
    layout = PkiLayout(Path(".portcullis/pki"))
    made = hierarchy.load(layout, Purpose.CLIENT)
    for revoked, exit_code in (((), ExitCode.OK), ((made.issuing,), ExitCode.FAILED)):
        record = RevocationRecord(
            crl_number=1,
            revocations=tuple(
                RevocationEntry.now(one.certificate.serial_number, RevocationReason.KEY_COMPROMISE)
                for one in revoked
            ),
        )
        crl = tmp_path / "root.crl"
        crl.write_bytes(sign(made.root, record).public_bytes(Encoding.PEM))
        shown = ready("lint", layout.truststore, "--crl", crl, exit_code=exit_code)
    assert "error revoked: CN=client issuing CA" in shown
    assert "every client below it is refused" in shown
    assert "--retire" in shown
