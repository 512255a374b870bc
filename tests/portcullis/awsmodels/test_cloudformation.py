"""A second opinion: the same resources as CloudFormation, judged by cfn-lint's AWS schemas.

Each region has schemas of its own; GovCloud and China among them.
"""

import json

import pytest

from tests.portcullis.awsmodels.cloudformation import WITHOUT_COUNTERPART, template

# By partition, since the regions of one have ARNs of the same form.
PARTITIONS = {
    "aws": ["eu-central-1", "us-east-1", "ap-southeast-2", "sa-east-1", "ap-east-2"],
    "aws-us-gov": ["us-gov-west-1"],
    "aws-cn": ["cn-north-1"],
}


def errors(document, *regions):
    # Every worker of pytest-xdist collects this module, and one runs it: the import takes a second.
    from cfnlint.api import lint  # noqa: PLC0415
    from cfnlint.config import ManualArgs  # noqa: PLC0415

    found = lint(json.dumps(document), config=ManualArgs(regions=list(regions)))
    return [f"{m.rule.id} {m.message}" for m in found if m.rule.id.startswith("E")]


@pytest.mark.parametrize("regions", PARTITIONS.values(), ids=PARTITIONS)
def test_cloudformation_finds_nothing_either(graph_of, regions):
    graph = graph_of("staging", preview=False, aws__region=regions[0])
    document, missing = template(graph, regions[0])
    assert len(document["Resources"]) > 50
    assert missing <= set(WITHOUT_COUNTERPART)
    assert errors(document, *regions) == []


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_cloudformation_finds_nothing_in_the_other_stacks(graph_of, stack):
    document, _ = template(graph_of(stack, preview=False), "eu-central-1")
    assert errors(document, "eu-central-1") == []


def test_cloudformation_finds_the_semicolon_as_well(graph_of):
    document, _ = template(graph_of("staging", preview=False), "eu-central-1")
    (acl,) = [r for r in document["Resources"].values() if r["Type"] == "AWS::WAFv2::WebACL"]
    acl["Properties"]["Description"] = "Allow-list; rate limit"
    (error,) = errors(document, "eu-central-1")
    assert "does not match" in error
