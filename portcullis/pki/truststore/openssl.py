"""Asks OpenSSL whether it verifies each certificate of a truststore that has no error so far.

It refuses a CA with an extension that it cannot read, also one that the other checks do not read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from portcullis.pki.truststore.entry import TruststoreEntry
from portcullis.pki.truststore.finding import Finding


def check_with_openssl(entries: Sequence[TruststoreEntry], now: datetime) -> Iterator[Finding]:
    from OpenSSL import SSL, crypto  # noqa: PLC0415 - only a lint needs it

    store = crypto.X509Store()
    store.set_time(now)
    certificates = [crypto.X509.from_cryptography(entry.certificate) for entry in entries]
    for certificate in certificates:
        store.add_cert(certificate)
    for entry, certificate in zip(entries, certificates, strict=True):
        try:
            crypto.X509StoreContext(store, certificate).verify_certificate()
        except crypto.X509StoreContextError as error:
            code, _, reason = error.errors
            # What it says of the second of two roots with one name; the chains have been checked.
            if code != SSL.X509VerificationCodes.ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
                yield entry.error(
                    "unverified",
                    f"OpenSSL does not verify it ({reason}), so clients of this CA are refused. "
                    "One of its extensions may be malformed. Have it issued again.",
                )
