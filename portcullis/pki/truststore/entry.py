"""One certificate of a truststore, with its place in the file."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from portcullis.pki import certificate_file, certificate_text, decoding, pem
from portcullis.pki.truststore.finding import Finding, Severity


@dataclass(frozen=True, kw_only=True)
class TruststoreEntry:
    position: int
    certificate: x509.Certificate
    subject: str

    def error(self, code: str, message: str) -> Finding:
        return self._finding(Severity.ERROR, code, message)

    def warning(self, code: str, message: str) -> Finding:
        return self._finding(Severity.WARNING, code, message)

    def _finding(self, severity: Severity, code: str, message: str) -> Finding:
        return Finding(
            severity=severity,
            code=code,
            subject=self.subject,
            message=message,
            position=self.position,
        )


def read_entry(block: pem.PemBlock) -> tuple[TruststoreEntry | None, list[Finding]]:
    def error(code: str, message: str) -> tuple[None, list[Finding]]:
        finding = Finding(
            severity=Severity.ERROR,
            code=code,
            subject=f"block {block.position}",
            message=message,
            position=block.position,
        )
        return None, [finding]

    if "PRIVATE KEY" in block.label:
        return None, []  # reported once for the whole bundle
    if block.label != pem.CERTIFICATE:
        remedy = certificate_file.conversion(block.label, Path("FILE")) or "Remove it."
        return error(
            "not-a-certificate",
            f"A block is labelled {block.label[:40]!r}; a truststore holds CERTIFICATE blocks "
            f"only. {remedy}",
        )
    try:
        certificate = decoding.decode(block.binary())
        entry = TruststoreEntry(
            position=block.position,
            certificate=certificate,
            subject=certificate_text.name_text(certificate.subject),
        )
        certificate.public_key()
    except UnsupportedAlgorithm:
        return error(
            "unsupported-key",
            "The certificate has an unsupported kind of key. API Gateway takes RSA-2048 or "
            "stronger and ECDSA-256 or stronger: ask its owner for such a CA.",
        )
    except ValueError:
        return error(
            "malformed-certificate",
            "The block is not a well-formed X.509 certificate. Get the file again from its owner.",
        )
    if block.is_framed:
        return entry, []
    unframed = entry.error(
        "malformed-pem",
        "Its BEGIN and END must be lines of their own, at the beginning of the line, without "
        "blank lines between them: OpenSSL does not find the certificate otherwise. Write the "
        "file again: portcullis certs bundle FILE --out TRUSTSTORE",
    )
    return entry, [unframed]
