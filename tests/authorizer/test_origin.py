"""The extension that ties a renewed certificate to the first one of its line."""

import pytest
from cryptography import x509

from authorizer.certificate import parse
from authorizer.origin import OID, extension
from authorizer.reasons import Reason, RefusedError
from authorizer.registry import PackagedRegistry
from tests.authorizer.making import certificate, pem, registry_document, thumbprint

FIRST, TWIN = thumbprint(certificate()), thumbprint(certificate())


def successor(*thumbprints):
    return parse(pem(certificate(extra=((extension(thumbprints), False),))))


def test_the_thumbprints_are_those_that_were_written():
    assert successor(FIRST).origins == (FIRST,)
    assert successor(FIRST, TWIN).origins == (FIRST, TWIN)


def test_a_certificate_that_was_handed_out_has_none():
    assert parse(pem(certificate())).origins == ()


@pytest.mark.parametrize("revoked", [FIRST, TWIN], ids=["the first", "its twin"])
def test_a_revocation_of_the_first_or_its_twin_refuses_the_successor(revoked):
    document = registry_document(revoked={"thumbprints": {revoked: 1}, "serialNumbers": {}})
    assert PackagedRegistry(document).is_revoked(successor(FIRST, TWIN))


def test_a_revocation_of_another_one_does_not():
    other = thumbprint(certificate())
    document = registry_document(revoked={"thumbprints": {other: 1}, "serialNumbers": {}})
    assert not PackagedRegistry(document).is_revoked(successor(FIRST, TWIN))


@pytest.mark.parametrize(
    "value",
    [b"", b"\x04", b"\x04\x00", b"\x04\x21" + b"x" * 33, b"\x05\x20" + b"x" * 32, b"\x04\x60" * 49],
    ids=["nothing", "a tag", "no digest", "33 octets", "another tag", "three digests"],
)
def test_a_malformed_one_refuses_the_certificate(value):
    made = certificate(extra=((x509.UnrecognizedExtension(OID, value), False),))
    with pytest.raises(RefusedError) as refused:
        parse(pem(made))
    assert refused.value.reason is Reason.MALFORMED_CERTIFICATE
