"""Which certificate an option names, and which ones are refused."""

from datetime import timedelta

import pytest

from authorizer.origin import extension
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.names import san_uri
from tests.portcullis.cli.clients.making import made
from tests.portcullis.cli.clients.running import FILE, refused, run


def test_an_authority_is_not_revoked_in_place_of_its_client(registry, tmp_path):
    """Else the client could still call, without any sign of it."""
    bundle = tmp_path / "bundle.pem"
    authority, leaf = made("CA", "CA", is_authority=True), made("leaf", "CA", is_authority=False)
    bundle.write_bytes(authority + leaf)
    message = refused("revoke", "--certificate", bundle)
    assert "is a CA certificate" in message
    bundle.write_bytes(leaf + authority)
    message = refused("revoke", "--issuer", bundle, "--serial-number", "1f")
    assert "is not a CA certificate" in message
    assert registry.read_text() == FILE
    run("revoke", "--certificate", bundle)
    (tmp_path / "ca.pem").write_bytes(authority)
    run("revoke", "--issuer", tmp_path / "ca.pem", "--serial-number", "1f")
    assert registry.read_text().count("\n  - thumbprint: ") == 1
    assert "- issuer: {CN: CA}" in registry.read_text()


@pytest.mark.parametrize("number", ["1_0", "-5", "\u0661", ":", "1:", "0x", " 1f"])
def test_a_serial_number_is_hexadecimal_and_nothing_else(registry, certificate, number):
    path, _ = certificate
    message = refused("revoke", "--issuer", path, "--serial-number", number)
    assert "must be hexadecimal" in message
    assert registry.read_text() == FILE


@pytest.mark.parametrize("thumbprint", ["", "t" * 42, "0a" * 31, "0a:" * 32])
def test_a_thumbprint_is_base64url_or_a_fingerprint(registry, thumbprint):
    assert "--thumbprint" in refused("revoke", "--thumbprint", thumbprint)
    assert registry.read_text() == FILE


def test_a_renewed_certificate_is_revoked_with_its_whole_line(registry, tmp_path):
    first, second = "A" * 42 + "E", "B" * 42 + "E"
    authority = Authority.root("client")
    handed_out = authority.issue_client("shop", [san_uri("spiffe://a/shop")])
    for number, thumbprints in enumerate([(first,), (first, second)]):
        renewed = authority.recertify(
            handed_out.key.public_key(),
            handed_out.certificate,
            lifetime=timedelta(hours=1),
            extension=extension(thumbprints),
        )
        file = tmp_path / f"renewed-{number}.pem"
        file.write_bytes(to_pem(renewed))
        run("revoke", "--certificate", file)
        assert registry.read_text().count(first) == 1
        run("unrevoke", "--certificate", file)
        assert first not in registry.read_text()
