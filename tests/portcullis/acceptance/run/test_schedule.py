"""Cases that wait for a timeout begin together; what they need decides about every other case."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.gate import BEFORE_THE_AUTHORIZER
from portcullis.acceptance.matrix.request import Destination
from portcullis.acceptance.run.schedule import Numbered, schedule
from tests.portcullis.acceptance.run.known import BY_NAME, CASES, READ, REQUEST

WAITING = ["backend-silent", "signing-key-down", "authorizer-hangs"]


def numbered(cases):
    return [Numbered(place=place, case=case) for place, case in enumerate(cases)]


def names(cases):
    return [one.case.name for one in cases]


@pytest.fixture(scope="module")
def plan():
    return schedule(numbered(CASES))


def test_every_case_runs_once(plan):
    planned = [*plan.first, *plan.waiting, *plan.meanwhile, *plan.last]
    assert sorted(planned, key=lambda one: one.place) == numbered(CASES)


def test_the_three_timeouts_wait_together_in_the_order_that_their_calls_need(plan):
    assert names(plan.waiting) == WAITING


def test_the_recovery_from_them_is_tried_after_them(plan):
    assert names(plan.last) == ["signing-key-recovered", "backend-recovered"]


def test_the_other_faults_end_the_first_cases_in_the_order_of_the_report(plan):
    faults = ["authorizer-killed", "authorizer-recovered", "backend-down"]
    faults += ["backend-down-unregistered", "backend-garbled", "backend-cut-short"]
    assert names(plan.first)[-len(faults) - 1 :] == ["rate-limit", *faults]


def test_meanwhile_only_cases_run_that_no_broken_part_decides(plan):
    assert len(plan.meanwhile) > 30
    assert {one.case.expect.gate for one in plan.meanwhile} == BEFORE_THE_AUTHORIZER
    assert Destination.BACKEND not in {one.case.request.destination for one in plan.meanwhile}
    assert "rate-limit" in names(plan.first)


def test_without_a_waiting_case_the_order_is_that_of_the_report():
    cases = numbered(case for case in CASES if case.name not in WAITING)
    assert schedule(cases).first == cases


@pytest.mark.parametrize(
    "changed",
    [
        {"breaks": (ControlCommand.STOP_KMS, ControlCommand.KILL_AUTHORIZER)},
        {"mends": ()},
        {"mends": (ControlCommand.RESUME_AUTHORIZER,)},
        {"expect": READ.expect},  # it would need the backend
        {"action": CaseAction.REPEATED, "times": 2},  # both workers would be busy
        {"action": CaseAction.RECOVERING},
        {"request": replace(REQUEST, destination=Destination.BACKEND)},
    ],
)
def test_a_case_that_needs_more_than_a_part_that_is_silent_runs_on_its_own(changed):
    case = replace(BY_NAME["signing-key-down"], **changed)
    assert schedule(numbered([case])).first == numbered([case])


def test_a_part_is_broken_by_one_waiting_case_only():
    case = BY_NAME["authorizer-hangs"]
    plan = schedule(numbered([case, case]))
    assert (len(plan.waiting), len(plan.first)) == (1, 1)
