"""Makes client certificates that a gateway must refuse, for tests and the attack matrix.

Expired, not yet valid and wrong-usage ones are ``Authority.issue_client`` with other arguments; an
unknown authority is ``Hierarchy.create`` in memory. This module makes the others.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.pki import keys
from portcullis.pki.authority import Authority
from portcullis.pki.clock import moment
from portcullis.pki.credential import Credential
from portcullis.pki.keys import KeyType, PrivateKey
from portcullis.pki.profile import leaf, leaf_name

LIFETIME: Final = timedelta(hours=1)
WEAK_RSA_BITS: Final = 1024


def self_signed(common_name: str, names: Sequence[x509.GeneralName]) -> Credential:
    """A self-signed client certificate."""
    key = keys.generate(KeyType.P256)
    now = moment()
    subject = leaf_name(common_name)
    certificate = leaf(
        subject,
        names,
        issuer=subject,
        public_key=key.public_key(),
        usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        period=(now - LIFETIME, now + LIFETIME),
    ).sign(key, keys.signature_hash(key))
    return Credential(certificate=certificate, key=key)


def with_weak_key(
    authority: Authority, common_name: str, names: Sequence[x509.GeneralName]
) -> Credential:
    """A client certificate for an RSA-1024 key."""
    key = rsa.generate_private_key(keys.RSA_PUBLIC_EXPONENT, WEAK_RSA_BITS)
    return authority.issue_client(common_name, names, key=key, lifetime=LIFETIME)


def with_weak_signature(
    authority: Authority, common_name: str, names: Sequence[x509.GeneralName]
) -> Credential:
    """A client certificate that its authority signed with SHA-1."""
    honest = authority.issue_client(common_name, names, lifetime=LIFETIME)
    return Credential(
        certificate=_sign_again_with_sha1(honest.certificate, authority.key),
        key=honest.key,
        chain=honest.chain,
    )


# DER of the AlgorithmIdentifier: RFC 5758 section 3.2 and RFC 4055 section 5 (with its NULL).
_ECDSA_WITH_SHA1: Final = bytes.fromhex("300906072a8648ce3d0401")
_RSA_WITH_SHA1: Final = bytes.fromhex("300d06092a864886f70d0101050500")
_SEQUENCE, _BIT_STRING = 0x30, 0x03
_LONG_FORM: Final = 0x80
_SIGNATURE_FIELD: Final = 2  # TBSCertificate: version, serialNumber, signature, …


def _sign_again_with_sha1(certificate: x509.Certificate, key: PrivateKey) -> x509.Certificate:
    # The library signs certificates with nothing below SHA-224, so the DER is put together here.
    algorithm = _RSA_WITH_SHA1 if isinstance(key, rsa.RSAPrivateKey) else _ECDSA_WITH_SHA1
    fields = _fields(certificate.tbs_certificate_bytes)
    fields[_SIGNATURE_FIELD] = algorithm
    tbs = _element(_SEQUENCE, b"".join(fields))
    signature = _element(_BIT_STRING, b"\x00" + _sha1_signature(tbs, key))
    return x509.load_der_x509_certificate(_element(_SEQUENCE, tbs + algorithm + signature))


def _sha1_signature(content: bytes, key: PrivateKey) -> bytes:
    sha1 = hashes.SHA1()  # noqa: S303 - the point
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(sha1))
    return key.sign(content, padding.PKCS1v15(), sha1)


def _fields(sequence: bytes) -> list[bytes]:
    """The elements inside a DER sequence, each with its own tag and length."""
    start, end = _content(sequence, 0)
    found = []
    while start < end:
        following = _content(sequence, start)[1]
        found.append(sequence[start:following])
        start = following
    return found


def _content(der: bytes, offset: int) -> tuple[int, int]:
    """Where the content of the element at ``offset`` starts and ends."""
    length, start = der[offset + 1], offset + 2
    if length >= _LONG_FORM:
        octets = length - _LONG_FORM
        length, start = int.from_bytes(der[start : start + octets]), start + octets
    return start, start + length


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG_FORM:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, _LONG_FORM + len(octets)]) + octets + content
