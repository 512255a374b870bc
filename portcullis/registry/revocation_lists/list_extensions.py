"""Reads the extensions of a revocation list, and tells which of them the authorizer cannot obey.

Source: RFC 5280 sections 5.2 and 5.3.
"""

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

# What the parser raises for a list that it cannot read.
MALFORMED: Final = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_CRITICAL: Final = b"\x01\x01\xff"  # X.690 section 8.2: BOOLEAN TRUE


def unprocessed(crl: x509.CertificateRevocationList) -> str | None:
    """The first extension with which the list is not taken."""
    return next((e.oid.dotted_string for e in crl.extensions if not _is_processed(e)), None)


def critical_in_entries(crl: x509.CertificateRevocationList) -> str | None:
    """The first critical extension of any entry; to look at a million of them takes seconds."""
    if _CRITICAL not in crl.tbs_certlist_bytes:
        return None
    found = (e.oid.dotted_string for one in crl for e in one.extensions if e.critical)
    try:
        return next(found, None)
    except MALFORMED:
        return "that cannot be read"


def _is_processed(extension: x509.Extension[x509.ExtensionType]) -> bool:
    """False for what is unknown and critical, and for what leaves client certificates out.

    Those are the delta CRL indicator and an issuing distribution point whose name is not a URI, for
    attribute certificates only, for some reasons only, or for certificates of other issuers. A list
    of CA certificates only is taken for the CAs that it revokes. RFC 5280 section 5.2.5.
    """
    point = extension.value
    if isinstance(point, x509.IssuingDistributionPoint):
        return not (
            any(not isinstance(n, x509.UniformResourceIdentifier) for n in point.full_name or ())
            or point.relative_name
            or point.only_contains_attribute_certs
            or point.only_some_reasons
            or point.indirect_crl
        )
    return not extension.critical and extension.oid != ExtensionOID.DELTA_CRL_INDICATOR
