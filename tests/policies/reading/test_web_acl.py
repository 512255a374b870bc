"""Rules of a web ACL are read in the order of evaluation, in every form of declaration."""

import json

import pytest

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.web_acl import every_statement, is_allow_list, rules
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing

RATE = {"rateBasedStatement": {"limit": 100}}
IN_SET = {"ipSetReferenceStatement": {"arn": "arn:set"}}


def rule(priority, statement=None, **action):
    return {
        "name": f"r{priority}",
        "priority": priority,
        "statement": statement or RATE,
        **(action or {"action": {"block": {}}}),
    }


def acl_of(*declared, **more):
    stack, found = stack_of(
        thing(types.WEB_ACL, "acl", rules=list(declared), **more),
        thing(
            types.WEB_ACL_RULE,
            "early",
            webAclArn=UNKNOWN,
            priority=-1,
            action={"allow": {}},
            statement=RATE,
            uses={"webAclArn": ["acl"]},
        ),
    )
    return found["acl"], stack


def test_the_lowest_priority_comes_first():
    acl, stack = acl_of(rule(5), rule(2))
    assert [(r.priority, r.action) for r in rules(acl, stack)] == [
        (-1, "allow"),
        (2, "block"),
        (5, "block"),
    ]


def test_the_service_s_own_json_is_read():
    text = json.dumps(
        [
            {
                "Priority": 3,
                "Action": {"Count": {}},
                "Statement": {"NotStatement": {"Statement": {"GeoMatchStatement": {}}}},
            }
        ]
    )
    acl, stack = acl_of(ruleJson=text)
    found = rules(acl, stack)[1]
    assert (found.priority, found.action) == (3, "count")
    assert [s.kind for s in every_statement(found)] == ["not", "geomatch"]


@pytest.mark.parametrize(
    ("declared", "action"),
    [
        ({"overrideAction": {"none": {}}}, "group"),
        ({"overrideAction": {"count": {}}}, "count"),
        ({"action": {"captcha": {}}}, "captcha"),
    ],
    ids=["none", "count", "captcha"],
)
def test_the_action_of_a_rule(declared, action):
    acl, stack = acl_of(rule(0, **declared))
    assert rules(acl, stack)[1].action == action


@pytest.mark.parametrize(
    "broken",
    [
        rule(0, action={"block": {}, "allow": {}}),
        rule(0, {**RATE, **IN_SET}),
        rule(UNKNOWN),
        rule(0, action=UNKNOWN),
    ],
    ids=["two actions", "two statements", "priority", "unknown action"],
)
def test_a_rule_that_cannot_be_read_is_undecided(broken):
    acl, stack = acl_of(broken)
    with pytest.raises(UndecidedError):
        rules(acl, stack)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (IN_SET, True),
        ({"orStatement": {"statements": [IN_SET, IN_SET]}}, True),
        ({"orStatement": {"statements": [IN_SET, RATE]}}, False),
        (RATE, False),
    ],
    ids=["set", "two sets", "set or rate", "rate"],
)
def test_an_allow_list_matches_ip_sets_only(statement, expected):
    acl, stack = acl_of(rule(0, statement))
    found = rules(acl, stack)[1]
    assert is_allow_list(found, stack, found.statement) is expected


def test_statements_below_a_scope_down_statement_are_listed():
    scoped = {"rateBasedStatement": {"limit": 1, "scopeDownStatement": IN_SET}}
    acl, stack = acl_of(rule(0, scoped))
    assert [s.kind for s in every_statement(rules(acl, stack)[1])] == [
        "ratebased",
        "ipsetreference",
    ]
