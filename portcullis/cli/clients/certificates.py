"""Reads the certificate that the options of `portcullis clients` name.

Every fault is a MisuseError that names the file or the option.
"""

from pathlib import Path

from cryptography import x509

from authorizer.origin import origins
from authorizer.reasons import Reason
from portcullis.errors import MisuseError
from portcullis.pki import facts
from portcullis.pki.certificate_file import certificates, pem_command
from portcullis.pki.extensions import find_extension
from portcullis.pki.identifiers import parse_serial_number, parse_thumbprint, serial_text
from portcullis.registry import (
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedCertificate,
    RevokedSerialNumber,
)
from portcullis.registry.admission import refusal_of


def certificate_named(
    client: str | None,
    certificate: Path | None,
    thumbprint: str | None,
    issuer: Path | None,
    serial_number: str | None,
) -> RevokedCertificate | None:
    """The certificate to revoke, by thumbprint or by issuer and serial number.

    None where a client is named instead.
    """
    given = tuple(
        name
        for name, value in (
            ("client", client),
            ("certificate", certificate),
            ("thumbprint", thumbprint),
            ("issuer", issuer),
            ("serial number", serial_number),
        )
        if value is not None
    )
    if given == ("client",):
        return None
    if given == ("thumbprint",) and thumbprint:
        return _parsed_thumbprint(thumbprint)
    if given == ("certificate",) and certificate is not None:
        return _first_of_its_line(_read_leaf(certificate))
    if given == ("issuer", "serial number") and issuer and serial_number:
        authority = read_certificate(issuer)
        if not facts.is_authority(authority) and authority.subject != authority.issuer:
            raise MisuseError(
                f"The first certificate in {issuer} is not a CA certificate. --issuer must name "
                "the certificate of the CA that signed the client's."
            )
        return RevokedSerialNumber(
            issuer=DistinguishedName.of_x509(authority.subject),
            serial_number=serial_text(_parsed(serial_number)),
        )
    raise MisuseError(
        "Name a CLIENT, or one certificate: --certificate FILE, --thumbprint T, or --issuer FILE "
        "with --serial-number HEX."
    )


def _first_of_its_line(certificate: x509.Certificate) -> str:
    """Its thumbprint; of a renewed certificate that of the first one, which stands for them all."""
    try:
        return next(iter(origins(certificate.extensions)), facts.thumbprint(certificate))
    except ValueError:
        return facts.thumbprint(certificate)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Every certificate of a PEM file, with all fields decoded; at least one."""
    try:
        content = path.read_bytes()
        return certificates(content)
    except OSError as error:
        raise MisuseError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise MisuseError(
            f"{path} must hold a certificate in PEM. {pem_command(path, content)}"
        ) from error


def read_certificate(path: Path) -> x509.Certificate:
    return read_certificates(path)[0]  # the leaf comes first


def _read_leaf(path: Path) -> x509.Certificate:
    certificate = read_certificate(path)
    if facts.is_authority(certificate):
        raise MisuseError(
            f"The first certificate in {path} is a CA certificate. Put the client's own first, or "
            "into a file of its own."
        )
    return certificate


def read_client_certificate(path: Path) -> x509.Certificate:
    """The certificate of a client that is to be registered.

    Raises:
        MisuseError: the authorizer would refuse it, whatever the registry says. A certificate that
            is not valid yet is taken, because its day will come.
    """
    certificate = _read_leaf(path)
    refusal = refusal_of(certificate)
    if refusal is not None and refusal.reason is not Reason.NOT_YET_VALID:
        raise MisuseError(
            f"The authorizer refuses the certificate in {path}: {refusal.detail} "
            f"({refusal.reason}). Register another one. See all of it: "
            f"portcullis certs inspect {path}"
        )
    return certificate


def identities_of(certificate: x509.Certificate) -> list[Identity]:
    """Its SAN URIs; without one its SAN DNS names; without those its subject, with its issuer.

    A wildcard names no client, so it is left out. The list is empty where there is no name at all.
    """
    names = find_extension(certificate, x509.SubjectAlternativeName) or ()
    uris = [n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)]
    if uris:
        return [Identity(kind=IdentityKind.SAN_URI, value=uri) for uri in dict.fromkeys(uris)]
    hosts = [n.value.lower() for n in names if isinstance(n, x509.DNSName) and "*" not in n.value]
    if hosts:
        return [Identity(kind=IdentityKind.SAN_DNS, value=host) for host in dict.fromkeys(hosts)]
    if not certificate.subject.rdns:
        return []
    subject = DistinguishedName.of_x509(certificate.subject).canonical()
    return [Identity(kind=IdentityKind.SUBJECT, value=subject, issuer=issuer_of(certificate))]


def issuer_of(certificate: x509.Certificate) -> DistinguishedName:
    return DistinguishedName.of_x509(certificate.issuer)


def _parsed_thumbprint(thumbprint: str) -> str:
    try:
        return parse_thumbprint(thumbprint)
    except ValueError:
        raise MisuseError(
            f"--thumbprint is {thumbprint!r}, but must be an x5t#S256 (43 characters of base64url) "
            "or a SHA-256 fingerprint (64 hexadecimal digits, with or without colons)."
        ) from None


def _parsed(serial_number: str) -> int:
    try:
        return parse_serial_number(serial_number)
    except ValueError:
        raise MisuseError(
            f"--serial-number is {serial_number!r}, but must be hexadecimal, with or without "
            "colons."
        ) from None
