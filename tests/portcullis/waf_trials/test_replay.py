"""A log of AWS WAF against the web ACL of the local stack."""

import copy
import json

import pytest

from portcullis.errors import MisuseError
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.waf_trials.replay import replay
from tests.portcullis.explain.lines import ACL_LOG
from tests.portcullis.waf_trials.test_run import graph, truststore  # noqa: F401 - fixtures

UA = [{"name": "Host", "value": "api.example.com"}, {"name": "User-Agent", "value": "depot"}]


def line(*, at=0, rule=None, **logged):
    made = copy.deepcopy(ACL_LOG)
    made["timestamp"] += at * 1000
    made["action"] = "BLOCK" if rule else "ALLOW"
    made["terminatingRuleId"] = rule or "Default_Action"
    made["httpRequest"] |= {"clientIp": "127.0.0.1", "headers": UA} | logged
    return made


@pytest.fixture
def replayed(graph, tmp_path):  # noqa: F811
    def run(*lines, text=None, has_body_rules=True):
        path = tmp_path / "waf.jsonl"
        path.write_text("".join(f"{json.dumps(x)}\n" for x in lines) if text is None else text)
        compiled = lambda clock: next(iter(web_acls(graph, clock).values()))  # noqa: E731
        return list(replay([path], compiled, has_body_rules=has_body_rules))

    return run


def test_a_call_that_passes_as_before_is_no_change(replayed):
    (call,) = replayed(line())
    assert (call.then, call.now, call.is_changed) == ("allow", "allow", False)


def test_an_address_that_left_the_allow_list_is_now_blocked(replayed):
    (call,) = replayed(line(clientIp="198.51.100.7"))
    assert (call.then, call.now, call.is_changed) == ("allow", "not-in-allow-list", True)


def test_an_address_that_joined_the_allow_list_is_now_let_in(replayed):
    (call,) = replayed(line(rule="not-in-allow-list"))
    assert (call.then, call.now, call.is_changed) == ("not-in-allow-list", "allow", True)


def test_rates_count_by_the_times_of_the_log(replayed):
    fast = replayed(*(line(at=n // 10) for n in range(310)))
    slow = replayed(*(line(at=n * 60) for n in range(310)))
    assert [c.now for c in fast if c.is_changed][:1] == ["rate-limit"]
    assert not any(c.is_changed for c in slow)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"headers": [*UA, {"name": "Content-Length", "value": "20"}]}, "body is not in the log"),
        ({"headers": [*UA, {"name": "Cookie", "value": "REDACTED"}]}, "redacted"),
        ({"args": "REDACTED"}, "redacted"),
        ({"rule": "AWSManagedRulesSQLiRuleSet/SQLi_BODY"}, "blocked by its body"),
    ],
)
def test_what_the_log_does_not_hold_is_not_judged(replayed, changes, why):
    (call,) = replayed(line(**changes))
    assert why in call.unknown
    assert not call.is_changed


def test_a_body_does_not_matter_to_a_web_acl_without_a_rule_on_bodies(replayed):
    headers = [*UA, {"name": "Content-Length", "value": "20"}]
    (call,) = replayed(line(headers=headers), has_body_rules=False)
    assert call.unknown == ""


def test_an_empty_log_is_an_error(replayed):
    with pytest.raises(MisuseError, match="no line of AWS WAF's log"):
        replayed(text="\n")


def test_several_logs_are_one(graph, tmp_path):  # noqa: F811
    paths = [tmp_path / "1", tmp_path / "2"]
    for path in paths:
        path.write_text("".join(f"{json.dumps(line())}\n" for _ in range(160)))
    compiled = lambda clock: next(iter(web_acls(graph, clock).values()))  # noqa: E731
    calls = list(replay(paths, compiled, has_body_rules=True))
    assert [calls.index(c) for c in calls if c.is_changed][:1] == [300]
    assert calls[300].now == "rate-limit"


@pytest.mark.parametrize("uri", ["/\ud800", None])
def test_a_target_that_no_request_has_is_judged_all_the_same(replayed, uri):
    (call,) = replayed(line(uri=uri))
    assert call.now == "allow"


def test_a_rule_group_in_another_form_leaves_the_rule_of_the_web_acl(replayed):
    logged = line(rule="not-in-allow-list") | {"ruleGroupList": [1, {"terminatingRule": "x"}]}
    assert [call.then for call in replayed(logged)] == ["not-in-allow-list"]
