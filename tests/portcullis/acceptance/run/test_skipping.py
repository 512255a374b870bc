"""A setting of the stack may rule out a case; the reason names the setting."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.run.skipping import (
    HIGH_RATE_LIMIT,
    LOW_QUOTA,
    NO_ALLOWED_ADDRESS,
    NO_FLOOD_ADDRESS,
    calls_of_a_run,
    reason_to_skip,
)
from portcullis.acceptance.target.run_description import laptop
from tests.portcullis.acceptance.run.known import BY_NAME, CASES
from tests.portcullis.acceptance.target.described import DESCRIBED


def skipped(**changed):
    target = laptop(DESCRIBED | changed)
    reasons = {case.name: reason_to_skip(case, target) for case in CASES}
    return {name: reason for name, reason in reasons.items() if reason and name != "revoked"}


def test_the_laptops_own_settings_skip_nothing():
    assert skipped() == {}


def test_a_deployed_stack_is_judged_by_its_needs_only():
    target = replace(laptop(DESCRIBED), limits=None, sources=None)
    assert reason_to_skip(BY_NAME["valid-read"], target) is None
    assert reason_to_skip(BY_NAME["sql-injection-query"], target) is None


def test_without_an_allowed_address_only_what_ends_before_the_allow_list_is_tried():
    reasons = skipped(allowed_cidrs=["203.0.113.0/24"])
    assert set(reasons.values()) == {NO_ALLOWED_ADDRESS}
    tried = [case for case in CASES if case.name not in reasons]
    assert {"blocked-address", "expired", "tls-1.1", "default-endpoint", "backend-no-token"} <= {
        case.name for case in tried
    }
    behind = {Gate.ROUTE, Gate.AUTHORIZER, Gate.VALIDATION, Gate.INTEGRATION}
    assert not [case.name for case in tried if case.expect.gate in behind and not case.needs]


@pytest.mark.parametrize("case", ["valid-read", "sql-injection-query", "backend-real-token"])
def test_a_case_that_would_meet_the_allow_list_is_skipped_without_an_address(case):
    assert skipped(allowed_cidrs=["203.0.113.0/24"])[case] == NO_ALLOWED_ADDRESS


def test_a_single_allowed_address_cannot_be_flooded_from():
    assert skipped(allowed_cidrs=["127.0.0.1/32"]) == {"rate-limit": NO_FLOOD_ADDRESS}


@pytest.mark.parametrize(("limit", "reasons"), [(10_000, {}), (10_001, HIGH_RATE_LIMIT)])
def test_a_limit_that_takes_too_many_calls_is_not_tried(limit, reasons):
    assert skipped(rate_limit=limit) == (reasons and {"rate-limit": reasons})


def test_a_rule_group_that_the_stack_does_not_use_cannot_block():
    reasons = skipped(managed_rule_groups=["AWSManagedRulesSQLiRuleSet"])
    assert "sql-injection-query" not in reasons
    assert reasons["log4shell"] == (
        "needs AWSManagedRulesKnownBadInputsRuleSet in managedRuleGroups"
    )
    assert reasons["no-user-agent"].startswith("needs AWSManagedRulesCommonRuleSet")


def plan(quota):
    return {"rate_per_second": 10, "burst": 10, "quota_per_day": quota}


@pytest.mark.parametrize("quota", [None, 500, 10**6])
def test_a_quota_for_a_whole_run_skips_nothing(quota):
    assert skipped(rate_plans=[plan(quota)]) == {}


def test_a_contract_with_many_operations_needs_a_higher_quota():
    target = laptop(DESCRIBED | {"rate_plans": [plan(999)]})
    assert calls_of_a_run(len(CASES)) == 500
    assert reason_to_skip(BY_NAME["valid-read"], target, calls_of_a_run(333)) is None
    reason = reason_to_skip(BY_NAME["valid-read"], target, calls_of_a_run(334))
    assert reason == LOW_QUOTA.format(1002)


def test_a_quota_that_a_run_would_use_up_skips_what_counts_to_it():
    reasons = skipped(rate_plans=[plan(None), plan(499)])
    assert set(reasons.values()) == {LOW_QUOTA.format(500)}
    assert {"valid-read", "body-is-no-json", "backend-real-token", "backend-down"} <= set(reasons)
    assert not {"suspended", "unknown-route", "expired", "backend-no-token"} & set(reasons)
