"""The client certificate as API Gateway describes it to authorizers, mappings and logs.

The distinguished names are for people. AWS's samples disagree on their order and on the form of the
serial number, so a decision must be based on the PEM.
Source: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from cryptography import x509


@dataclass(frozen=True)
class ClientCertIdentity:
    """``requestContext.identity.clientCert`` of an event."""

    pem: str
    subject: str
    issuer: str
    serial_number: str
    not_before: str
    not_after: str

    def event(self) -> dict[str, object]:
        return {
            "clientCertPem": self.pem,
            "subjectDN": self.subject,
            "issuerDN": self.issuer,
            "serialNumber": self.serial_number,
            "validity": {"notBefore": self.not_before, "notAfter": self.not_after},
        }

    @cached_property
    def context(self) -> Mapping[str, str]:
        """The same as ``$context.identity.clientCert.*``."""
        return {
            "identity.clientCert.clientCertPem": self.pem,
            "identity.clientCert.subjectDN": self.subject,
            "identity.clientCert.issuerDN": self.issuer,
            "identity.clientCert.serialNumber": self.serial_number,
            "identity.clientCert.validity.notBefore": self.not_before,
            "identity.clientCert.validity.notAfter": self.not_after,
        }


@lru_cache(maxsize=1024)
def client_certificate(pem: str) -> ClientCertIdentity:
    """Parses a certificate; if that fails, every member but the PEM is empty."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        return ClientCertIdentity(
            pem,
            _name(certificate.subject),
            _name(certificate.issuer),
            _serial_number(certificate.serial_number),
            _openssl_time(certificate.not_valid_before_utc),
            _openssl_time(certificate.not_valid_after_utc),
        )
    except (ValueError, UnicodeError):
        return ClientCertIdentity(pem, "", "", "", "", "")


def _name(name: x509.Name) -> str:
    return name.rfc4514_string()


def _serial_number(number: int) -> str:
    digits = f"{number:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _openssl_time(moment: datetime) -> str:
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"
