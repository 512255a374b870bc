"""Each rule of a web ACL is removed, weakened or preceded by an Allow rule."""

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.web_acls import web_acl_mutants


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
