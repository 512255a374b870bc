"""Groups: of the graph and managed ones, their overrides and what their results do."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import (
    COMMON,
    group_rule,
    labelled,
    managed,
    path_is,
    rule,
)

GROUP_ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/rulegroup/mine/1"


@pytest.fixture
def grouped(good, web_acl):
    """A rule group of the graph, referenced by one rule of the web ACL and followed by others."""

    def compiled(*rules, then=(), override="none", **reference):
        good.add(
            "group",
            "aws:wafv2/ruleGroup:RuleGroup",
            arn=GROUP_ARN,
            name="mine",
            capacity=50,
            rules=list(rules),
            customResponseBodies=[{"key": "no", "contentType": "TEXT_PLAIN", "content": "no pets"}],
        )
        statement = {"ruleGroupReferenceStatement": {"arn": GROUP_ARN, **reference}}
        return web_acl(group_rule("group", 1, statement, override), *then)

    return compiled


def test_a_group_blocks_with_its_own_rules_and_is_named(grouped, request_of):
    verdict = grouped(rule("pets", 1)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (False, "group/pets")


def test_a_group_that_only_counts_labels_and_lets_pass(grouped, request_of):
    labelling = rule("pets", 1, ruleLabels=[{"name": "seen"}])
    then = rule("then", 2, statement=labelled("awswaf:111122223333:rulegroup:mine:seen"))
    verdict = grouped(labelling, override="count", then=[then]).evaluate(request_of("/pets"))
    assert (verdict.rule, verdict.counted) == ("then", ("group",))
    assert verdict.labels == ("awswaf:111122223333:rulegroup:mine:seen",)


def test_one_rule_of_a_group_can_be_overridden(grouped, request_of):
    override = [{"name": "pets", "actionToUse": {"count": {}}}]
    acl = grouped(rule("pets", 1), rule("dogs", 2), ruleActionOverrides=override)
    assert acl.evaluate(request_of("/pets")).allowed
    assert not acl.evaluate(request_of("/dogs")).allowed


def test_a_label_without_prefix_means_the_group_of_the_rule_that_asks(grouped, request_of):
    labelling = rule("pets", 1, "count", ruleLabels=[{"name": "seen"}])
    inside = rule("inside", 2, statement=labelled("seen"))
    assert not grouped(labelling, inside).evaluate(request_of("/pets")).allowed
    outside = rule("outside", 2, statement=labelled("seen"))
    assert grouped(labelling, then=[outside]).evaluate(request_of("/pets")).allowed


def test_each_use_of_a_group_counts_rates_for_itself(good, web_acl, request_of):
    rate = {"rateBasedStatement": {"limit": 10, "evaluationWindowSec": 60}}
    good.add(
        "group",
        "aws:wafv2/ruleGroup:RuleGroup",
        arn=GROUP_ARN,
        name="mine",
        rules=[rule("rate", 1, statement=rate)],
    )
    reference = {"ruleGroupReferenceStatement": {"arn": GROUP_ARN}}
    acl = web_acl(group_rule("one", 1, reference), group_rule("two", 2, reference))
    assert [acl.evaluate(request_of()).allowed for _ in range(11)] == [True] * 10 + [False]


def test_a_managed_rule_can_be_overridden_and_its_label_stays(web_acl, request_of):
    override = [{"name": "NoUserAgent_HEADER", "actionToUse": {"count": {}}}]
    acl = web_acl(group_rule("m", 1, managed(COMMON, ruleActionOverrides=override)))
    verdict = acl.evaluate(request_of())
    assert verdict.allowed
    assert verdict.labels == ("awswaf:managed:aws:core-rule-set:NoUserAgent_Header",)


def test_a_managed_group_can_be_narrowed(web_acl, request_of):
    narrowed = managed(COMMON, scopeDownStatement=path_is("/only"))
    acl = web_acl(group_rule("m", 1, narrowed))
    assert acl.evaluate(request_of("/pets")).allowed
    assert not acl.evaluate(request_of("/only")).allowed


@pytest.mark.parametrize(
    ("path", "agent", "blocking"),
    [
        ("/before", "a", "before"),
        ("/between", "a", "between"),
        ("/after", "a", "after"),
        ("/before", "", "before"),
        ("/between", "", "m/NoUserAgent_HEADER"),
    ],
)
def test_managed_groups_have_their_place_among_the_rules(
    web_acl, request_of, path, agent, blocking
):
    acl = web_acl(
        rule("before", 1),
        group_rule("m", 2, managed(COMMON)),
        rule("between", 3),
        group_rule("n", 4, managed(COMMON)),
        rule("after", 5),
    )
    assert acl.evaluate(request_of(path, headers=(("User-Agent", agent),))).rule == blocking


def test_an_excluded_rule_only_counts(grouped, request_of):
    acl = grouped(rule("pets", 1), excludedRules=[{"name": "pets"}])
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.counted) == (True, ("pets",))


def test_a_group_inside_a_group_stops_the_start(grouped):
    with pytest.raises(UnsupportedError, match="does not allow a rule group inside another"):
        grouped(group_rule("inner", 1, managed(COMMON)))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (group_rule("g", 1, managed("AWSManagedRulesBotControlRuleSet")), "BotControl"),
        (
            group_rule("g", 1, {"managedRuleGroupStatement": {"vendorName": "Acme", "name": "x"}}),
            "Acme/x",
        ),
        (
            group_rule("g", 1, managed(COMMON, managedRuleGroupConfigs=[{"a": {}}])),
            "managedRuleGroupConfigs",
        ),
        (
            group_rule(
                "g",
                1,
                managed(
                    COMMON,
                    ruleActionOverrides=[{"name": "Typo", "actionToUse": {"count": {}}}],
                ),
            ),
            "no rule 'Typo'",
        ),
        (group_rule("g", 1, {"ruleGroupReferenceStatement": {"arn": "arn:gone"}}), "gone"),
        ({**group_rule("g", 1, managed(COMMON)), "overrideAction": None}, "overrideAction"),
        (group_rule("g", 1, managed(COMMON), "block"), "must be none or count"),
    ],
)
def test_a_group_that_cannot_be_evaluated_stops_the_start(web_acl, written, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(written)
