"""Checks the format of one computed output."""

import re

from portcullis.standin import LocalKeys, StandIn

ACCOUNT, REGION = "000000000000", "eu-central-1"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def check_shape(resource_type, inputs, output, shape):
    """Check the output, or the id if ``output`` is empty, of a resource that is named ``thing``."""
    stand_in = StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())
    identity, outputs = stand_in.outputs(resource_type, "thing", inputs)
    assert re.fullmatch(shape, outputs[output] if output else identity)
