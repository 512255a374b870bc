"""Fetches a JWKS from a file or an https URL."""

import http.client
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from portcullis.errors import MisuseError
from portcullis.petstore.jwks import JwksError

FETCH_TIMEOUT_SECONDS = 5.0
USER_AGENT = "portcullis-petstore"  # AWSManagedRulesCommonRuleSet blocks a call without one
MAX_JWKS_BYTES = 64 * 1024

Fetch = Callable[[], bytes]


def jwks_source(
    place: str, *, truststore: Path | None = None, identity: tuple[Path, Path] | None = None
) -> Fetch:
    """The function that fetches a JWKS from a file or an https URL.

    Args:
        place: path or URL. Plain http is refused: an attacker on the way could replace the keys.
        truststore: PEM file of issuers for the server certificate; the system's truststore if None.
        identity: certificate and key files: the JWKS route of the custom domain requires a client
            certificate, too.

    Raises:
        MisuseError: neither a file nor an https URL.
    """
    if "://" not in place:
        return _file_source(Path(place))
    url = urlsplit(place)
    if url.scheme != "https" or not url.hostname:
        raise MisuseError(f"--jwks {place!r} is neither a file nor an https URL.")
    return _url_source(place, truststore, identity)


def _file_source(path: Path) -> Fetch:
    def read() -> bytes:
        try:
            with path.open("rb") as file:
                text = file.read(MAX_JWKS_BYTES + 1)
        except OSError as error:
            raise JwksError(f"The JWKS file {path} cannot be read: {error.strerror}.") from None
        if len(text) > MAX_JWKS_BYTES:
            raise JwksError(f"The JWKS file {path} is longer than {MAX_JWKS_BYTES} bytes.")
        return text

    return read


def _url_source(place: str, truststore: Path | None, identity: tuple[Path, Path] | None) -> Fetch:
    url = urlsplit(place)
    host = url.hostname or ""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        context = ssl.create_default_context(cafile=str(truststore) if truststore else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if identity is not None:
            context.load_cert_chain(*identity)
    except (OSError, ssl.SSLError) as error:
        raise MisuseError(
            f"The certificate files given for {place} cannot be used: {error}"
        ) from None

    def read() -> bytes:
        # http.client follows no redirect and uses no proxy: the keys come from this host only.
        connection = http.client.HTTPSConnection(
            host, url.port, timeout=FETCH_TIMEOUT_SECONDS, context=context
        )
        try:
            connection.request(
                "GET", target, headers={"Accept": "application/json", "User-Agent": USER_AGENT}
            )
            answer = connection.getresponse()
            text = answer.read(MAX_JWKS_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise JwksError(f"The JWKS at {place} cannot be read: {error}") from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise JwksError(f"The JWKS at {place} answered {answer.status} instead of 200.")
        if len(text) > MAX_JWKS_BYTES:
            raise JwksError(f"The JWKS at {place} is longer than {MAX_JWKS_BYTES} bytes.")
        return text

    return read
