"""Client certificates: put on record first, then written where they were asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.pki import atomic, facts, keys, pfx, revocation
from portcullis.pki.authority import CLIENT_LIFETIME, CLOCK_SKEW, Authority, Credential, to_pem
from portcullis.pki.errors import CertificateFileError, NotIssuedError
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import AuthorityFiles, ClientFiles
from portcullis.pki.pfx import PfxEncoding


@dataclass(frozen=True, kw_only=True)
class ClientRequest:
    """What a partner manager decides about one certificate."""

    client: str
    names: tuple[x509.GeneralName, ...]
    lifetime: timedelta = CLIENT_LIFETIME
    organization: str | None = None
    key_type: KeyType = KeyType.P256


def issue(
    authority: Authority,
    record: AuthorityFiles,
    request: ClientRequest,
    *,
    now: datetime | None = None,
) -> Credential:
    """A new key and its certificate, on record but in no other file yet."""
    credential = authority.issue_client(
        request.client,
        request.names,
        lifetime=request.lifetime,
        organization=request.organization,
        key_type=request.key_type,
        now=now,
    )
    put_on_record(record, credential.certificate)
    return credential


def sign_request(
    authority: Authority,
    record: AuthorityFiles,
    request: ClientRequest,
    csr_pem: bytes,
    *,
    now: datetime | None = None,
) -> x509.Certificate:
    """Certify the public key of a signing request; its private key stays with the partner.

    Names and usages come from ``request`` alone: what the CSR asks for is not looked at.

    Raises:
        CertificateFileError: no CSR, a signature that does not fit its key, or a weak key.
    """
    certificate = authority.certify(
        _proven_key(csr_pem),
        request.client,
        request.names,
        usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        lifetime=request.lifetime,
        organization=request.organization,
        now=now,
    )
    put_on_record(record, certificate)
    return certificate


def put_on_record(files: AuthorityFiles, certificate: x509.Certificate) -> None:
    """Keep a copy by serial number: what is not on record cannot be listed or revoked."""
    atomic.make_private_folder(files.issued)
    atomic.write_public(files.issued / f"{facts.serial_text(certificate)}.pem", to_pem(certificate))


def on_record(files: AuthorityFiles, client: str | None = None) -> list[x509.Certificate]:
    """Every certificate issued (to that client), oldest first."""
    found = []
    for path in files.issued.glob("*.pem"):
        try:
            certificate = x509.load_pem_x509_certificate(atomic.read(path))
        except ValueError:
            raise CertificateFileError(
                f"{path} is not the certificate that was put on record there. Restore it from a "
                "backup; without it that certificate cannot be revoked."
            ) from None
        if client is None or client_of(certificate) == client:
            found.append(certificate)
    return sorted(found, key=lambda c: (c.not_valid_before_utc, c.serial_number))


def client_of(certificate: x509.Certificate) -> str:
    """The client id we put into the common name."""
    attributes = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else ""


def renewal_of(
    files: AuthorityFiles, client: str, *, lifetime: timedelta | None = None
) -> ClientRequest:
    """What to ask for so that a client's newest certificate gets a successor like itself.

    With ``lifetime`` the successor lives so long, else as long as its predecessor.

    Raises:
        NotIssuedError: there is none, or only revoked ones: issue a new one instead.
    """
    revoked = revocation.load(files)
    usable = [c for c in on_record(files, client) if c not in revoked]
    if not usable:
        raise NotIssuedError(client, files.issued)
    latest = usable[-1]
    names = latest.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    organization = latest.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return ClientRequest(
        client=client,
        names=tuple(names),
        lifetime=lifetime or _lifetime_of(latest),
        key_type=keys.type_of(latest.public_key()) or KeyType.P256,
        organization=str(organization[0].value) if organization else None,
    )


def _lifetime_of(certificate: x509.Certificate) -> timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc - CLOCK_SKEW


def revocable(
    files: AuthorityFiles,
    client: str,
    serial_number: int | None = None,
    *,
    now: datetime | None = None,
) -> list[x509.Certificate]:
    """The client's certificates that work still, or the one with that serial number.

    Raises:
        NotIssuedError: there is none such.
    """
    now = now or datetime.now(UTC)
    revoked = revocation.load(files)
    found = [
        certificate
        for certificate in on_record(files, client)
        if certificate.not_valid_after_utc > now
        and certificate not in revoked
        and serial_number in {None, certificate.serial_number}
    ]
    if not found:
        raise NotIssuedError(client, files.issued, serial_number)
    return found


def write_client(
    files: ClientFiles,
    credential: Credential,
    friendly_name: str,
    passphrase: str,
    *,
    encoding: PfxEncoding = PfxEncoding.MODERN,
    keep_passphrase: bool = False,
) -> None:
    """PEM, key and PFX in one step. ``keep_passphrase`` writes it beside the key it protects."""
    atomic.make_private_folder(files.certificate.parent)
    private = {
        files.key: credential.key_pem,
        files.pfx: pfx.encode(credential, friendly_name, passphrase, encoding),
    }
    if keep_passphrase:
        private[files.pfx_passphrase] = passphrase.encode() + b"\n"
    atomic.write_together(
        files.marker, private=private, public={files.certificate: credential.certificate_pem}
    )


def _proven_key(csr_pem: bytes) -> keys.PublicKey:
    try:
        csr = x509.load_pem_x509_csr(csr_pem)
        public_key = csr.public_key()
        is_proven = csr.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise CertificateFileError(
            "This is not a certificate signing request in PEM with an EC or RSA key. Make one "
            "with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
            "-keyout my.key -out my.csr -subj /CN=me"
        ) from None
    if not is_proven:
        raise CertificateFileError(
            "The signing request is not signed by the key in it, so its sender may not have that "
            "key. Ask for a new one."
        )
    if not keys.is_strong(public_key):
        raise CertificateFileError(
            f"The signing request has a key of kind {keys.describe(public_key)}; accepted: "
            f"{keys.STRONG}. Ask for one with such a key."
        )
    return public_key
