"""Resource types and properties that are not emulated stop the start."""

from pathlib import Path

import pytest

from portcullis.gateway.resources.coverage import (
    EMULATED,
    REFUSED_SERVICES,
    read_resource,
    refuse_other_types,
)
from portcullis.gateway.resources.property_tables import PROPERTIES
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.in_process import record
from portcullis.graph.resource import UNKNOWN, Resource

STAGE = "aws:apigateway/stage:Stage"
REFUSED = [
    ("aws:apigatewayv2/api:Api", "HTTP and WebSocket APIs"),
    ("aws:apigateway/vpcLink:VpcLink", "not emulated"),
    ("aws:apigateway/method:Method", "OpenAPI body"),
    ("aws:apigateway/restApiPolicy:RestApiPolicy", "not emulated"),
    ("aws:fms/policy:Policy", "not emulated"),
    ("aws:lambda/capacityProvider:CapacityProvider", "not emulated"),
    ("aws:wafv2/webAclRule:WebAclRule", "not emulated"),
    ("aws:wafregional/webAcl:WebAcl", "not emulated"),
]


def resource(kind, *, inputs=None, **outputs):
    return Resource(urn="urn", type=kind, name="a", id="id1", inputs=inputs or {}, outputs=outputs)


@pytest.mark.parametrize(("kind", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_resource_that_is_not_emulated_stops_the_start(good, kind, words):
    with pytest.raises(UnsupportedError, match=words) as caught:
        refuse_other_types(good.add("other", kind).graph())
    assert f"{kind} 'other'" in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [
        "aws:s3/bucket:Bucket",
        "aws:sns/topic:Topic",
        "aws:lambda/functionUrl:FunctionUrl",
        "portcullis:index:WafShield",
    ],
)
def test_a_resource_that_no_call_passes_is_left_alone(good, kind):
    refuse_other_types(good.add("other", kind, whatever="value").graph())


def test_a_gateway_starts_only_on_resources_that_it_emulates(start, good):
    with pytest.raises(UnsupportedError, match="vpcLink"):
        start(good.add("link", "aws:apigateway/vpcLink:VpcLink"))


def test_outputs_go_before_inputs_and_the_id_is_a_property():
    block = read_resource(resource(STAGE, inputs={"stageName": "a", "arn": "x"}, stageName="b"))
    assert dict(block.values) == {"stageName": "b", "arn": "x", "id": "id1"}
    assert block.place == "aws:apigateway/stage:Stage 'a'"


def leaves(table, path=()):
    """Each refused property, and each with accepted values and another one."""
    for name in table.refused.split():
        yield (*path, name), "set"
    for name in table.only:
        yield (*path, name), "another"
    for name, inner in table.objects.items():
        yield from leaves(inner, (*path, name))


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        pytest.param(kind, path, value, id=f"{kind.rpartition(':')[2]} {'.'.join(path)}")
        for kind, table in PROPERTIES.items()
        for path, value in leaves(table)
    ],
)
@pytest.mark.parametrize("is_list", [False, True])
def test_a_refused_property_or_value_stops_the_start_and_is_named(kind, path, value, is_list):
    written = value
    for name in reversed(path):
        written = {name: [written] if is_list and isinstance(written, dict) else written}
    with pytest.raises(UnsupportedError) as caught:
        read_resource(resource(kind, **written))
    assert str(caught.value).startswith(f"{kind} 'a'")
    assert path[-1] in caught.value.feature


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        (STAGE, "cacheClusterEnabled", False),
        ("aws:apigateway/restApi:RestApi", "minimumCompressionSize", "-1"),
        ("aws:apigateway/domainName:DomainName", "routingMode", "BASE_PATH_MAPPING_ONLY"),
        ("aws:lambda/function:Function", "packageType", "Zip"),
        ("aws:apigateway/usagePlan:UsagePlan", "quotaSettings", {"limit": 5.0, "offset": 0.0}),
    ],
)
def test_an_accepted_value_is_read(kind, path, value):
    assert read_resource(resource(kind, **{path: value})).values[path] == value


@pytest.mark.parametrize("value", [UNKNOWN, "a", 0, False, [0], {"a": {"b": 1}}])
def test_a_property_in_no_list_stops_the_start(value):
    with pytest.raises(UnsupportedError, match="Stage 'a': newProperty is not emulated"):
        read_resource(resource(STAGE, newProperty=value))


@pytest.mark.parametrize("value", [None, "", [], {}, {"a": None, "b": {"c": []}}])
def test_what_an_exported_stack_writes_as_empty_is_not_set(value):
    read_resource(resource(STAGE, newProperty=value, canarySettings=value))


def test_an_input_alone_is_checked_too():
    with pytest.raises(UnsupportedError, match="canarySettings"):
        read_resource(resource(STAGE, inputs={"canarySettings": {"percentTraffic": 5.0}}))


def test_notes_of_the_provider_bridge_are_no_properties():
    read_resource(resource(STAGE, inputs={"__defaults": ["variables"]}))


def test_a_property_is_checked_on_every_resource_whoever_reads_it(start, good):
    key = "aws:apigateway/apiKey:ApiKey"
    with pytest.raises(UnsupportedError, match="newProperty"):
        start(good.add("unused", key, id="k", value="v", newProperty=1))


def test_every_type_with_a_table_belongs_to_the_emulated_ones():
    assert set(PROPERTIES) <= EMULATED
    services = {kind.split(":")[1].partition("/")[0] for kind in EMULATED}
    assert services <= {*REFUSED_SERVICES, "s3"}


def test_the_program_of_this_repository_is_emulated_as_in_production():
    root = Path(__file__).parents[4]
    graph = record(root, "prod", preview=False)
    refuse_other_types(graph)
    services = {r.type.split(":")[1].partition("/")[0] for r in graph if r.type.startswith("aws:")}
    assert {"apigateway", "lambda", "wafv2"} <= services
