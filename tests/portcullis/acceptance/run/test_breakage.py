"""What a case breaks is broken once and repaired whatever the end of the case."""

from dataclasses import replace

from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.runner import run
from tests.portcullis.acceptance.run.known import BY_NAME, READ, only


def test_what_a_case_breaks_is_mended_even_when_it_cannot_be_carried_out(lab):
    case = replace(
        READ, breaks=(ControlCommand.PAUSE_AUTHORIZER,), mends=(ControlCommand.RESUME_AUTHORIZER,)
    )
    lab.gateway_reply = lambda _asked: None
    assert only(run([case], lab.target())).verdict is CaseVerdict.FAILED
    assert lab.control.commands == ["pause-authorizer", "resume-authorizer"]


def test_a_part_that_the_next_case_breaks_again_stays_broken_in_between(lab):
    down = replace(
        READ, breaks=(ControlCommand.STOP_BACKEND,), mends=(ControlCommand.START_BACKEND,)
    )
    revoked = BY_NAME["revoked"]  # skipped, so it does not count as the next one
    run([down, revoked, down, READ, down], lab.target())
    assert lab.control.commands == ["stop-backend", "start-backend"] * 2


def test_a_part_that_is_broken_in_passing_is_broken_each_time(lab):
    case = replace(
        READ,
        breaks=(ControlCommand.STOP_KMS, ControlCommand.KILL_AUTHORIZER),
        mends=(ControlCommand.START_KMS,),
    )
    run([case, case], lab.target())
    assert lab.control.commands == [
        *("stop-kms", "kill-authorizer"),
        *("kill-authorizer", "start-kms"),
    ]


def test_a_laptop_that_cannot_break_a_part_fails_the_case_and_not_the_run(lab):
    lab.control.answer = {"ok": False, "error": "no such part"}
    case = replace(READ, breaks=(ControlCommand.STOP_KMS,), mends=(ControlCommand.START_KMS,))
    report = run([case, READ], lab.target())
    assert [result.verdict for result in report.results] == [CaseVerdict.FAILED, CaseVerdict.PASSED]
    assert "no such part" in report.results[0].reason
