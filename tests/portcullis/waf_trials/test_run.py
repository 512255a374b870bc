"""Trials against the web ACL of the local stack."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from portcullis.acceptance.errors import CaseFileError
from portcullis.errors import MisuseError
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.graph.in_process import ProgramError, record
from portcullis.managed_rules import BODY_SIZE
from portcullis.pki import laptop
from portcullis.waf_trials.run import coverage, run
from portcullis.waf_trials.trial_file import Trial, read_trials

PROJECT = Path(__file__).parents[3]
TRIALS = Path(__file__).with_name("trials.yaml")
TRIAL = Trial(
    name="a call",
    source_ip=None,
    method="GET",
    target="/",
    headers=(("User-Agent", "x"),),
    body=b"",
    repeat=1,
    rule=None,
    place="here:1",
)


@pytest.fixture(scope="session")
def truststore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file


@pytest.fixture(scope="session")
def graph(truststore):
    config = {"portcullis:truststoreFile": str(truststore)}
    return record(PROJECT, "local", preview=False, config=config)


@pytest.fixture
def fresh(graph):
    return lambda: next(iter(web_acls(graph).values()))


@pytest.fixture
def trials(fresh):
    return lambda path=TRIALS: run(
        fresh, read_trials(path), allowed_address="127.0.0.1", rate_limit=300
    )


def test_each_trial_is_decided_by_the_rule_it_names(trials):
    assert [r.trial.name for r in trials() if not r.is_as_expected] == []


def test_a_wrong_expectation_differs(trials, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "trials: [{name: a, expect: rate-limit}, {name: b, from: 8.8.8.8, expect: allow}]"
    )
    assert [(r.expected, r.seen) for r in trials(file)] == [
        ("rate-limit", "allow"),
        ("allow", "not-in-allow-list"),
    ]


def test_the_trials_hit_and_miss_every_rule_that_can_be_evaluated_here(fresh, trials):
    rows = coverage(fresh(), trials())
    assert [row.rule for row in rows] == list(fresh().rule_names)
    assert all(row.is_complete for row in rows)
    assert [row.rule for row in rows if row.only_aws] == ["AWSManagedRulesAmazonIpReputationList"]


def test_a_rule_that_no_trial_reaches_is_neither_hit_nor_missed(fresh, trials, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("trials: [{name: a, from: 8.8.8.8, expect: not-in-allow-list}]")
    first, *others = coverage(fresh(), trials(file))
    assert (first.hit, first.missed) == (True, False)
    assert {(row.hit, row.missed) for row in others} == {(False, False)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trials: [{name: a}]", "'expect' is missing"),
        ("trials: [{name: a, expect: allow, form: x}]", "'form' is not accepted here"),
        ("trials: [{name: a, expect: allow, repeat: 0}]", "must be from 1 to 100,000"),
        ("trials: [{name: a, expect: allow, path: x}]", "must begin with /"),
        ("trials: [{name: a, expect: allow, repeat: often}]", "must be a whole number"),
        ("trials: [{name: a, expect: allow, from: 10.0.0}]", "must be an IP address"),
        ("trials: [{name: a, expect: allow, counts: rate-limit}]", "must be a list"),
        ("trials: []", "must have at least one trial"),
        ("trials: {}", "must be a list"),
        ("[]", "must be a mapping"),
        ("a: [", "is not YAML"),
        ("", "is empty"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path, text, message):
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with pytest.raises(CaseFileError, match=message) as caught:
        read_trials(file)
    assert re.search(r"t\.yaml:[12]: ", str(caught.value))


EXCEPTED = {
    BODY_SIZE: {"routes": ["POST /pets", "GET /pets/{petId}"], "reason": "Photos of the pets."}
}


@pytest.fixture(scope="session")
def excepting(truststore):
    """A web ACL that lets large bodies reach two routes."""
    config = {
        "portcullis:truststoreFile": str(truststore),
        "portcullis:webAclExceptions": json.dumps(EXCEPTED),
    }
    graph = record(PROJECT, "local", preview=False, config=config)
    return lambda: next(iter(web_acls(graph).values()))


@pytest.mark.parametrize(
    ("method", "path", "length", "seen"),
    [
        ("POST", "/pets", 9000, "allow"),
        ("POST", "/pets/", 9000, "allow"),
        ("GET", "/pets/7", 9000, "allow"),
        ("POST", "/pets/7", 9000, "SizeRestrictions_BODY-elsewhere"),
        ("GET", "/pets", 9000, "SizeRestrictions_BODY-elsewhere"),
        ("POST", "/", 9000, "SizeRestrictions_BODY-elsewhere"),
        ("POST", "/pets/../admin", 9000, "AWSManagedRulesCommonRuleSet/GenericLFI_URIPATH"),
        ("POST", "/", 8192, "allow"),
    ],
)
def test_a_large_body_passes_on_the_excepted_routes_only(excepting, method, path, length, seen):
    trial = replace(TRIAL, method=method, target=path, body=b"x" * length)
    (result,) = run(excepting, [trial], allowed_address="127.0.0.1", rate_limit=300)
    assert result.seen == seen


def test_an_excepted_route_stays_behind_every_other_rule(excepting):
    body = b"x" * 9000 + b" <script>alert(1)</script>"
    trial = replace(TRIAL, method="POST", target="/pets", body=body)
    (result,) = run(excepting, [trial], allowed_address="127.0.0.1", rate_limit=300)
    assert result.seen == "AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY"


def test_the_rule_that_blocks_elsewhere_is_one_to_hit_and_miss(excepting):
    trials = [
        replace(TRIAL, method="POST", target=path, body=b"x" * 9000) for path in ("/pets", "/")
    ]
    rows = coverage(
        excepting(), run(excepting, trials, allowed_address="127.0.0.1", rate_limit=300)
    )
    (row,) = (row for row in rows if row.rule == "SizeRestrictions_BODY-elsewhere")
    assert row.is_complete


def test_a_route_that_the_contract_lacks_ends_the_program(truststore):
    wrong = {BODY_SIZE: {"routes": ["POST /photos"], "reason": "Photos of the pets."}}
    config = {
        "portcullis:truststoreFile": str(truststore),
        "portcullis:webAclExceptions": json.dumps(wrong),
    }
    with pytest.raises(ProgramError, match=r"petstore.openapi.yaml does not have.*POST /pets"):
        record(PROJECT, "local", preview=False, config=config)


def test_a_trial_may_exceed_the_rate_limit_of_any_stack(fresh):
    trial = replace(TRIAL, repeat=None, rule="rate-limit")
    assert [
        run(fresh, [trial], allowed_address="127.0.0.1", rate_limit=limit)[0].seen
        for limit in (299, 300)
    ] == ["allow", "rate-limit"]


def test_a_rule_must_count(excepting):
    large = replace(TRIAL, method="POST", target="/pets", body=b"x" * 9000, counts=(BODY_SIZE,))
    small = replace(large, body=b"")
    first, second = run(excepting, [large, small], allowed_address="127.0.0.1", rate_limit=300)
    assert (first.is_as_expected, first.not_counted) == (True, ())
    assert (second.is_as_expected, second.not_counted) == (False, (BODY_SIZE,))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rule": BODY_SIZE + "S"}, f"Did you mean {BODY_SIZE}?"),
        ({"rule": "AWSManagedRulesCommonRuleSet"}, "here:1: the web ACL has no rule"),
        ({"counts": ("zzz",)}, "Its rules: not-in-allow-list, rate-limit, "),
    ],
)
def test_a_rule_that_the_web_acl_lacks_is_an_error(fresh, wrong, words):
    with pytest.raises(MisuseError, match=re.escape(words)):
        run(fresh, [replace(TRIAL, **wrong)], allowed_address="127.0.0.1", rate_limit=300)
