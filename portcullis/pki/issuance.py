"""Makes client certificates. Nothing is written: the inventory puts them on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.pki import keys
from portcullis.pki.authority import CLIENT_LIFETIME, CLOCK_SKEW, Authority
from portcullis.pki.certificate_text import attribute
from portcullis.pki.credential import Credential
from portcullis.pki.errors import NotIssuedError
from portcullis.pki.inventory import Inventory
from portcullis.pki.keys import KeyType
from portcullis.pki.signing_request import proven_key


@dataclass(frozen=True, kw_only=True)
class ClientRequest:
    """The choices of a partner manager for one certificate."""

    client: str
    names: tuple[x509.GeneralName, ...]
    lifetime: timedelta = CLIENT_LIFETIME
    organization: str | None = None
    key_type: KeyType = KeyType.P256


def make(
    authority: Authority, request: ClientRequest, *, now: datetime | None = None
) -> Credential:
    """A key and its certificate, not on record yet."""
    return authority.issue_client(
        request.client,
        request.names,
        lifetime=request.lifetime,
        organization=request.organization,
        key_type=request.key_type,
        now=now,
    )


def certify(
    authority: Authority, request: ClientRequest, csr_pem: bytes, *, now: datetime | None = None
) -> x509.Certificate:
    """The certificate of a signing request, not on record yet; the private key stays there.

    Names and usages come from ``request`` alone; those in the CSR are ignored.

    Raises:
        CertificateFileError: not a CSR, a signature by another key, or a weak key.
    """
    return authority.certify(
        proven_key(csr_pem),
        request.client,
        request.names,
        usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        lifetime=request.lifetime,
        organization=request.organization,
        now=now,
    )


def renewal_of(
    inventory: Inventory, client: str, *, lifetime: timedelta | None = None
) -> ClientRequest:
    """The request for a successor of a client's newest certificate, with the same names.

    Without ``lifetime`` the successor gets the lifetime of its predecessor, which a replaced
    authority may have issued.

    Raises:
        NotIssuedError: there is none that is not revoked; issue a new one instead.
    """
    candidates = [one.certificate for one in inventory.issued(client) if not one.is_revoked]
    if not candidates:
        raise NotIssuedError(client, inventory.layout.folder)
    return successor_of(candidates[-1], client, lifetime=lifetime)


def successor_of(
    latest: x509.Certificate, client: str, *, lifetime: timedelta | None = None
) -> ClientRequest:
    """The request for a certificate like this one."""
    names = latest.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return ClientRequest(
        client=client,
        names=tuple(names),
        lifetime=lifetime or _lifetime_of(latest),
        key_type=keys.type_of(latest.public_key()) or KeyType.P256,
        organization=attribute(latest.subject, NameOID.ORGANIZATION_NAME) or None,
    )


def _lifetime_of(certificate: x509.Certificate) -> timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc - CLOCK_SKEW
