"""Integration types: HTTP_PROXY, AWS_PROXY and MOCK, and no other."""

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.resources.unsupported import UnsupportedError


@pytest.mark.parametrize(
    ("path", "written", "layer"),
    [
        ("/pets", "http_proxy", Layer.BACKEND),
        ("/pets", "HTTP_PROXY", Layer.BACKEND),
        ("/keys", "mock", Layer.INTEGRATION),
        ("/keys", "MOCK", Layer.INTEGRATION),
    ],
)
def test_a_proxy_reaches_the_backend_and_a_mock_does_not(start, good, path, written, layer):
    good.integration(path, "get")["type"] = written
    laptop = start(good)
    assert laptop.call(path).layer is layer
    assert bool(laptop.upstream.requests) is (layer is Layer.BACKEND)


@pytest.mark.parametrize("written", ["aws", "http"])
def test_another_type_stops_the_start_and_names_the_method(start, good, written):
    good.integration("/pets", "get")["type"] = written
    with pytest.raises(UnsupportedError, match=f"GET /pets: .*type {written.upper()}"):
        start(good)


def test_an_integration_without_a_type_stops_the_start(start, good):
    del good.integration("/pets", "get")["type"]
    with pytest.raises(UnsupportedError, match="it has no type"):
        start(good)
