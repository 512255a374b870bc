"""What every rule of the pack owes, whatever it judges."""

import ast
import importlib
import json
import re
import shutil
import sys
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from policies.rule import EVERY_TYPE, ResourceRule
from policies.rules import RULES
from portcullis.analyzer import Level, running_pack
from portcullis.analyzer.harness import DID_NOT_RUN
from portcullis.graph.resource import SIGNATURE, UNKNOWN, Graph
from tests.policies import by_hand
from tests.policies.cases import Cases
from tests.policies.running import PACK, graph_of

RULE_FILES = sorted(path.stem for path in (PACK / "rules").glob("*.py") if path.stem != "__init__")
CANARY = "CANARY-7f3a"


def cases_of(module: str) -> Cases:
    cases: Cases = importlib.import_module(f"tests.policies.rules.test_{module}").CASES
    return cases


def module_of(rule_name: str) -> str:
    return rule_name.replace("-", "_")


ALL_CASES = [case for module in RULE_FILES for case in cases_of(module)]


def test_no_rule_file_is_missing_from_the_pack():
    assert sorted(module_of(rule.name) for rule in RULES) == RULE_FILES


@pytest.fixture(scope="module")
def pack(served_pack):
    return served_pack


def test_the_running_pack_serves_every_rule_as_mandatory_but_what_warns_ahead(pack):
    served = {rule.name: rule.level for rule in pack.rules}
    assert {rule.name for rule in RULES} <= set(served)
    others = {rule.name: served[rule.name] for rule in RULES if served[rule.name] != "mandatory"}
    assert others == {"s3-truststore-lasts": Level.ADVISORY}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
class TestRule:
    def test_it_says_what_a_reader_needs(self, rule):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){2,}", rule.name)
        assert rule.title.endswith(".")
        assert rule.why.endswith(".")
        assert rule.page
        assert rule.url.startswith("https://")
        assert rule.fix
        assert "\n" not in rule.fix
        for framework in rule.frameworks:
            assert re.fullmatch(
                r"(Security Hub [A-Z][A-Za-z0-9]*\.\d+|CIS AWS Foundations 3\.0\.0 \d[\d.]+"
                r"|Checkov CKV2?_AWS_\d+|cdk-nag (AwsSolutions|HIPAA\.Security|Serverless)-[A-Z]\w+"
                r"|cfn-guard [A-Z][A-Z0-9_]+|Prowler [a-z][a-z0-9]+(_[a-z0-9]+)+"
                r"|AWS Config [a-z][a-z0-9]+(-[a-z0-9]+)+|RFC \d+|CWE \d+)",
                framework,
            )
        assert len(set(rule.frameworks)) == len(rule.frameworks)

    def test_it_has_a_bad_a_good_and_an_ignored_program(self, rule):
        cases = cases_of(module_of(rule.name))
        assert cases.rule == rule.name
        assert any(case.refused for case in cases)
        assert any(not case.refused and not case.ignored for case in cases)
        assert any(case.ignored for case in cases)

    def test_its_settings_have_fitting_defaults(self, rule):
        for schema in rule.settings.values():
            assert schema["description"].endswith(".")
            jsonschema.validate(schema["default"], dict(schema))

    def test_it_names_the_types_it_judges(self, rule):
        assert rule.types is EVERY_TYPE or all(t.count(":") == 2 for t in rule.types)

    def test_the_file_begins_with_its_promise(self, rule):
        text = (PACK / "rules" / f"{module_of(rule.name)}.py").read_text()
        assert ast.get_docstring(ast.parse(text)).endswith(".")


def test_the_pack_imports_the_policy_sdk_pyyaml_and_the_standard_library_only():
    ours_and_the_sdk_s = {"pulumi", "pulumi_policy", "google", "yaml", "policies"}
    allowed = set(sys.stdlib_module_names) | ours_and_the_sdk_s
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= allowed, path


def test_a_rule_that_is_disabled_misses_what_its_own_test_demands(pack):
    """So taking any single rule out of the pack fails that rule's test."""
    for rule in RULES:
        case = next(c for c in cases_of(module_of(rule.name)) if c.refused)
        graph = graph_of(case.program, preview=True)
        verdict = pack.judge(graph, preview=True, config={rule.name: "disabled"})
        assert rule.name not in {v.rule for v in verdict.violations}


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.rule}-{case}")
def test_no_message_repeats_a_value(pack, case):
    """Secrets arrive in plain text, so a message names paths and nothing that stands there."""
    graph = _marked(graph_of(case.program, preview=False))
    for violation in pack.judge(graph, preview=False).violations:
        assert CANARY not in violation.message


def test_no_rule_ever_fails_to_run_for_an_unknown(pack):
    """Hide every property of a complete stack in turn: a verdict each time, never an abort."""
    graph = graph_of(by_hand.from_a_body, preview=True)
    for resource in graph:
        for name in resource.inputs:
            hidden = {name: UNKNOWN}
            blurred = replace(
                resource,
                inputs={**resource.inputs, **hidden},
                outputs={**resource.outputs, **hidden},
            )
            mutated = replace(
                graph,
                resources=tuple(blurred if r.urn == resource.urn else r for r in graph),
            )
            for violation in pack.judge(mutated, preview=True).violations:
                assert not violation.message.startswith(DID_NOT_RUN), violation


def test_resource_rules_speak_before_anything_is_created():
    """What one resource decides alone is asked before that resource exists, not afterwards."""
    early = {rule.name for rule in RULES if isinstance(rule, ResourceRule)}
    assert {
        "apigateway-domain-requires-mtls",
        "apigateway-domain-pins-truststore-version",
        "apigateway-api-disables-default-endpoint",
    } <= early


def _marked(graph: Graph) -> Graph:
    return replace(
        graph,
        resources=tuple(
            replace(r, inputs=_with_canary(r.inputs), outputs=_with_canary(r.outputs))
            for r in graph
        ),
        stack_outputs=_with_canary(graph.stack_outputs),
    )


def _with_canary(value: Any) -> Any:
    """Every text with a mark on it, inside JSON documents too."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return value  # an asset; its path is not a value
        return {key: _with_canary(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_canary(inner) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        document = json.loads(value)
    except ValueError:
        return f"{value}{CANARY}"
    return json.dumps(_with_canary(document)) if isinstance(document, dict | list) else value


def test_the_pack_can_be_copied_under_another_name(tmp_path):
    """The engine runs the folder whatever it is called, as in somebody else's repository."""
    copied = tmp_path / "our-guards"
    shutil.copytree(PACK, copied, ignore=shutil.ignore_patterns("__pycache__"))
    with running_pack(copied) as running:
        assert len(running.rules) > len(RULES)
