"""Endpoint types: only REGIONAL is emulated."""

import pytest

from portcullis.gateway.resources.endpoints import require_regional
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError


def resource(configuration):
    return Block({"endpointConfiguration": configuration}, "api")


@pytest.mark.parametrize("types", [None, "REGIONAL", ["REGIONAL"], []])
def test_a_regional_endpoint_is_accepted(types):
    require_regional(resource({"types": types}))
    require_regional(resource(None))


@pytest.mark.parametrize("types", ["EDGE", "PRIVATE", ["REGIONAL", "PRIVATE"]])
def test_another_endpoint_type_stops_the_start(types):
    with pytest.raises(UnsupportedError, match=r"endpoint of type (EDGE|PRIVATE)"):
        require_regional(resource({"types": types}))
