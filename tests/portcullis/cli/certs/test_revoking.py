"""`portcullis certs revoke` and `crl`: the list is written, its number rises."""

from pathlib import Path

import pytest
from cryptography import x509

from portcullis.errors import MisuseError
from portcullis.pki import certificate_text, facts
from portcullis.pki.errors import NotIssuedError
from tests.portcullis.cli.certs.running import leaf, run_json


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
    colons = bytes.fromhex(serial.zfill(40)).hex(":").upper()
    printed = run_json(ready, "revoke", "pet-shop", "--serial", form.format(serial, colons))
    assert [one["serialNumber"] for one in printed["revoked"]] == [serial]
    assert (printed["crlNumber"], printed["entries"]) == (1, 1)


def test_revoke_refuses_what_is_no_serial_number(ready):
    ready("issue", "pet-shop", "--out", "out")
    with pytest.raises(MisuseError, match="not a serial number"):
        ready("revoke", "pet-shop", "--serial", "xyz")


def test_crl_signs_the_list_again_with_the_next_number(ready):
    for number in (1, 2):
        printed = run_json(ready, "crl", "--days", 3)
        assert printed["crlNumber"] == number
        assert printed["entries"] == 0
    assert "CRL number 3 with 0 entries" in ready("crl")
