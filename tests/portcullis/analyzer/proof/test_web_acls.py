"""Each rule of a web ACL is removed, weakened or preceded by an Allow rule."""

import json
from pathlib import Path

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.prove import prove
from portcullis.analyzer.proof.web_acls import web_acl_mutants
from portcullis.graph.in_process import record
from portcullis.managed_rules import BODY_SIZE
from portcullis.pki import laptop

PROJECT = Path(__file__).parents[4]
PACK = PROJECT / "policies"


def rules(stack):
    return {
        m.what: m.graph.of_type(types.WEB_ACL)[0].inputs["rules"]
        for m in web_acl_mutants(stack)
        if len(m.graph.resources) == len(stack.resources)
    }


def test_a_rule_is_removed_counts_and_allows(stack):
    found = rules(stack)
    assert found["rule outside missing"][0]["name"] == "rate"
    assert found["rule outside counts"][0]["action"] == {"count": {}}
    assert found["rule outside allows"][0]["action"] == {"allow": {}}


def test_the_first_rule_becomes_the_last(stack):
    (acl,) = stack.of_type(types.WEB_ACL)
    highest = max(rule["priority"] for rule in acl.inputs["rules"])
    assert rules(stack)["rule outside comes last"][0]["priority"] == highest + 1


def test_an_allow_rule_comes_first(stack):
    first = rules(stack)["a rule that allows comes first"][0]
    assert first["action"] == {"allow": {}}
    assert first["priority"] == -1


def test_the_not_statement_is_removed(stack):
    statement = rules(stack)["rule outside without its not statement"][0]["statement"]
    assert list(statement) == ["ipSetReferenceStatement"]


def test_a_rule_resource_is_added(stack):
    (added,) = [m for m in web_acl_mutants(stack) if len(m.graph.resources) > len(stack.resources)]
    assert added.what == "a WebAclRule resource that allows first"


def test_a_wider_exception_of_a_managed_rule_is_refused(tmp_path):
    """Each mutant of the rule that blocks elsewhere, in the project's own stack."""
    truststore = laptop.ensure(tmp_path, hosts=["localhost"], clients={}).truststore_file
    exception = {"routes": ["POST /pets", "GET /pets/{petId}"], "reason": "Photos of the pets."}
    config = {
        "portcullis:truststoreFile": str(truststore),
        "portcullis:webAclExceptions": json.dumps({BODY_SIZE: exception}),
    }
    graph = record(PROJECT, "local", preview=True, config=config)
    chosen = [m for m in web_acl_mutants(graph) if "SizeRestrictions_BODY-elsewhere" in m.what]
    wanted = {
        f"rule SizeRestrictions_BODY-elsewhere {what}"
        for what in (
            "missing", "counts", "allows", "unknown in a preview", "for another label",
            "for a namespace", "except on every path", "except for a part", "without part 0",
            "without part 1", "without its not statement",
        )
    }  # fmt: skip
    assert {mutant.what for mutant in chosen} == wanted
    assert prove(graph, chosen, pack=PACK).survivors == ()
