"""One call of each gate, from lines as AWS writes them."""

import pytest

from portcullis.explain.aws_lines import logged_call, terminating_rule
from portcullis.explain.causes import explained
from portcullis.gateway.exchange import Layer
from tests.portcullis.explain.lines import ACL_LOG, AT, CALLS, access


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
def test_the_gate_and_the_reason_are_found(case):
    call = logged_call(
        case.access, authorizer=case.authorizer, web_acl=case.web_acl, execution=case.execution
    )
    assert (str(call.gate), call.reason) == (case.gate, case.reason)
    assert call.hints == ()


# AWS writes no line about a failed handshake, or about a call that no API was chosen for.
UNLOGGED = {Layer.TLS, Layer.DEFAULT_ENDPOINT, Layer.CUSTOM_DOMAIN}


def test_there_are_lines_of_every_gate_that_aws_logs():
    assert {case.gate for case in CALLS} == {str(layer) for layer in set(Layer) - UNLOGGED}


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
def test_each_call_has_a_cause_and_a_fix_with_its_facts(case):
    call = logged_call(
        case.access, authorizer=case.authorizer, web_acl=case.web_acl, execution=case.execution
    )
    explanation = explained(call, stack="dev")
    assert explanation.fix
    assert case.fact in explanation.what


@pytest.mark.parametrize(
    "name", ["allow-list", "managed-rule", "untrusted", "missing-scope", "signing-failed"]
)
def test_without_the_second_log_the_gate_is_still_named_and_the_log_too(name):
    case = next(c for c in CALLS if c.name == name)
    call = logged_call(case.access, authorizer={}, web_acl={}, execution=())
    assert str(call.gate) == case.gate
    assert len(call.hints) == 1
    assert "log" in call.hints[0]


def test_a_missing_scope_names_both_sides():
    case = next(c for c in CALLS if c.name == "missing-scope")
    call = logged_call(case.access, authorizer=case.authorizer, web_acl={}, execution=())
    assert (call.facts["required"], call.facts["granted"]) == ("orders:write", "orders:read")
    assert call.facts["route"] == "POST /orders"
    cached = logged_call(case.access, authorizer={}, web_acl={}, execution=())
    assert cached.facts["granted"] == "orders:read"  # of the access log


def test_the_members_of_a_call():
    call = logged_call(access(), authorizer={}, web_acl={}, execution=())
    assert (call.request_id, call.time, call.status) == ("r-1", AT, 200)
    assert call.ids == ("r-1", "QTtelE2RCu6g6bo=")
    assert not call.is_refused


@pytest.mark.parametrize("line", [{}, {"status": "x"}, {"status": "-", "requestTime": "-"}])
def test_a_line_without_members_is_read_all_the_same(line):
    assert logged_call(line, authorizer={}, web_acl={}, execution=()).status is None


def test_a_call_that_the_web_acl_allows_has_no_rule():
    assert terminating_rule({**ACL_LOG, "action": "ALLOW"}) == ""


def test_an_answer_that_no_log_explains_is_not_called_right():
    new = access(status="400", errorResponseType="OF_NEXT_YEAR", integrationStatus="-")
    call = logged_call(new, authorizer={}, web_acl={}, execution=())
    assert (call.reason, call.is_refused) == ("OF_NEXT_YEAR", True)
    assert "executionLogLevel" in call.hints[0]
    assert "Nothing is wrong" not in explained(call, stack="dev").fix


def test_a_deny_whose_reason_is_in_no_log_names_the_log():
    denied = access(status="403", errorResponseType="ACCESS_DENIED", reason="-")
    call = logged_call(denied, authorizer={}, web_acl={}, execution=())
    assert (call.gate, call.reason) == (Layer.AUTHORIZER, "")
    assert "authorizer's log" in call.hints[0]
    known = logged_call(denied, authorizer={"reason": "revoked"}, web_acl={}, execution=())
    assert (known.reason, known.hints) == ("revoked", ())


def test_the_web_acls_own_line_decides_without_a_response_type():
    case = next(c for c in CALLS if c.name == "allow-list")
    cut = access(status="403", errorResponseType="-", integrationStatus="-")
    call = logged_call(cut, authorizer={}, web_acl=case.web_acl, execution=())
    assert (call.gate, call.reason) == (Layer.WEB_ACL, "not-in-allow-list")


@pytest.mark.parametrize("odd", [None, 7, [], {"a": 1}, [None], "-"])
def test_a_member_of_another_type_is_read_all_the_same(odd):
    line = access(status="403", errorResponseType="ACCESS_DENIED")
    authorizer = {"certificate": odd, "grantedScopes": odd, "reason": odd}
    web_acl = {"action": odd, "ruleGroupList": odd}
    line |= {"clientCertSerialNumber": odd}
    call = logged_call(line, authorizer=authorizer, web_acl=web_acl, execution=())
    assert explained(call, stack="dev").fix
