"""`portcullis certs renew --through`: a client renews its own certificate at the API.

The new certificate is tried at the API before it takes the place of the old one: a call with it and
without a signing request passes every gate, and the function answers that the request is missing.
"""

import itertools
import json
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.bounded_http import OK, BodyError, HttpAnswer, HttpCall
from portcullis.cli.certs import output
from portcullis.cli.output import print_json
from portcullis.package import VERSION
from portcullis.pki import atomic, certificate_file, certificate_text, facts, keys, validity
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.keys import KeyType, PrivateKey
from portcullis.pki.own_pair import OwnPair
from portcullis.pki.truststore.chains import MAX_CHAIN
from portcullis.pki.validity import Validity
from portcullis.registry.admission import refusal_of

DEFAULT_PATH: Final = "/.well-known/certificate-renewal"
# The managed rules refuse a call without one.
USER_AGENT: Final = f"portcullis/{VERSION}"
TIMEOUT_SECONDS: Final = 40  # above the 29 seconds of API Gateway
MAX_ANSWER_BYTES: Final = 65_536
MAX_SHOWN: Final = 300
BAD_REQUEST: Final = 400
INTERNAL_ERROR: Final = 500
MORE_ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 2
STAYS: Final = "The old certificate stays in place."


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
            new = checked_chain(self._new_chain(old, key), old, key)
            with self.pair.tried(key, to_pem(*new)) as candidate:
                self._try_out(candidate)
            self.pair.replace(key, to_pem(*new))
        _show(new[0], "renewed", as_json=as_json)

    def _new_chain(self, old: x509.Certificate, key: PrivateKey) -> bytes:
        answer = self._post(_signing_request(old, key), self.pair.certificate, self.pair.key)
        if answer.status != OK:
            said = _said(answer)[0].rstrip(".")
            raise RenewalFailedError(
                f"{self.url}{self.path} answered {answer.status}: {said}. {STAYS}"
            )
        return answer.body

    def _try_out(self, candidate: Path) -> None:
        answer = self._post(b"", candidate, candidate)
        for _ in range(MORE_ATTEMPTS):
            if answer.status < INTERNAL_ERROR:
                break
            time.sleep(PAUSE_SECONDS)  # such an answer says nothing about the certificate
            answer = self._post(b"", candidate, candidate)
        message, reason = _said(answer)
        if (answer.status, reason) != (BAD_REQUEST, "no_request"):
            raise RenewalFailedError(
                f"{self.url}{self.path} does not accept the new certificate: it answered "
                f"{answer.status}: {message.rstrip('.')}. {STAYS}"
            )

    def _post(self, body: bytes, certificate: Path, key: Path) -> HttpAnswer:
        host, port = _address(self.url)
        try:
            context = ssl.create_default_context(cafile=self.server_ca)
            context.load_cert_chain(certificate, key)
            return HttpCall(
                host=host,
                port=port,
                target=self.path,
                deadline=time.monotonic() + TIMEOUT_SECONDS,
                max_bytes=MAX_ANSWER_BYTES,
                context=context,
                method="POST",
                body=body,
                headers={"Content-Type": "application/pkcs10", "User-Agent": USER_AGENT},
            ).send()
        except BodyError as error:
            raise RenewalFailedError(f"{self.url}{self.path} {error}. {STAYS}") from None
        except (OSError, HTTPException, ValueError) as error:  # ssl.SSLError is an OSError
            raise RenewalFailedError(
                f"{self.url} cannot be called: {_shown(str(error))}. {STAYS} Check the address, "
                "the network, and --server-ca for an authority of your own."
            ) from None


def checked_chain(pem: bytes, old: x509.Certificate, key: PrivateKey) -> list[x509.Certificate]:
    """The new certificate and its issuers, if they may take the place of the old ones.

    Raises:
        RenewalFailedError: another key, other names, not for clients, not valid, or no chain.
    """
    try:
        chain = certificate_file.certificates(pem)
    except ValueError:
        raise _unfit("holds no certificate in PEM") from None
    if len(chain) > MAX_CHAIN:
        raise _unfit(f"has {len(chain)} certificates, and a chain has at most {MAX_CHAIN}")
    new = chain[0]
    if refusal := refusal_of(new):
        raise _unfit(f"is refused by the authorizer ({refusal.reason}: {refusal.detail})")
    if not keys.belongs(key, new.public_key()):
        raise _unfit("is for another key")
    if new.subject != old.subject or _names(new) != _names(old):
        raise _unfit("has other names than the old one")
    for child, issuer in itertools.pairwise(chain):
        try:
            child.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            raise _unfit("is not signed by the issuer that came with it") from None
    return chain


def _signing_request(old: x509.Certificate, key: PrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(old.subject)
    return builder.sign(key, keys.signature_hash(key)).public_bytes(Encoding.PEM)


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


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


def _said(answer: HttpAnswer) -> tuple[str, str]:
    """Message and reason of an error, each on one line."""
    try:
        document = json.loads(answer.body)
        message = document.get("message") or document.get("Message") or "no message."
        return _shown(str(message)), _shown(str(document.get("reason")))
    except (ValueError, AttributeError, RecursionError):
        return _shown(answer.body.decode("utf-8", "replace")), ""


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:MAX_SHOWN])


def _unfit(what: str) -> RenewalFailedError:
    return RenewalFailedError(f"What the API answered {what}. It is not used. {STAYS}")


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
