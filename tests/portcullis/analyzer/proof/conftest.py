"""A complete stack, recorded in a preview, and a pack that accepts almost everything."""

import pytest

from tests.policies import by_hand
from tests.policies.running import graph_of
from tests.portcullis.analyzer.strange_pack import write_pack

PERMISSIVE = """
from pulumi_policy import *

def no_giants(args, report):
    if args.props.get("size") == "giant":
        report("is a giant", None)

PolicyPack("permissive", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("no-giants", "Nothing is a giant.", no_giants),
    ResourceValidationPolicy("idle", "Never speaks.", lambda args, report: None),
])
"""


@pytest.fixture(scope="module")
def stack():
    return graph_of(by_hand.from_a_body, preview=True)


@pytest.fixture(scope="module")
def permissive(tmp_path_factory):
    return write_pack(tmp_path_factory.mktemp("permissive"), PERMISSIVE)
