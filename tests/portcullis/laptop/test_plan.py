"""A plan with a value that AWS refuses ends the run, with the value named."""

import pytest

from portcullis.errors import ExitCode
from portcullis.graph.resource import Graph, Resource
from portcullis.laptop.plan import RefusedByAwsModelsError, approve_by_models


def graph(description):
    resource = Resource(
        urn="urn:pulumi:s::p::aws:wafv2/ipSet:IpSet::allowed",
        type="aws:wafv2/ipSet:IpSet",
        name="allowed",
        inputs={
            "name": "allowed",
            "scope": "REGIONAL",
            "ipAddressVersion": "IPV4",
            "addresses": ["203.0.113.0/24"],
            "description": description,
        },
    )
    return Graph(project="p", stack="s", resources=(resource,))


def test_a_plan_that_aws_accepts_is_approved():
    assert approve_by_models(graph("Partners.")).requests == 1


def test_a_plan_that_aws_refuses_is_refused_with_operation_and_character():
    with pytest.raises(RefusedByAwsModelsError, match="nothing was started") as refused:
        approve_by_models(graph("Partners; all"))
    assert "allowed.description" in str(refused.value)
    assert "wafv2:CreateIPSet Description" in str(refused.value)
    assert "offending: ';'" in str(refused.value)
    assert refused.value.exit_code is ExitCode.FAILED
