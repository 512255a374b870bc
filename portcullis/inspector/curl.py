"""A call as a curl command to paste: quoted for a shell, with a client's files and no secret."""

import shlex
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from portcullis.gateway.exchange import Endpoint, Request
from portcullis.inspector import redaction

HOST = "127.0.0.1"
_OWN_ADDRESSES = frozenset({HOST, "::1", "localhost"})
# curl writes them itself, or they describe one connection.
_LEFT_OUT = frozenset({"accept-encoding", "connection", "content-length", "host", "expect"})
_BODY_FILE = "BODY"


class ListeningGateway(Protocol):
    """A gateway that listens on this machine, and the client certificates for it."""

    @property
    def gateway(self) -> str: ...

    @property
    def default_endpoint(self) -> str: ...

    @property
    def domain(self) -> str: ...

    @property
    def ca(self) -> str: ...

    @property
    def clients(self) -> Mapping[str, Mapping[str, str]]: ...


def curl(
    request: Request, reachable: ListeningGateway, client: str | None, *, has_body: bool
) -> str:
    """The command; ``client`` names the files, and None stands for those of an unknown client."""
    is_default = request.endpoint is Endpoint.DEFAULT
    origin = reachable.default_endpoint if is_default else reachable.gateway
    words = ["curl", "--cacert", reachable.ca]
    if request.tls.client_certificate_pem is not None:
        files = reachable.clients.get(client or "", {})
        words += ["--cert", files.get("certificate", "CLIENT.pem")]
        words += ["--key", files.get("key", "CLIENT.key")]
    address = urlsplit(origin)
    if address.hostname not in _OWN_ADDRESSES:
        words += ["--resolve", f"{address.netloc}:{HOST}"]
    words += ["--path-as-is"]
    if request.method == "HEAD":
        words += ["--head"]
    elif request.method != ("POST" if has_body else "GET"):
        words += ["--request", request.method]
    host = request.header("host")
    if host is not None and host != address.netloc:
        words += ["--header", f"Host: {host}"]
    for name, value in redaction.headers(request.headers):
        if name.lower() not in _LEFT_OUT:
            # "Name;" is how curl sends a header without a value.
            words += ["--header", f"{name}: {value}" if value else f"{name};"]
    if has_body:
        words += ["--data-binary", f"@{_BODY_FILE}"]
    words += ["--globoff", f"{origin}{redaction.target(request.target)}"]
    return " ".join(shlex.quote(word) for word in words)
