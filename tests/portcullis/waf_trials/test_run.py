"""Trials against the web ACL of the local stack."""

import re
from pathlib import Path

import pytest

from portcullis.acceptance.errors import CaseFileError
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.graph.in_process import record
from portcullis.pki import laptop
from portcullis.waf_trials.run import coverage, run
from portcullis.waf_trials.trial_file import read_trials

PROJECT = Path(__file__).parents[3]
TRIALS = Path(__file__).with_name("trials.yaml")


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
    return lambda path=TRIALS: run(fresh, read_trials(path), allowed_address="127.0.0.1")


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
