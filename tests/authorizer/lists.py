"""Revocation lists and the authorities that sign them, made of values."""

import base64
import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.authorizer.making import ISSUER, NOW, certificate, elliptic_key

DAY = datetime.timedelta(days=1)
CA_USAGE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": True,
    "crl_sign": True,
    "encipher_only": False,
    "decipher_only": False,
}


def scope(**only):
    """An issuing distribution point; such a list leaves certificates out."""
    nothing = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**nothing | only)


def spki(key=None):
    """A key as the lists' file and table hold it; that of `certificate` by default."""
    public_key = (key or elliptic_key()).public_key()
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def encoded(key, parts=None):
    return {"spki": base64.b64encode(key).decode(), "parts": parts}


def facts(issuer, this_update=0, next_update=9e9):
    """The JSON of ``revocations.bin`` for one issuer, whose key is that of `certificate`."""
    return json.dumps(
        {
            "lists": {issuer: [1, this_update, next_update]},
            "keys": {issuer: [encoded(spki())]},
            "revokedIssuers": [],
        }
    ).encode()


def authority(subject=ISSUER, **changes):
    return certificate(
        uris=(), subject=subject, issuer=subject, is_ca=True, **({"usage": CA_USAGE} | changes)
    )


def signed(
    *serial_numbers,
    issuer=ISSUER,
    number=7,
    this_update=NOW - DAY,
    next_update=NOW + DAY,
    key=None,
    digest=None,
    extra=(),
    extra_of_entries=(),
    critical=True,
):
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(this_update)
        .next_update(next_update)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for extension in extra:
        builder = builder.add_extension(extension, critical=critical)
    for serial_number in serial_numbers:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial_number)
        for extension in extra_of_entries:
            revoked = revoked.add_extension(extension, critical=critical)
        builder = builder.add_revoked_certificate(revoked.revocation_date(this_update).build())
    return builder.sign(key or elliptic_key(), digest or hashes.SHA256())
