"""Rules: what follows a match, and rules that cannot be evaluated."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import rule


def test_counting_goes_on_to_the_next_rule(web_acl, request_of):
    verdict = web_acl(rule("pet", 1, "count"), rule("pets", 2)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule, verdict.counted) == (False, "pets", ("pet",))


def test_labels_and_headers_stay_behind_a_match_and_nothing_behind_a_miss(web_acl, request_of):
    acl = web_acl(rule("pets", 1, "count", ruleLabels=[{"name": "team:pets"}]))
    prefix = "awswaf:111122223333:webacl:shield:"
    assert acl.evaluate(request_of("/pets")).labels == (f"{prefix}team:pets",)
    assert acl.evaluate(request_of("/dogs")).labels == ()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([rule("a", 1), rule("b", 1)], "priority 1"),
        ([{**rule("a", 1), "action": None}], "no action"),
        ([{**rule("a", 1), "statement": None}], "no statement"),
        ([{**rule("a", 1), "name": ""}], "no name"),
        ([rule("a", 1, surprise=1)], "surprise"),
    ],
)
def test_rules_that_cannot_be_evaluated_stop_the_start(web_acl, rules, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(*rules)
