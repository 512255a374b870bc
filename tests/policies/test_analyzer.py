"""The pack's servicer refuses a misspelt configuration, and decodes a stack once."""

import os
import select
import subprocess
import sys

import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies import analyzer
from portcullis.analyzer.wire import analyze_stack_request
from portcullis.graph.resource import UNKNOWN, Graph, Resource
from tests.policies.running import PACK

URN = "urn:pulumi:test::shop::test:index:Thing::"


def stack_policy(name, validate, **options):
    return StackValidationPolicy(
        name, name, validate, enforcement_level=EnforcementLevel.MANDATORY, **options
    )


def servicer(*policies):
    names = ("pack", "0.0.1", list(policies), EnforcementLevel.MANDATORY)
    return analyzer.Analyzer(*names, None, None, None, None, None, None, None)


def configured(name, **settings):
    properties = Struct()
    properties.update(settings)
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig[name].CopyFrom(analyzer_pb2.PolicyConfig(properties=properties))
    return request


SCHEMA = PolicyConfigSchema({"days": {"type": "integer"}})


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("log-retentoin", {}, "no such rule. Rules with a name like it: log-retention"),
        ("log-retention", {"day": 3}, "'day' of 'log-retention'.*Settings: days"),
        ("plain", {"day": 3}, "Settings: none"),
    ],
    ids=["rule", "setting", "a rule without settings"],
)
def test_a_misspelt_configuration_stops_the_run(name, settings, says):
    pack = servicer(
        stack_policy("log-retention", lambda *_: None, config_schema=SCHEMA),
        stack_policy("plain", lambda *_: None),
    )
    with pytest.raises(analyzer.MisspeltConfigurationError, match=says):
        pack.Configure(configured(name, **settings), None)


def test_a_right_configuration_reaches_the_rule():
    seen = []
    pack = servicer(
        stack_policy(
            "log-retention",
            lambda args, _: seen.append(args.get_config()),
            config_schema=SCHEMA,
        )
    )
    request = configured("log-retention", days=3)
    request.policyConfig["log-retention"].enforcementLevel = analyzer_pb2.MANDATORY
    pack.Configure(request, None)
    pack.AnalyzeStack(
        analyze_stack_request(Graph(project="shop", stack="test", resources=())), None
    )
    assert seen == [{"days": 3}]


def thing(name, *, uses=(), **inputs):
    return Resource(
        urn=URN + name,
        type="test:index:Thing",
        name=name,
        inputs=inputs,
        outputs=inputs,
        dependencies=tuple(URN + used for used in uses),
        property_dependencies={"owner": tuple(URN + used for used in uses)},
        parent=URN + "root" if name != "root" else None,
    )


def analyzed(*policies):
    things = (thing("root"), thing("a", size=UNKNOWN), thing("b", uses=["a", "gone"]))
    graph = Graph(project="shop", stack="test", resources=things)
    return servicer(*policies).AnalyzeStack(analyze_stack_request(graph), None)


def test_every_policy_sees_the_same_resources():
    seen = []
    watch = lambda args, _: seen.append(args.resources)  # noqa: E731 - a policy of one line
    analyzed(stack_policy("one", watch), stack_policy("two", watch))
    assert seen[0] is seen[1]


def test_references_lead_to_the_resources_of_the_stack():
    seen = {}
    analyzed(stack_policy("one", lambda args, _: seen.update({r.name: r for r in args.resources})))
    assert seen["b"].dependencies == [seen["a"]]
    assert seen["b"].property_dependencies == {"owner": [seen["a"]]}
    assert seen["b"].parent is seen["root"]


def test_a_violation_a_silence_and_the_other_kind_of_policy():
    def refuses(args, report):
        report("too big", args.resources[0].urn)

    def is_silent(args, _):
        args.not_applicable("nothing to judge")

    response = analyzed(
        stack_policy("one", refuses),
        stack_policy("two", is_silent),
        ResourceValidationPolicy("three", "three", lambda *_: pytest.fail("not its turn")),
    )
    (diagnostic,) = response.diagnostics
    assert diagnostic.policyName == "one"
    assert diagnostic.enforcementLevel == analyzer_pb2.MANDATORY
    (silent,) = response.not_applicable
    assert (silent.policy_name, silent.reason) == ("two", "nothing to judge")


def test_an_unknown_value_reaches_the_rule_as_the_sdk_s_error():
    def reads(args, _):
        (small,) = [r for r in args.resources if r.name == "a"]
        return small.props["size"]

    with pytest.raises(UnknownValueError):
        analyzed(stack_policy("one", reads))


def test_a_policy_with_types_judges_early_only_these():
    seen = []
    policy = ResourceValidationPolicy("one", "one", lambda args, _: seen.append(args.resource_type))
    policy.types = frozenset({"test:index:Thing"})
    pack = servicer(policy)
    for type_ in ("test:index:Other", "test:index:Thing"):
        pack.Analyze(analyzer_pb2.AnalyzeRequest(type=type_, urn=URN + "a", name="a"), None)
    assert seen == ["test:index:Thing"]


def test_a_later_configuration_changes_the_levels():
    pack = servicer(stack_policy("one", lambda _, report: report("too big", None)))
    empty = analyze_stack_request(Graph(project="shop", stack="test", resources=()))
    assert pack.AnalyzeStack(empty, None).diagnostics
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["one"].enforcementLevel = analyzer_pb2.DISABLED
    pack.Configure(request, None)
    assert not pack.AnalyzeStack(empty, None).diagnostics


STARTER = """
import sys, time
from pathlib import Path
from portcullis.analyzer.process import pack_process

with pack_process(Path(sys.argv[1])):
    print(Path(f"/proc/self/task/{__import__('os').getpid()}/children").read_text(), flush=True)
    time.sleep(600)
"""


def test_the_pack_ends_when_its_parent_is_killed():
    command = [sys.executable, "-c", STARTER, str(PACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        served = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
    ended, _, _ = select.select([served], [], [], 600)  # a limit for a pack that never ends
    os.close(served)
    assert ended
