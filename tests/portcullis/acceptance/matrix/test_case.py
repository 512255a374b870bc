"""What a case needs follows from its caller, request and action."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.caller import REGISTERED, CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.matrix.request import BackendToken, CaseRequest, Destination, Source

REQUEST = CaseRequest(target="/pets")
DIRECT = replace(REQUEST, destination=Destination.BACKEND)
DEFAULT = replace(REQUEST, destination=Destination.DEFAULT_ENDPOINT)
FORBIDDEN = Expect(gate=Gate.WEB_ACL, statuses=(403,), body={"message": "Forbidden"})


def case(caller=CaseCaller.CLIENT, request=REQUEST, **more):
    return Case(name="c", attack="", caller=caller, request=request, expect=FORBIDDEN, **more)


@pytest.mark.parametrize(
    ("built", "needs"),
    [
        (case(), ()),
        (case(CaseCaller.NONE), ()),
        (case(CaseCaller.SELF_SIGNED), ()),
        (case(CaseCaller.UNKNOWN_ISSUER), ()),
        (case(CaseCaller.LOOKALIKE_ISSUER), ()),
        (case(CaseCaller.ISSUED_BY_CLIENT), ()),
        (case(CaseCaller.EXPIRED), (Need.PKI,)),
        (case(CaseCaller.WEAK_KEY), (Need.PKI,)),
        (case(CaseCaller.WITHOUT_SCOPE), ()),
        (case(CaseCaller.UNREGISTERED), (Need.UNREGISTERED,)),
        (case(CaseCaller.REVOKED), (Need.REVOKED,)),
        (case(request=replace(REQUEST, source=Source.BLOCKED)), (Need.OTHER_ADDRESS,)),
        (
            case(request=replace(REQUEST, destination=Destination.DEFAULT_ENDPOINT)),
            (Need.DEFAULT_ENDPOINT,),
        ),
        (
            case(
                request=replace(
                    REQUEST, destination=Destination.BACKEND, token=BackendToken.ALG_NONE
                )
            ),
            (Need.BACKEND,),
        ),
        (
            case(request=replace(DIRECT, token=BackendToken.EXPIRED)),
            (Need.BACKEND, Need.KMS),
        ),
        (
            case(
                request=replace(
                    REQUEST, destination=Destination.BACKEND, token=BackendToken.OF_CLIENT
                )
            ),
            (Need.BACKEND, Need.TAP),
        ),
        (case(arrives=True), (Need.TAP,)),
        (case(changes_data=True), (Need.CHANGES_DATA,)),
        (case(action=CaseAction.FLOOD), (Need.OTHER_ADDRESS,)),
        (case(action=CaseAction.INTERLEAVED), (Need.TAP,)),
        (case(action=CaseAction.KILLED_MID_CALL), (Need.CONTROL,)),
        (case(action=CaseAction.RECOVERING), ()),
        (case(breaks=(ControlCommand.STOP_KMS,)), (Need.CONTROL,)),
        (
            case(breaks=(ControlCommand.STOP_BACKEND,)),
            (Need.CONTROL, Need.BACKEND_PROCESS),
        ),
        (
            case(mends=(ControlCommand.START_BACKEND,)),
            (Need.CONTROL, Need.BACKEND_PROCESS),
        ),
        (
            case(action=CaseAction.BAD_BACKEND, behaviour=Behaviour.SILENT),
            (Need.BACKEND, Need.CONTROL, Need.BACKEND_PROCESS, Need.SHORT_TIMEOUT),
        ),
        (
            case(action=CaseAction.BAD_BACKEND, behaviour=Behaviour.GARBAGE),
            (Need.BACKEND, Need.CONTROL, Need.BACKEND_PROCESS),
        ),
    ],
)
def test_needs_follow_from_what_a_case_does(built, needs):
    assert built.needs == needs


def test_every_caller_is_a_client_or_a_forgery():
    assert set(REGISTERED) < set(CaseCaller)
