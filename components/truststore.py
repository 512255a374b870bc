"""Read and lint the truststore's PEM bundle at preview, so that a bad one never reaches AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from portcullis.errors import MisuseError
from portcullis.pki import certificate_file, truststore


class TruststoreError(MisuseError):
    """The bundle cannot be read, or API Gateway would refuse it or every client it should allow."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """One issuer certificate of the bundle."""

    subject: str
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class Truststore:
    """A linted bundle: the text to upload, and its certificates."""

    pem: str
    issuers: tuple[Issuer, ...]
    certificates: tuple[x509.Certificate, ...]


def read_truststore(path: Path, *, on_warning: Callable[[str], None]) -> Truststore:
    """Raises TruststoreError for a bundle with errors; warnings go to ``on_warning``."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise TruststoreError(
            f"The truststore {path} cannot be read ({error.strerror}). Make one with "
            "`portcullis certs init`, or set truststoreFile to the path of yours."
        ) from error
    findings = truststore.lint(pem)
    errors = [_described(f) for f in findings if f.severity is truststore.Severity.ERROR]
    if errors:
        raise TruststoreError(
            f"The truststore {path} is not fit for API Gateway: " + " ".join(errors)
        )
    for finding in findings:
        on_warning(f"Truststore {path}: {_described(finding)}")
    certificates = tuple(certificate_file.certificates(pem))
    return Truststore(
        pem=pem.decode("ascii"),
        issuers=tuple(
            Issuer(
                subject=certificate.subject.rfc4514_string(),
                not_after=certificate.not_valid_after_utc,
            )
            for certificate in certificates
        ),
        certificates=certificates,
    )


def _described(finding: truststore.Finding) -> str:
    return f"{finding.subject}: {finding.message}"
