"""The page's address on loopback: a socket that listens, and the token in the URL."""

import secrets
import socket
from typing import Final

from portcullis.errors import PortcullisError

HOST: Final = "127.0.0.1"
TOKEN_BYTES: Final = 24


class InspectorAddress:
    """Listens from the start, so a page that is opened before the server runs waits for it.

    Args:
        port: 0 takes a free one.

    Raises:
        PortcullisError: the port is taken.
    """

    def __init__(self, port: int) -> None:
        try:
            self.socket = socket.create_server((HOST, port))
        except OSError as error:
            raise PortcullisError(
                f"The page with live calls cannot listen on {HOST} port {port}: "
                f"{error.strerror}. Add --inspector-port 0 for a free port, or --no-inspector."
            ) from None
        self.port: int = self.socket.getsockname()[1]
        self.token = secrets.token_urlsafe(TOKEN_BYTES)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/{self.token}/"
