"""The API that a kit is for: its host and the first call to make."""

import re
from dataclasses import dataclass

from portcullis.pki import names
from portcullis.pki.errors import IdentityError

_PORT = re.compile(r"[1-9][0-9]{0,4}")
# No quotes, spaces or "$": the page shows the URL in commands of several shells.
_PATH = re.compile(r"/[A-Za-z0-9._~/?&=%+,:@-]*")


@dataclass(frozen=True, kw_only=True)
class ApiAddress:
    """``server_ca`` is the PEM that clients must trust, for a laptop; None for a public server."""

    host: str  # with a port, if it is not 443
    path: str = "/"
    server_ca: bytes | None = None

    def __post_init__(self) -> None:
        _, colon, port = self.host.partition(":")
        if "*" in self.name or (colon and not _PORT.fullmatch(port)):
            raise IdentityError("host", self.host, "a host name such as api.example.com:8443.")
        names.host(self.name)
        if not _PATH.fullmatch(self.path):
            raise IdentityError(
                "path", self.path, "a path and query in ASCII, percent-encoded, such as /orders."
            )

    @property
    def name(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0]

    @property
    def port(self) -> str:
        return self.host.partition(":")[2] or "443"

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}"
