"""Orders the cases of a run, so that those which wait for a timeout wait at the same time.

Only the running order changes. Three cases wait for seconds: the backend never answers, KMS does
not answer, the authorizer hangs. Each breaks another part, and the calls do not need what the later
ones break: the first has passed the authorizer when the second stops KMS, and the second is with
the authorizer when the third stops its idle workers. Meanwhile cases run that end before the
authorizer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import MENDED_BY, ControlCommand
from portcullis.acceptance.matrix.gate import BEFORE_THE_AUTHORIZER, Gate
from portcullis.acceptance.matrix.request import Destination

# The parts whose silence a case can wait for, in the order in which these cases must begin.
WAITED_FOR: Final = (
    ControlCommand.STOP_BACKEND,
    ControlCommand.STOP_KMS,
    ControlCommand.PAUSE_AUTHORIZER,
)


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A case and its place in the report."""

    place: int
    case: Case


@dataclass(kw_only=True)
class Schedule:
    """``first`` and ``last`` run one after the other.

    Between them ``waiting`` begin in their order, and while they wait ``meanwhile`` run one after
    the other.
    """

    first: list[Numbered] = field(default_factory=list)
    waiting: list[Numbered] = field(default_factory=list)
    meanwhile: list[Numbered] = field(default_factory=list)
    last: list[Numbered] = field(default_factory=list)


def schedule(cases: Iterable[Numbered]) -> Schedule:
    """The running order of cases that are not skipped. Without a waiting one it is theirs."""
    queue = list(cases)
    waiting: dict[ControlCommand, Numbered] = {}
    for one in queue:
        part = _waited_for(one.case)
        if part is not None:
            waiting.setdefault(part, one)
    if not waiting:
        return Schedule(first=queue)
    found = Schedule(waiting=[waiting[part] for part in WAITED_FOR if part in waiting])
    begun = min(one.place for one in found.waiting)
    for one in queue:
        if one in found.waiting:
            continue
        if _ends_before_the_authorizer(one.case):
            found.meanwhile.append(one)
        elif one.place > begun and not one.case.breaks:  # calls are answered again
            found.last.append(one)
        else:
            found.first.append(one)
    return found


def _waited_for(case: Case) -> ControlCommand | None:
    """The part that this case breaks, and repairs, to wait for its silence; None for no other."""
    if len(case.breaks) != 1 or [MENDED_BY.get(mend) for mend in case.mends] != list(case.breaks):
        return None
    (part,) = case.breaks
    if case.behaviour is Behaviour.SILENT and part is ControlCommand.STOP_BACKEND:
        return part
    is_call = (
        case.action is CaseAction.REQUEST
        and case.request.destination is Destination.GATEWAY
        and case.expect.gate is Gate.AUTHORIZER
    )
    return part if is_call and part in WAITED_FOR[1:] else None


def _ends_before_the_authorizer(case: Case) -> bool:
    """Whether nothing that a case can break decides about this one."""
    return (
        case.expect.gate in BEFORE_THE_AUTHORIZER
        and case.request.destination is not Destination.BACKEND
        and not case.breaks
        and case.action is not CaseAction.FLOOD  # its calls pass until the limit
    )
