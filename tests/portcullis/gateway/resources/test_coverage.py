"""Resource types that are not emulated stop the start."""

import pytest

from portcullis.gateway.resources.coverage import refuse_other_types
from portcullis.gateway.resources.unsupported import UnsupportedError

REFUSED = [
    ("aws:apigatewayv2/api:Api", "HTTP and WebSocket APIs"),
    ("aws:apigateway/vpcLink:VpcLink", "not emulated"),
    ("aws:apigateway/method:Method", "OpenAPI body"),
    ("aws:apigateway/restApiPolicy:RestApiPolicy", "not emulated"),
    ("aws:wafv2/webAclRule:WebAclRule", "not emulated"),
    ("aws:wafregional/webAcl:WebAcl", "not emulated"),
]


@pytest.mark.parametrize(("kind", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_resource_that_is_not_emulated_stops_the_start(good, kind, words):
    with pytest.raises(UnsupportedError, match=words) as caught:
        refuse_other_types(good.add("other", kind).graph())
    assert f"{kind} 'other'" in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [
        "aws:s3/bucket:Bucket",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "portcullis:index:WafShield",
    ],
)
def test_a_resource_that_no_call_passes_is_left_alone(good, kind):
    refuse_other_types(good.add("other", kind).graph())


def test_a_gateway_starts_only_on_resources_that_it_emulates(start, good):
    with pytest.raises(UnsupportedError, match="vpcLink"):
        start(good.add("link", "aws:apigateway/vpcLink:VpcLink"))
