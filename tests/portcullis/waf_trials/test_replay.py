"""A log of AWS WAF against the web ACL of the local stack."""

import copy
import gzip
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
    def run(*lines, text=None, name="waf.jsonl", has_body_rules=True):
        written = text if text is not None else "".join(f"{json.dumps(x)}\n" for x in lines)
        path = tmp_path / name
        path.write_bytes(
            gzip.compress(written.encode()) if name.endswith(".gz") else written.encode()
        )
        compiled = lambda clock: next(iter(web_acls(graph, clock).values()))  # noqa: E731
        return list(replay(path, compiled, has_body_rules=has_body_rules))

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


def test_a_compressed_log_is_read(replayed):
    assert len(replayed(line(), line(), name="waf.jsonl.gz")) == 2


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", '{"timestamp": 1, "action": "ALLOW", "httpRequest": 1}', "null"]
)
def test_a_line_that_is_not_of_the_log_is_named(replayed, text):
    with pytest.raises(MisuseError, match=r"waf\.jsonl:2: must be a line of AWS WAF's log"):
        replayed(text=f"{json.dumps(line())}\n{text}\n")


def test_a_file_that_is_not_compressed_is_one_line(replayed, tmp_path):
    (tmp_path / "x.gz").write_bytes(b"no gzip")
    with pytest.raises(MisuseError, match="cannot be read"):
        list(replay(tmp_path / "x.gz", lambda _: None, has_body_rules=True))


def test_an_empty_log_is_an_error(replayed):
    with pytest.raises(MisuseError, match="has no line"):
        replayed(text="\n")
