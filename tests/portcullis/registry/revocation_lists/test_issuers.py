"""Which keys of a truststore still count once some of its certificates are revoked."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.registry import DistinguishedName
from portcullis.registry.revocation_lists.issuers import (
    revocation_of,
    revoked_serial_number,
    truststore_issuers,
)
from tests.authorizer.lists import CA_USAGE
from tests.authorizer.making import certificate, name


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def ca(subject, key, issuer, signer, **changes):
    return certificate(
        uris=(),
        subject=name(CN=subject),
        issuer=name(CN=issuer),
        key=key,
        signer=signer,
        **({"is_ca": True, "usage": CA_USAGE} | changes),
    )


def spki(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def found(truststore, *revoked):
    entries = {revoked_serial_number(one) for one in revoked}
    return {
        str(issuer.name).removeprefix("CN="): issuer
        for issuer in truststore_issuers(truststore, entries)
    }


ROOT, MIDDLE, RENEWED, LAST = new_key(), new_key(), new_key(), new_key()
root = ca("root", ROOT, "root", ROOT)
middle = ca("middle", MIDDLE, "root", ROOT)
renewed = ca("middle", RENEWED, "root", ROOT)
last = ca("last", LAST, "middle", MIDDLE)


def test_without_a_revoked_ca_every_key_counts():
    issuers = found([last, middle, renewed, root])
    assert {n: i.revoked for n, i in issuers.items()} == {"last": (), "middle": (), "root": ()}
    assert set(issuers["middle"].accepted) == {spki(MIDDLE), spki(RENEWED)}


def test_what_a_revoked_ca_certified_falls_with_it_and_names_the_entry():
    issuers = found([last, middle, renewed, root], middle)
    assert issuers["middle"].accepted == (spki(RENEWED),)
    assert issuers["middle"].revoked == (spki(MIDDLE),)
    assert issuers["last"].accepted == ()
    assert issuers["last"].revoked == (spki(LAST),)
    for fallen in (issuers["middle"], issuers["last"]):
        assert fallen.because == (revoked_serial_number(middle),)
    assert issuers["root"].because == ()


def test_a_ca_without_its_issuer_in_the_truststore_counts():
    assert found([middle])["middle"].accepted == (spki(MIDDLE),)


@pytest.mark.parametrize(("revoked", "counts"), [([], True), ([middle], False)])
def test_a_ca_that_no_key_of_its_issuer_verifies_counts_while_none_of_them_is_revoked(
    revoked, counts
):
    """Its issuer is one of that name, and which one is unknown."""
    unverified = ca("last", LAST, "middle", new_key())
    issuers = found([unverified, middle, renewed, root], *revoked)
    assert bool(issuers["last"].accepted) is counts


def test_a_certificate_of_version_1_is_a_ca_too():
    plain = ca("middle", MIDDLE, "root", ROOT, is_ca=None, usage=None, purposes=None)
    assert found([plain, root], plain)["middle"].accepted == ()


def test_the_operator_is_told_which_ca_is_revoked():
    numbered = ca("middle", MIDDLE, "root", ROOT, serial_number=0x1F)
    assert revocation_of(numbered) == (
        "revokes the CA 'CN=middle' (serial number 1f): every certificate it issued is refused."
    )
    assert revoked_serial_number(numbered).issuer == DistinguishedName.of_x509(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])
    )
