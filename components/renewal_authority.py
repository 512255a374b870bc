"""Reads the CA certificates of the certificate renewal at preview."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from components.authorizer_zip.files import AuthorizerFiles
from components.truststore import read_truststore
from portcullis.errors import MisuseError
from portcullis.pki import keys
from portcullis.pki.keys import KeyType

# AWS KMS API Reference, Sign: SigningAlgorithm. As `portcullis.pki.kms_key` signs.
ALGORITHMS = {KeyType.P256: "ECDSA_SHA_256", KeyType.P384: "ECDSA_SHA_384"}
RSA_ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"

E = TypeVar("E", bound=x509.ExtensionType)


class RenewalAuthorityError(MisuseError):
    """The file cannot be used: what it is signed with would be refused by every gate."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(
            f"certificateRenewalAuthorityFile {file} {why} Name the CA certificate that "
            "`portcullis certs init --kms` wrote: CLIENT-CA/intermediate.pem"
        )


class RenewalKeyError(MisuseError):
    def __init__(self) -> None:
        super().__init__(
            "The certificate renewal needs certificate_renewal_key_arn and "
            "certificate_renewal_authority_file: the CA's key in KMS, and its certificate."
        )


@dataclass(frozen=True, kw_only=True)
class RenewalAuthority:
    """``pem`` begins with the CA certificate that signs."""

    pem: bytes
    key_arn: str
    signing_algorithm: str


def read_authority(files: AuthorizerFiles) -> RenewalAuthority:
    """The authority of the arguments.

    Raises:
        RenewalKeyError: the key or the file is missing.
        RenewalAuthorityError: the file cannot be used.
        TruststoreError: the truststore cannot be used.
    """
    key_arn, file = files.certificate_renewal_key_arn, files.certificate_renewal_authority_file
    if key_arn is None or file is None:
        raise RenewalKeyError
    certificates = _certificates(file)
    signer, pem = certificates[0], Path(file).read_bytes()
    if signer.not_valid_after_utc <= datetime.now(UTC):
        raise RenewalAuthorityError(
            file, f"begins with a CA that ended at {signer.not_valid_after_utc:%Y-%m-%d} (UTC)."
        )
    truststore = read_truststore(Path(files.truststore_file), on_warning=lambda _: None)
    if signer not in x509.load_pem_x509_certificates(truststore.pem.encode()):
        raise RenewalAuthorityError(
            file, f"begins with a CA that the truststore {files.truststore_file} does not hold."
        )
    if _extension(signer, x509.SubjectKeyIdentifier) is None:
        raise RenewalAuthorityError(
            file, "begins with a CA certificate without a subject key identifier (RFC 5280)."
        )
    return RenewalAuthority(pem=pem, key_arn=key_arn, signing_algorithm=_algorithm(file, signer))


def _certificates(file: str) -> list[x509.Certificate]:
    try:
        certificates = x509.load_pem_x509_certificates(Path(file).read_bytes())
    except OSError as error:
        raise RenewalAuthorityError(file, f"cannot be read ({error.strerror}).") from None
    except ValueError:
        raise RenewalAuthorityError(file, "holds no certificate in PEM.") from None
    for one in certificates:
        if not _is_authority(one):
            raise RenewalAuthorityError(
                file, f"holds {one.subject.rfc4514_string()}, which is not a CA certificate."
            )
    return certificates


def _algorithm(file: str, signer: x509.Certificate) -> str:
    kind = keys.type_of(signer.public_key())
    if kind is None:
        raise RenewalAuthorityError(
            file,
            f"has a key of kind {keys.describe(signer.public_key())}, which KMS does not have.",
        )
    return ALGORITHMS.get(kind, RSA_ALGORITHM)


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):  # missing or malformed
        return None
