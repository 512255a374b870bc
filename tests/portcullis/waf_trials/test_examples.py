"""The examples for a stack hit every rule that can be evaluated here."""

import pytest

from portcullis.gateway.waf.managed import GROUPS
from portcullis.waf_trials.examples import examples
from portcullis.waf_trials.run import coverage, run
from portcullis.waf_trials.trial_file import read_trials
from tests.portcullis.waf_trials.test_run import (  # noqa: F401 - fixtures
    EXCEPTED,
    excepting,
    fresh,
    graph,
    truststore,
)

ROUTES = [route for exception in EXCEPTED.values() for route in exception["routes"]]


@pytest.fixture
def tried(tmp_path):
    def of(compiled, routes):
        file = tmp_path / "waf.yaml"
        file.write_text(examples(compiled(), routes))
        return run(compiled, read_trials(file), allowed_address="127.0.0.1", rate_limit=300)

    return of


def differ(results):
    return [f"{r.trial.name}: {r.seen}" for r in results if not r.is_as_expected]


def test_each_rule_with_a_statement_is_hit(tried, fresh):  # noqa: F811
    results = tried(fresh, [])
    assert differ(results) == []
    expected = {
        f"{group}/{rule.name}"
        for group in fresh().rule_names
        if group in GROUPS
        for rule in GROUPS[group].rules
        if rule.statement is not None
    }
    assert {r.seen for r in results} == expected | {"allow", "not-in-allow-list", "rate-limit"}
    assert all(row.is_complete for row in coverage(fresh(), results))


def test_both_sides_of_an_exception_are_tried(tried, excepting):  # noqa: F811
    results = tried(excepting, ROUTES)
    assert differ(results) == []
    assert [r.trial.method for r in results if r.trial.counts] == ["POST", "GET"]
    assert "SizeRestrictions_BODY-elsewhere" in {r.seen for r in results}
