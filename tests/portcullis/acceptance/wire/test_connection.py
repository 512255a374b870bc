"""The peer of a URL."""

from pathlib import Path

import pytest

from portcullis.acceptance.wire.connection import Peer


@pytest.mark.parametrize(
    ("url", "port", "is_tls", "authority"),
    [
        ("https://api.example.com", 443, True, "api.example.com"),
        ("https://api.example.com/", 443, True, "api.example.com"),
        ("https://localhost:8443", 8443, True, "localhost:8443"),
        ("http://localhost", 80, False, "localhost"),
        ("http://127.0.0.1:8081", 8081, False, "127.0.0.1:8081"),
    ],
)
def test_a_url_names_host_port_and_tls(url, port, is_tls, authority):
    peer = Peer.from_url(url, Path("ca.pem"), None)
    assert (peer.port, peer.is_tls, peer.authority) == (port, is_tls, authority)
    assert peer.address == peer.host
    assert peer.truststore == Path("ca.pem")


def test_another_address_may_be_connected_to():
    peer = Peer.from_url("https://localhost:8443", None, "127.0.0.1")
    assert (peer.host, peer.address) == ("localhost", "127.0.0.1")
