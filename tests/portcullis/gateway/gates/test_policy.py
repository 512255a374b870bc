"""Policy documents for method ARNs: a Deny goes before an Allow, and no match is a deny."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.gates.policy import MalformedPolicyError, Policy, PolicyDecision
from portcullis.gateway.resources.arn import matches

ARN = "arn:aws:execute-api:eu-central-1:111122223333:abcdef123/test/GET/pets"
ALL = ARN.rsplit("/", 2)[0] + "/*"


def statement(effect="Allow", action="execute-api:Invoke", resource=ARN, **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def without(written, *names):
    return {n: v for n, v in written.items() if n not in names}


def decide(*statements, arn=ARN):
    return Policy.parse({"Version": "2012-10-17", "Statement": list(statements)}).decide(arn)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement()], PolicyDecision.ALLOW),
        ([statement(resource=ALL)], PolicyDecision.ALLOW),
        ([statement(resource="*")], PolicyDecision.ALLOW),
        ([statement(resource=["arn:x", ARN])], PolicyDecision.ALLOW),
        ([statement(action="*")], PolicyDecision.ALLOW),
        ([statement(action="execute-api:*")], PolicyDecision.ALLOW),
        ([statement(action="EXECUTE-API:invoke")], PolicyDecision.ALLOW),
        ([statement(action=["s3:GetObject", "execute-api:Invoke"])], PolicyDecision.ALLOW),
        ([statement(), statement("Deny", resource="arn:x")], PolicyDecision.ALLOW),
        ([statement(action="execute-api:ManageConnections")], PolicyDecision.IMPLICIT_DENY),
        ([statement(action="s3:*")], PolicyDecision.IMPLICIT_DENY),
        ([statement(resource=ARN + "/1")], PolicyDecision.IMPLICIT_DENY),
        ([statement(resource=ARN.upper())], PolicyDecision.IMPLICIT_DENY),
        ([statement(resource=ARN.replace("GET", "POST"))], PolicyDecision.IMPLICIT_DENY),
        ([statement("Deny")], PolicyDecision.EXPLICIT_DENY),
        ([statement(resource=ALL), statement("Deny")], PolicyDecision.EXPLICIT_DENY),
        ([statement("Deny", resource=ALL), statement()], PolicyDecision.EXPLICIT_DENY),
        ([statement("Deny", action="*", resource="*")], PolicyDecision.EXPLICIT_DENY),
    ],
)
def test_a_deny_goes_before_an_allow_and_no_match_is_an_implicit_deny(statements, expected):
    assert decide(*statements) is expected


@pytest.mark.parametrize(
    ("effect", "expected"),
    [("Allow", PolicyDecision.ALLOW), ("Deny", PolicyDecision.EXPLICIT_DENY)],
)
def test_the_exceptions_of_a_statement_are_honoured(effect, expected):
    not_action = {**without(statement(effect), "Action"), "NotAction": "s3:*"}
    assert decide(not_action) is expected
    assert decide({**not_action, "NotAction": "execute-api:*"}) is PolicyDecision.IMPLICIT_DENY
    not_resource = {**without(statement(effect), "Resource"), "NotResource": "arn:x*"}
    assert decide(not_resource) is expected
    assert decide({**not_resource, "NotResource": ALL}) is PolicyDecision.IMPLICIT_DENY


def test_a_statement_with_a_condition_never_allows_and_still_denies():
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    assert decide(statement(Condition=condition)) is PolicyDecision.IMPLICIT_DENY
    denies = statement("Deny", Condition=condition)
    assert decide(statement(), denies) is PolicyDecision.EXPLICIT_DENY
    elsewhere = statement("Deny", resource="arn:x", Condition=condition)
    assert decide(statement(), elsewhere) is PolicyDecision.ALLOW


def test_a_statement_with_a_policy_variable_never_allows_and_still_denies():
    variable = "arn:aws:execute-api:*/${aws:username}/*"
    assert decide(statement(resource=variable)) is PolicyDecision.IMPLICIT_DENY
    assert decide(statement(), statement("Deny", resource=variable)) is PolicyDecision.EXPLICIT_DENY
    allow = {**without(statement(), "Resource"), "NotResource": variable}
    assert decide(allow) is PolicyDecision.IMPLICIT_DENY
    deny = {**allow, "Effect": "Deny"}
    assert decide(statement(), deny) is PolicyDecision.EXPLICIT_DENY


def test_one_statement_may_stand_without_a_list():
    assert Policy.parse({"Statement": statement()}).decide(ARN) is PolicyDecision.ALLOW


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "policy",
        {},
        {"Statement": []},
        {"Statement": [None]},
        {"Statement": ["Allow"]},
        {"Statement": [without(statement(), "Effect")]},
        {"Statement": [statement(effect=[])]},
        {"Statement": [statement(effect={})]},
        {"Statement": [statement("allow")]},
        {"Statement": [without(statement(), "Action")]},
        {"Statement": [without(statement(), "Resource")]},
        {"Statement": [statement(NotAction="*")]},
        {"Statement": [statement(NotResource="*")]},
        {"Statement": [statement(action=[])]},
        {"Statement": [statement(action=7)]},
        {"Statement": [statement(resource=[ARN, None])]},
        {"Statement": [statement(resource="")]},
        {"Statement": [statement(resource="arn:" + "x" * 509)]},
        {"Statement": [statement(), statement("Perhaps")]},
    ],
)
def test_a_malformed_document_is_no_policy(document):
    with pytest.raises(MalformedPolicyError):
        Policy.parse(document)


PATTERNS = st.text("ab/*?", min_size=1, max_size=6)


@given(
    statements=st.lists(
        st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(PATTERNS, min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
    ),
    arn=st.text("ab/", max_size=6),
)
def test_decisions_agree_with_the_definition(statements, arn):
    covering = [e for e, rs in statements if any(matches(r, arn) for r in rs)]
    expected = (
        PolicyDecision.EXPLICIT_DENY
        if "Deny" in covering
        else PolicyDecision.ALLOW
        if covering
        else PolicyDecision.IMPLICIT_DENY
    )
    assert decide(*(statement(e, "*", rs) for e, rs in statements), arn=arn) is expected


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "x"]),
                inner | st.sampled_from(["Allow", "Deny", "*"]),
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_a_function_answers_is_decided_or_malformed(document):
    try:
        policy = Policy.parse(document)
    except MalformedPolicyError:
        return
    assert policy.decide(ARN) in PolicyDecision
