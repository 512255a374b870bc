"""Hosts and paths that a kit's page can show in commands."""

import pytest

from portcullis.pki.errors import IdentityError
from portcullis.pki.kit.address import ApiAddress


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [("api.example.com", "api.example.com", "443"), ("localhost:8443", "localhost", "8443")],
)
def test_a_host_may_have_a_port(host, name, port):
    address = ApiAddress(host=host, path="/pets?limit=5")
    assert (address.name, address.port) == (name, port)
    assert address.url == f"https://{host}/pets?limit=5"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://api.example.com",
        "*.example.com",
        "api.example.com:",
        "api.example.com:http",
        "a'b.example",
        "api.example.com/pets",
        "$(id).example",
    ],
)
def test_a_host_that_is_not_one_is_refused(host):
    with pytest.raises(IdentityError, match="is not a valid host"):
        ApiAddress(host=host)


@pytest.mark.parametrize("path", ["", "pets", "/a b", "/'", '/"', "/$HOME", "/`id`", "/<", "/a\n"])
def test_a_path_that_a_shell_would_read_differently_is_refused(path):
    with pytest.raises(IdentityError, match="is not a valid path"):
        ApiAddress(host="api.example.com", path=path)
