"""One attack: who calls, what is sent, and the one right answer. Values only, no sockets."""

from dataclasses import dataclass, replace

from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.caller import MADE_BY_THE_ISSUER, CaseCaller
from portcullis.acceptance.matrix.control_command import OF_THE_BACKEND, ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.matrix.request import (
    CAPTURED,
    SIGNED_FOR_THE_CASE,
    CaseRequest,
    Destination,
    Source,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attack, or one call that must succeed."""

    name: str
    attack: str  # one sentence: what is tried
    caller: CaseCaller
    request: CaseRequest
    expect: Expect
    action: CaseAction = CaseAction.REQUEST
    times: int = 10  # how often REPEATED calls, and each client of INTERLEAVED
    recovery_seconds: float = 15.0  # of RECOVERING
    behaviour: Behaviour | None = None  # of the server of BAD_BACKEND
    arrives: bool = False  # also check the request that was sent to the backend
    forged: tuple[str, ...] = ()  # words that must not occur in that request
    breaks: tuple[ControlCommand, ...] = ()
    mends: tuple[ControlCommand, ...] = ()
    because: str = ""  # how the reason in the laptop's gate log must begin
    rule_group: str = ""  # the managed rule group of the web ACL that has to block
    changes_data: bool = False  # a backend may store what the call sends, or remove something
    uses: str = ""  # the named request that the case starts from
    left_out: str = ""  # why the contract or the project rules the case out

    def dropped(self, reason: str) -> "Case":
        """The case, left out for this reason."""
        return replace(self, left_out=reason)

    def by_any_client(self) -> "Case":
        """The case with a request that a client may send whatever its scopes."""
        return replace(self, request=replace(self.request, scope=""))

    @property
    def needs(self) -> tuple[Need, ...]:
        """Everything beyond the gateway and one client, in the order of :class:`Need`."""
        needed = (
            _needs_of_caller(self.caller) | _needs_of_request(self.request) | _needs_of_action(self)
        )
        return tuple(need for need in Need if need in needed)


def _needs_of_caller(caller: CaseCaller) -> set[Need]:
    if caller is CaseCaller.REVOKED:
        return {Need.REVOKED}
    if caller is CaseCaller.UNREGISTERED:
        return {Need.UNREGISTERED}
    if caller in MADE_BY_THE_ISSUER:
        return {Need.PKI}
    return set()


def _needs_of_request(request: CaseRequest) -> set[Need]:
    needed = set()
    if request.source is Source.BLOCKED:
        needed.add(Need.OTHER_ADDRESS)
    if request.destination is Destination.DEFAULT_ENDPOINT:
        needed.add(Need.DEFAULT_ENDPOINT)
    if request.destination is Destination.BACKEND:
        needed.add(Need.BACKEND)
    if request.token in SIGNED_FOR_THE_CASE:
        needed.add(Need.KMS)
    if request.token in CAPTURED:
        needed.add(Need.TAP)
    return needed


def _needs_of_action(case: Case) -> set[Need]:
    needed = set()
    if (
        case.breaks
        or case.mends
        or case.action in {CaseAction.KILLED_MID_CALL, CaseAction.BAD_BACKEND}
    ):
        needed.add(Need.CONTROL)
    if case.because:
        needed.add(Need.GATE_LOG)
    if case.arrives or case.action is CaseAction.INTERLEAVED:
        needed.add(Need.TAP)
    if case.action is CaseAction.BAD_BACKEND:
        needed.add(Need.BACKEND)
    if case.action is CaseAction.BAD_BACKEND or OF_THE_BACKEND & {*case.breaks, *case.mends}:
        needed.add(Need.BACKEND_PROCESS)
    if case.changes_data:
        needed.add(Need.CHANGES_DATA)
    if case.action is CaseAction.FLOOD:
        needed.add(Need.OTHER_ADDRESS)
    if case.behaviour is Behaviour.SILENT:
        needed.add(Need.SHORT_TIMEOUT)
    return needed
