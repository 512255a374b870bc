"""`portcullis certs renew --through`: a client renews its own certificate at the API."""

import itertools
import json
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.cli.certs import output
from portcullis.cli.output import print_json
from portcullis.package import VERSION
from portcullis.pki import atomic, certificate_text, facts, keys, validity
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.keys import KeyType, PrivateKey
from portcullis.pki.own_pair import OwnPair
from portcullis.pki.validity import Validity

DEFAULT_PATH: Final = "/.well-known/certificate-renewal"
# The managed rules refuse a call without one.
USER_AGENT: Final = f"portcullis/{VERSION}"
TIMEOUT_SECONDS: Final = 40  # above the 29 seconds of API Gateway
MAX_ANSWER_BYTES: Final = 65_536
MAX_SHOWN: Final = 300


class RenewalFailedError(PkiError):
    """The API gave no certificate, or one that must not be used. The old pair stays in place."""


@dataclass(frozen=True, kw_only=True)
class ThroughApi:
    """Where and with which files a client renews."""

    url: str
    pair: OwnPair
    server_ca: Path | None
    path: str = DEFAULT_PATH

    def run(self, *, if_needed: bool, as_json: bool) -> None:
        """Renew and print.

        Raises:
            RenewalFailedError: no good certificate came back; the old files are as before.
        """
        with atomic.exclusive(self.pair.certificate.parent):
            old, old_key = self.pair.read()
            state = validity.validity(old)
            if state is Validity.EXPIRED:
                raise RenewalFailedError(
                    f"{self.pair.certificate} ended at {old.not_valid_after_utc:%Y-%m-%d %H:%M} "
                    "UTC, and only a valid certificate can be renewed. Ask for a new one."
                )
            if if_needed and state is Validity.VALID:
                _show(old, "not due", as_json=as_json)
                return
            key = keys.generate(keys.type_of(old_key.public_key()) or KeyType.P256)
            new = checked_chain(self._post(_signing_request(old, key)), old, key)
            self.pair.replace(key, to_pem(*new))
        _show(new[0], "renewed", as_json=as_json)

    def _post(self, request: bytes) -> bytes:
        host, port = _address(self.url)
        try:
            context = ssl.create_default_context(cafile=self.server_ca)
            context.load_cert_chain(self.pair.certificate, self.pair.key)
            connection = HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
            with closing(connection):
                headers = {"Content-Type": "application/pkcs10", "User-Agent": USER_AGENT}
                connection.request("POST", self.path, body=request, headers=headers)
                answer = connection.getresponse()
                body = answer.read(MAX_ANSWER_BYTES)
        except (OSError, HTTPException) as error:  # ssl.SSLError is an OSError
            raise RenewalFailedError(
                f"{self.url} cannot be called: {error}. The old certificate stays in place. Check "
                "the address, the network, and --server-ca for an authority of your own."
            ) from None
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise RenewalFailedError(
                f"{self.url}{self.path} answered {answer.status}: {_shown(body)} The old "
                "certificate stays in place."
            )
        return body


def checked_chain(pem: bytes, old: x509.Certificate, key: PrivateKey) -> list[x509.Certificate]:
    """The new certificate and its issuers, if they may take the place of the old ones.

    Raises:
        RenewalFailedError: another key, other names, not for clients, not valid, or no chain.
    """
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise _unfit("holds no certificate in PEM") from None
    new, now = chain[0], datetime.now(UTC)
    if not keys.belongs(key, new.public_key()):
        raise _unfit("is for another key")
    if new.subject != old.subject or _names(new) != _names(old):
        raise _unfit("has other names than the old one")
    if not new.not_valid_before_utc <= now < new.not_valid_after_utc:
        raise _unfit("is not valid now")
    if not _is_for_clients(new):
        raise _unfit("is not for clients (extended key usage clientAuth)")
    for child, issuer in itertools.pairwise(chain):
        try:
            child.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise _unfit("is not signed by the issuer that came with it") from None
    return chain


def _signing_request(old: x509.Certificate, key: PrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(old.subject)
    return builder.sign(key, keys.signature_hash(key)).public_bytes(Encoding.PEM)


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise PkiMisuseError(
            f"--through {url!r} must be the API's address, such as https://api.example.com. Give "
            "another route with --path."
        )
    return parts.hostname, port or 443


def _shown(body: bytes) -> str:
    """The message of an error, on one line."""
    try:
        answer = json.loads(body)
        text = str(answer.get("message") or answer.get("Message"))
    except (ValueError, AttributeError):
        text = body.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text[:MAX_SHOWN])


def _unfit(what: str) -> RenewalFailedError:
    return RenewalFailedError(
        f"What the API answered {what}. It is not used, and the old certificate stays in place."
    )


def _show(certificate: x509.Certificate, outcome: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "outcome": outcome,
                "serialNumber": certificate_text.serial_text(certificate),
                "thumbprint": facts.thumbprint(certificate),
                "notAfter": certificate.not_valid_after_utc.isoformat(),
            }
        )
        return
    name = certificate.subject.rfc4514_string()
    output.print_lines(
        f"{name}: {outcome}, until {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    )
