"""A web ACL that does not block strangers first is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("wafv2-acl-blocks-outside-allow-list")


@CASES.bad("acl", says="does not block addresses outside the allow-list")
def allow_list_as_an_allow_rule():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "partners",
                "priority": 0,
                "action": {"allow": {}},
                "statement": {"ip_set_reference_statement": {"arn": partners.arn}},
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            }
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.good
def everybody_else_blocked_first():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "strangers",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "not_statement": {
                        "statement": {"ip_set_reference_statement": {"arn": partners.arn}}
                    }
                },
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            }
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.bad("acl", says="no rules, and its default action is allow")
def empty():
    acls.web_acl([])


@CASES.bad("acl", says="rules[0]")
def counted_only():
    acls.web_acl([acls.outside(acls.partners(), action={"count": {}}), acls.rate()])


@CASES.bad("acl")
def partners_blocked_instead_of_strangers():
    acls.web_acl([acls.inside(acls.partners(), action={"block": {}})])


@CASES.bad("acl", says="rules[1]")
def after_the_rate_limit():
    acls.web_acl([acls.outside(acls.partners(), priority=5), acls.rate(priority=1)])


@CASES.bad("acl")
def strangers_on_one_path_only():
    stranger = acls.outside(acls.partners())["statement"]
    path = {
        "byte_match_statement": {
            "positional_constraint": "STARTS_WITH",
            "search_string": "/admin",
            "field_to_match": {"uri_path": {}},
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    statement = {"and_statement": {"statements": [stranger, path]}}
    acls.web_acl([acls.outside(acls.partners("more"), statement=statement)])


@CASES.bad("acl", says="allows more than the addresses of an IP set")
def default_block_with_a_wide_allow():
    everybody = {"geo_match_statement": {"country_codes": ["DE"]}}
    acls.web_acl([acls.inside(acls.partners(), statement=everybody)], default_action={"block": {}})


@CASES.bad("acl")
def rule_json_that_counts():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x"), Action={"Count": {}}))


@CASES.bad("acl")
def an_earlier_rule_of_its_own_resource():
    acl = acls.web_acl([acls.outside(acls.partners(), priority=5)])
    aws.wafv2.WebAclRule(
        "early",
        web_acl_arn=acl.arn,
        name="early",
        priority=1,
        action={"allow": {}},
        statement={"geo_match_statement": {"country_codes": ["DE"]}},
        visibility_config=acls.VISIBILITY,
    )


@CASES.good
def two_families():
    both = {
        "or_statement": {
            "statements": [
                {"ip_set_reference_statement": {"arn": acls.partners(name).arn}}
                for name in ("v4", "v6")
            ]
        }
    }
    acls.web_acl([acls.outside(acls.partners(), statement={"not_statement": {"statement": both}})])


@CASES.good
def default_block_with_the_allow_list_last():
    acls.web_acl(
        [acls.rate(), acls.inside(acls.partners(), priority=9)], default_action={"block": {}}
    )


@CASES.good
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x")))


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_an_ip_set_of_another_stack_is_refused_in_a_preview(pack):
    def elsewhere():
        bucket = aws.s3.Bucket("state", bucket="state")
        foreign = {"ip_set_reference_statement": {"arn": bucket.arn}}
        stranger = {"not_statement": {"statement": foreign}}
        acls.web_acl([acls.rate() | {"priority": 0, "statement": stranger}])

    verdict = pack.judge(graph_of(elsewhere, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "does not refer to an IP set of this stack" in violation.message


def test_rules_that_only_an_update_knows_are_refused_in_a_preview(pack):
    def computed():
        partners = acls.partners()
        acls.web_acl(rules=partners.arn.apply(lambda _: [acls.rate()]))

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "rules is not known before the update" in violation.message
