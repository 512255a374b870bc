"""Carries out the action of a case and compares every end of it with the right one."""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.outcome_text import describe
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.run import arrival
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.run.borrowed_backend import BorrowedBackend
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.run.gate_reason import problem_of_reason
from portcullis.acceptance.run.sender import RequestSender
from portcullis.acceptance.run.tap import sent_requests
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.outcome import Answer, Outcome

FLOOD_SLACK = 50  # WAF estimates a rate; so many calls over the limit may still pass
RETRY_SECONDS = 0.1
BLOCKED = 403


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How a case ended, how that differs from the right end, and the outcome that decided."""

    text: str
    problem: str | None
    outcome: Outcome | None = None


class Actions:
    """Carries out actions against one target."""

    def __init__(
        self,
        target: Target,
        identities: Identities,
        breakage: Breakage,
        reads: Sequence[CaseRequest] = (),
        retry: AuthorizerRetry | None = None,
    ) -> None:
        self._target = target
        self._identities = identities
        self._breakage = breakage
        self._sender = RequestSender(target, identities, reads, retry)

    def carry_out(self, case: Case, on_backend: Callable[[], None] = lambda: None) -> Seen:
        """Carry out the action of a case. Raises PortcullisError where that is impossible.

        ``on_backend`` is called once the call has reached a misbehaving backend.
        """
        seen = self._carried_out(case, on_backend)
        if not case.because or seen.problem:
            return seen
        assert self._target.gate_log is not None  # noqa: S101 - the needs of the case were checked
        problem = problem_of_reason(self._target.gate_log, seen.outcome, case.because)
        return replace(seen, problem=problem)

    def _carried_out(  # noqa: PLR0911 - one line per kind of action
        self, case: Case, on_backend: Callable[[], None]
    ) -> Seen:
        wire, sender = self._sender.wire, self._sender
        match case.action:
            case CaseAction.REQUEST:
                return self._one(case)
            case CaseAction.PLAIN_HTTP:
                sent = sender.request_bytes(case)
                return _compared(case.expect, wire.speak_plainly(sender.connection(case), sent))
            case CaseAction.OLD_TLS:
                return _compared(case.expect, wire.offer_tls_1_1(sender.connection(case)))
            case CaseAction.RESUMED:
                return self._resumed(case)
            case CaseAction.FLOOD:
                return self._flooded(case)
            case CaseAction.INTERLEAVED:
                return self._interleaved(case)
            case CaseAction.KILLED_MID_CALL:
                return self._killed_mid_call(case)
            case CaseAction.RECOVERING:
                return self._recovered(case)
            case CaseAction.REPEATED:
                return self._repeated(case)
            case CaseAction.BAD_BACKEND:
                return self._with_bad_backend(case, on_backend)

    def _one(self, case: Case) -> Seen:
        connection = self._sender.connection(case)
        outcome = self._sender.send(case, connection)
        seen = _compared(case.expect, outcome)
        if seen.problem or not case.arrives or not isinstance(outcome, Answer):
            return seen
        source = connection.source or connection.peer.address
        problem = self._problem_of_arrival(case, outcome, source)
        return replace(seen, problem=problem)

    def _resumed(self, case: Case) -> Seen:
        connection = self._sender.connection(case)
        sent = self._sender.request_bytes(case)
        first = self._sender.wire.call(connection, sent)
        seen = _compared(case.expect, first.outcome)
        if seen.problem or first.session is None:
            return seen
        second = self._sender.wire.call(replace(connection, session=first.session), sent)
        seen = _compared(case.expect, second.outcome)
        how = "resumed" if second.resumed else "resumption not granted"
        return replace(seen, text=f"{seen.text} ({how})")

    def _flooded(self, case: Case) -> Seen:
        target = self._target
        assert target.limits is not None  # noqa: S101 - else the case was skipped
        assert target.sources is not None  # noqa: S101 - else the case was skipped
        sent = self._sender.request_bytes(case)
        limit = target.limits.rate_limit
        for source in target.sources.flood:
            connection = self._sender.connection(case, source)
            passed = 0
            for outcome in self._sender.wire.call_many(connection, sent, limit + FLOOD_SLACK):
                if isinstance(outcome, Answer) and outcome.status != BLOCKED:
                    passed += 1
                    continue
                break
            if passed == 0 and isinstance(outcome, Answer):
                continue  # still blocked from an earlier run: take the next address
            seen = _compared(case.expect, outcome)
            text = f"{passed} passed, then {seen.text}"
            if passed < limit and not seen.problem:
                return replace(seen, text=text, problem=f"blocked before the limit of {limit}")
            return replace(seen, text=text)
        return Seen(
            text="every address is blocked", problem="no address could start below the limit"
        )

    def _interleaved(self, case: Case) -> Seen:
        callers = [CaseCaller.CLIENT, CaseCaller.OTHER_CLIENT] * case.times

        def one(caller: CaseCaller) -> Seen:
            return self._one(replace(case, caller=caller, arrives=True))

        with ThreadPoolExecutor(max_workers=4) as pool:
            all_seen = list(pool.map(one, callers))
        wrong = [seen for seen in all_seen if seen.problem]
        if wrong:
            return replace(wrong[0], text=f"{len(wrong)} of {len(all_seen)}: {wrong[0].text}")
        return replace(all_seen[0], text=f"{len(all_seen)} calls, each with its own token")

    def _killed_mid_call(self, case: Case) -> Seen:
        """Pause the authorizer first, so that the call is under way when the process dies."""
        connection = self._sender.connection(case)
        self._breakage.do(ControlCommand.PAUSE_AUTHORIZER)
        with ThreadPoolExecutor(max_workers=1) as pool:
            pending = pool.submit(self._sender.send, case, connection)
            try:
                self._breakage.wait_for_call()
                self._breakage.do(ControlCommand.KILL_AUTHORIZER)
            finally:
                outcome = pending.result()
        return _compared(case.expect, outcome)

    def _recovered(self, case: Case) -> Seen:
        deadline = time.monotonic() + case.recovery_seconds
        while True:
            seen = self._one(case)
            if not seen.problem or time.monotonic() >= deadline:
                return seen
            time.sleep(RETRY_SECONDS)

    def _repeated(self, case: Case) -> Seen:
        with ThreadPoolExecutor(case.times) as calls:
            answers = list(calls.map(lambda _: self._one(case), range(case.times)))
        for number, seen in enumerate(answers, 1):
            if seen.problem:
                return replace(seen, text=f"call {number} of {case.times}: {seen.text}")
        return replace(answers[0], text=f"{case.times} times {answers[0].text}")

    def _with_bad_backend(self, case: Case, on_backend: Callable[[], None]) -> Seen:
        peer, server = self._target.backend, self._target.backend_server
        assert peer is not None  # noqa: S101 - the needs of the case were checked
        assert case.behaviour is not None  # noqa: S101 - a case file must name it
        with BorrowedBackend(peer, case.behaviour, server, on_backend):
            return self._one(case)

    def _problem_of_arrival(self, case: Case, outcome: Answer, source: str) -> str | None:
        request = case.request
        request_id = outcome.header(arrival.REQUEST_ID_HEADER)
        if not request_id:
            return "the answer carries no request id to look for"
        client = self._target.client(case.caller, request.scope)
        sender = arrival.ExpectedSender(
            client_id=client.id if client else None,
            thumbprint=self._identities.thumbprint(case.caller, request.scope),
            request_id=request_id,
            source=source,
            method=request.method,
            body_sha256=hashlib.sha256(request.body).hexdigest(),
            forged=case.forged,
        )
        return arrival.problem_of(sent_requests(self._target, request_id), sender)


def _compared(expect: Expect, outcome: Outcome) -> Seen:
    return Seen(text=describe(outcome), problem=expect.problem(outcome), outcome=outcome)
