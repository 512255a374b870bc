"""Revocation lists and the authorities that sign them, made of values."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

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
