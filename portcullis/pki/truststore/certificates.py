"""Checks each certificate of a truststore by itself: key, signature, dates, CA flags, number."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from portcullis.pki import certificate_text, decoding, facts, keys
from portcullis.pki.truststore.entry import TruststoreEntry
from portcullis.pki.truststore.finding import Finding
from portcullis.pki.truststore.issuers import is_issued_by, is_weakly_signed

MAX_SERIAL_BITS: Final = 160


def check_algorithms(entry: TruststoreEntry) -> Iterator[Finding]:
    public_key = entry.certificate.public_key()
    if not keys.is_strong(public_key):
        yield entry.error(
            "weak-key",
            f"The key is {keys.describe(public_key)}; accepted: {keys.STRONG}. Replace this CA.",
        )
    if is_weakly_signed(entry.certificate):
        algorithm = certificate_text.signature_text(entry.certificate)
        yield entry.error(
            "weak-signature",
            f"It is signed with {algorithm}; API Gateway takes SHA-256 or stronger. Have the "
            "certificate issued again with SHA-256.",
        )


def check_period(
    entry: TruststoreEntry, now: datetime, expires_soon: timedelta
) -> Iterator[Finding]:
    start = entry.certificate.not_valid_before_utc
    end = entry.certificate.not_valid_after_utc
    if now >= end:
        yield entry.error(
            "expired",
            f"It ended at {end:%Y-%m-%d %H:%M} UTC; every client below it is refused. Replace it "
            "by its successor.",
        )
    elif end - now < expires_soon:
        yield entry.warning(
            "expires-soon",
            f"It ends in {(end - now).days} days, at {end:%Y-%m-%d %H:%M} UTC, and API Gateway "
            "sends no reminder. Add its successor now, so that both are trusted for a while.",
        )
    if now < start:
        yield entry.error(
            "not-yet-valid",
            f"It starts at {start:%Y-%m-%d %H:%M} UTC; until then its clients are refused. "
            "Upload it then, or check this machine's clock.",
        )


def check_authority(entry: TruststoreEntry) -> Iterator[Finding]:
    is_ca = facts.is_authority(entry.certificate)
    if not is_ca and is_issued_by(entry.certificate, entry.certificate):
        yield entry.warning(
            "self-signed-client",
            "It is a self-signed client certificate, not a CA: it admits one client, and each "
            "renewal needs a new truststore. Prefer a CA: portcullis certs init",
        )
    elif not is_ca:
        yield entry.error(
            "not-an-authority",
            "It is not a CA certificate (basicConstraints), so no client chains to it. Put its "
            "issuers into the bundle instead.",
        )
    try:
        usage = entry.certificate.extensions.get_extension_for_class(x509.KeyUsage)
        may_sign = usage.value.key_cert_sign
    except x509.ExtensionNotFound:
        may_sign = True  # RFC 5280 section 4.2.1.3: an absent extension forbids nothing
    if is_ca and not may_sign:
        yield entry.error(
            "cannot-sign",
            "Its keyUsage lacks keyCertSign, so what it signed is refused. Have it issued again "
            "with keyCertSign.",
        )


def check_serial_number(entry: TruststoreEntry) -> Iterator[Finding]:
    serial_number = decoding.serial_number(entry.certificate)
    if not 0 < serial_number < 1 << MAX_SERIAL_BITS:
        yield entry.warning(
            "serial-number",
            "Its serial number is not positive or longer than 20 octets (RFC 5280 section "
            "4.1.2.2), and some verifiers refuse such a certificate. Have it issued again.",
        )
