"""A rule that only counts is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-counts-nothing")


@CASES.bad("acl", says="rules[0] has the action Count")
def count():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "rate",
                "priority": 0,
                "action": {"count": {}},
                "statement": {"rate_based_statement": {"limit": 2000}},
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
def block():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "rate",
                "priority": 0,
                "action": {"block": {}},
                "statement": {"rate_based_statement": {"limit": 2000}},
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


@CASES.bad("acl", says="rules[2]")
def managed_group_that_counts():
    acls.web_acl(
        [
            acls.outside(acls.partners()),
            acls.rate(),
            acls.managed(acls.GROUPS[0], 2, override_action={"count": {}}),
        ]
    )


def excepting(**changes):
    """A managed group of which one rule counts."""
    override = {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
    statement = {
        "managed_rule_group_statement": {
            "vendor_name": "AWS",
            "name": acls.GROUPS[1],
            "rule_action_overrides": [override | changes],
        }
    }
    return acls.managed(acls.GROUPS[1], 0, statement=statement)


LABEL = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
AS_SENT = [{"priority": 0, "type": "NONE"}]


def labelled(key=LABEL, scope="LABEL"):
    return {"label_match_statement": {"scope": scope, "key": key}}


def method(name="PUT", where="EXACTLY", field="method", transformations=AS_SENT):
    return {
        "byte_match_statement": {
            "search_string": name,
            "positional_constraint": where,
            "field_to_match": {field: {}},
            "text_transformations": transformations,
        }
    }


def path(expression="^/documents/[^/]+/?$", field="uri_path", transformations=AS_SENT):
    return {
        "regex_match_statement": {
            "regex_string": expression,
            "field_to_match": {field: {}},
            "text_transformations": transformations,
        }
    }


def both(*statements):
    return {"and_statement": {"statements": list(statements)}}


def outside(*statements):
    return {"not_statement": {"statement": both(*statements)}}


def elsewhere(*statements, **changes):
    """The rule that blocks what was counted, outside the excepted route."""
    rule = {
        "name": "elsewhere",
        "priority": 1,
        "action": {"block": {}},
        "statement": both(*(statements or (labelled(), outside(method(), path())))),
        "visibility_config": acls.VISIBILITY,
    }
    return rule | changes


@CASES.bad("acl", says="no later rule blocks what has its label")
def one_rule_of_a_group_that_counts():
    acls.web_acl([excepting()])


@CASES.good
def one_rule_that_is_blocked_elsewhere():
    acls.web_acl([excepting(), elsewhere()])


@CASES.good
def one_rule_that_is_blocked_outside_two_routes():
    second = outside(method("POST"), path("^/?$"))
    acls.web_acl([excepting(), elsewhere(labelled(), outside(method(), path()), second)])


@CASES.good
def one_rule_that_is_blocked_everywhere_by_another():
    acls.web_acl([excepting(), elsewhere(statement=labelled())])


@CASES.bad("acl", says="one other than Block")
def one_rule_that_allows():
    acls.web_acl([excepting(action_to_use={"allow": {}}), elsewhere()])


@CASES.bad("acl", says="no later rule")
def a_rule_whose_label_is_not_known():
    acls.web_acl([excepting(name="UserAgent_BadBots"), elsewhere()])


@CASES.bad("acl", says="no later rule")
def the_label_of_another_rule():
    acls.web_acl([excepting(name="GenericLFI_BODY"), elsewhere()])


TOO_WIDE = {
    "before the group": elsewhere(priority=-1),
    "counts too": elsewhere(action={"count": {}}, rule_labels=[{"name": "x"}]),
    "another label": elsewhere(labelled(LABEL + "2"), outside(method(), path())),
    "a namespace": elsewhere(labelled(scope="NAMESPACE"), outside(method(), path())),
    "no label": elsewhere(outside(method(), path()), outside(method("POST"), path())),
    "two labels": elsewhere(labelled(), labelled("x")),
    "the route itself": elsewhere(labelled(), both(method(), path())),
    "one of two": elsewhere(
        statement={"or_statement": {"statements": [labelled(), outside(method(), path())]}}
    ),
    "a narrower block": elsewhere(labelled(), method("POST")),
    "every method": elsewhere(labelled(), {"not_statement": {"statement": path()}}),
    "every path": elsewhere(labelled(), {"not_statement": {"statement": method()}}),
    "method or path": elsewhere(
        labelled(),
        {"not_statement": {"statement": {"or_statement": {"statements": [method(), path()]}}}},
    ),
    "a part of a method": elsewhere(labelled(), outside(method(where="CONTAINS"), path())),
    "a method of another field": elsewhere(
        labelled(), outside(method(field="query_string"), path())
    ),
    "a path of another field": elsewhere(labelled(), outside(method(), path(field="query_string"))),
    "a normalised path": elsewhere(
        labelled(),
        outside(method(), path(transformations=[{"priority": 0, "type": "NORMALIZE_PATH"}])),
    ),
    **{
        f"the path {expression}": elsewhere(labelled(), outside(method(), path(expression)))
        for expression in (
            "", ".*", "^/.*$", "/documents", "^/documents", "/documents$", "^/documents/.+/?$",
            "^/[^/]+/?$", "^/[^/]+/[^/]+/?$", "^/documents|/$", "^/documents/?$|x", "^/(a|b)/?$",
            "^/documents/[^x]+/?$", r"^/\w+/?$", r"^/documents\S/?$", "^/documents?/?$",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("rule", TOO_WIDE.values(), ids=TOO_WIDE.keys())
def test_a_rule_that_blocks_too_little_elsewhere_is_no_exception(rule, judged):
    def program():
        acls.web_acl([excepting(), rule])

    assert "wafv2-acl-counts-nothing" in {violation.rule for violation in judged(program)}


@CASES.bad("acl")
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x"), Action={"Count": {}}))


@CASES.bad("acl")
def group_attached_as_a_resource():
    acl = acls.web_acl()
    aws.wafv2.WebAclRuleGroupAssociation(
        "more",
        web_acl_arn=acl.arn,
        rule_name="more",
        priority=50,
        override_action="count",
        managed_rule_group={"vendor_name": "AWS", "name": "AWSManagedRulesLinuxRuleSet"},
    )


@CASES.good
def count_that_labels_for_a_later_rule():
    acls.web_acl([acls.rate(action={"count": {}}, rule_labels=[{"name": "fast"}])])


@CASES.good
def complete():
    acls.web_acl()


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
