"""The page listens before its server runs, at a port that is free."""

import socket

import pytest

from portcullis.errors import PortcullisError
from portcullis.inspector.address import InspectorAddress


def test_a_page_that_is_opened_early_waits_for_the_server():
    address = InspectorAddress(0)
    with address.socket, socket.create_connection(("127.0.0.1", address.port)):
        assert address.url.startswith(f"http://127.0.0.1:{address.port}/")


def test_a_port_that_is_taken_is_one_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortcullisError, match=f"port {port}.*--inspector-port 0"):
            InspectorAddress(port)
