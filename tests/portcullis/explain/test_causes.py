"""Each reason that a gate logs has a cause of its own, with words and a remedy."""

import string

import pytest

from authorizer.reasons import Reason
from portcullis.explain.causes import FACTS, cause_of, causes, explained
from portcullis.explain.logged_call import LoggedCall
from portcullis.gateway.exchange import Layer

GATES = {str(layer) for layer in Layer} | {"front"}
TEXTS = [(c.gate, text) for rows in causes().values() for c in rows for text in (c.what, c.fix)]


def test_every_gate_has_causes_and_the_last_takes_any_reason():
    assert set(causes()) == GATES
    for gate, rows in causes().items():
        assert rows[-1].reason.search("a reason that nothing else matches"), gate
        assert rows[-1].reason.search(""), gate


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.OK])
def test_every_code_of_the_authorizer_has_a_cause_of_its_own(reason):
    assert cause_of("authorizer", reason) is not causes()["authorizer"][-1]
    assert cause_of("authorizer", f"the authorizer failed: Unhandled: {reason}").reason.pattern


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("not-in-allow-list", "allowedCidrs"),
        ("rate-limit", "rateLimit"),
        ("AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER", "User-Agent"),
        ("AWSManagedRulesCommonRuleSet/SizeRestrictions_BODY", "Send less"),
        ("SizeRestrictions_BODY-elsewhere", "webAclExceptions"),
        ("AWSManagedRulesSQLiRuleSet/SQLi_BODY", "except the route from this one rule"),
        ("SQLi_BODY-elsewhere", "except the route from this one rule"),
        ("", "Turn on"),
        ("somebody-elses-rule", "Look the rule up"),
    ],
)
def test_the_rules_of_the_web_acl(reason, fix):
    assert fix in cause_of("web-acl", reason).fix


@pytest.mark.parametrize(("gate", "text"), TEXTS)
def test_a_text_has_known_places_only(gate, text):
    places = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    assert places <= set(FACTS), gate
    assert text.endswith("}") or text.rstrip()[-1] in ".)"


def test_a_fact_that_the_logs_lack_is_unknown():
    call = LoggedCall(
        request_id="r", time=1.0, status=403, gate=Layer.AUTHORIZER, reason="suspended"
    )
    assert explained(call, stack="dev").what == "The client unknown is suspended."


def test_a_text_of_a_caller_is_never_a_place():
    call = LoggedCall(
        request_id="r",
        time=1.0,
        status=403,
        gate=Layer.AUTHORIZER,
        reason="suspended",
        facts={"client": "{stack}{0}"},
    )
    assert "{stack}{0}" in explained(call, stack="dev").what


def test_the_fix_of_a_missing_scope_is_a_whole_command():
    call = LoggedCall(
        request_id="r",
        time=1.0,
        status=403,
        gate=Layer.AUTHORIZER,
        reason="missing_scope",
        facts={"client": "shop", "required": "b:write", "granted": "a:read b:read"},
    )
    command = "clients set-scopes shop --stack dev --scope a:read --scope b:read --scope b:write`"
    assert command in explained(call, stack="dev").fix


@pytest.mark.parametrize("reason", ["missing_scope", "suspended", "revoked"])
def test_a_command_for_a_client_that_is_not_known_has_a_placeholder(reason):
    call = LoggedCall(request_id="r", time=1.0, status=403, gate=Layer.AUTHORIZER, reason=reason)
    assert " CLIENT --stack dev" in explained(call, stack="dev").fix
