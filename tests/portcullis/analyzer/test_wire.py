"""A graph is sent to the pack in the messages of the engine."""

from dataclasses import replace

from google.protobuf import json_format

from portcullis.analyzer.wire import analyze_requests, analyze_stack_request, stack_urn
from portcullis.graph.resource import Resource, ResourceFlags
from tests.portcullis.analyzer.strange_pack import graph, thing, urn

PROVIDER = Resource(
    urn="urn:pulumi:dev::shop::pulumi:providers:test::default",
    type="pulumi:providers:test",
    name="default",
    inputs={"region": "eu-central-1"},
)


def test_inputs_are_judged_before_and_outputs_after():
    resource = replace(thing("a"), inputs={"size": "in"}, outputs={"size": "out"})
    one, stack = graph(resource), graph(resource)
    request = next(r for r in analyze_requests(one) if r.urn == resource.urn)
    assert json_format.MessageToDict(request.properties) == {"size": "in"}
    sent = next(r for r in analyze_stack_request(stack).resources if r.urn == resource.urn)
    assert json_format.MessageToDict(sent.properties) == {"size": "out"}


def test_the_stack_resource_has_the_exports_and_is_sent_once():
    exported = replace(graph(thing("a")), stack_outputs={"url": "https://x"})
    roots = [r for r in analyze_stack_request(exported).resources if r.urn == stack_urn(exported)]
    (root,) = roots
    assert json_format.MessageToDict(root.properties) == {"url": "https://x"}


def test_keys_of_the_provider_bridge_are_not_sent():
    request = next(r for r in analyze_requests(graph(thing("a", __defaults=["x"]))) if "a" in r.urn)
    assert all("__defaults" not in r.properties for r in analyze_requests(graph(thing("a"))))
    assert "__defaults" not in request.properties


def test_property_dependencies_and_options_are_sent():
    flags = ResourceFlags(protect=True, ignore_changes=("tags",), delete_before_replace=True)
    land = replace(thing("land", owner="king"), flags=flags)
    sent = next(
        r for r in analyze_stack_request(graph(thing("king"), land)).resources if r.name == "land"
    )
    assert list(sent.propertyDependencies["owner"].urns) == [urn("king")]
    assert sent.options.protect
    assert sent.options.deleteBeforeReplace
    assert list(sent.options.ignoreChanges) == ["tags"]


def test_the_provider_of_a_resource_is_sent():
    flags = ResourceFlags(provider=f"{PROVIDER.urn}::some-id")
    with_provider = graph(PROVIDER, replace(thing("a"), flags=flags))
    request = next(r for r in analyze_requests(with_provider) if r.name == "a")
    assert json_format.MessageToDict(request.provider.properties) == {"region": "eu-central-1"}
