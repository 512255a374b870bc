"""An integration's timeout is between AWS's bounds."""

import pytest

from portcullis.gateway.gates.integration_timeout import timeout_seconds
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [({}, 29.0), ({"timeoutInMillis": 50}, 0.05), ({"timeoutInMillis": 29000}, 29)],
)
def test_the_default_is_the_longest(written, seconds):
    assert timeout_seconds(Block(written, "GET /pets")) == seconds


@pytest.mark.parametrize("milliseconds", [0, 49, 29001])
def test_another_timeout_stops_the_start(milliseconds):
    with pytest.raises(UnsupportedError, match=r"0\.05 to 29"):
        timeout_seconds(Block({"timeoutInMillis": milliseconds}, "GET /pets"))
