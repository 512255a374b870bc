"""Carry out cases one after the other and compare what came with what is right.

A case that cannot be carried out differs; only a need that the target does not meet skips it. What
a case breaks is mended however it ended, unless the next one would break the same thing again.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.forged.tokens import Forger, PublicKey, TokenError, widen
from portcullis.acceptance.matrix.case import (
    CAPTURED,
    CLIENT_IDS,
    GATEWAY_HOST,
    STAGE,
    BadBackend,
    Call,
    Caller,
    Case,
    Expect,
    Flood,
    Framing,
    Interleaved,
    KilledMidCall,
    Layer,
    Need,
    OldTls,
    Place,
    PlainHttp,
    Recovering,
    Repeated,
    Resumed,
    Source,
    Thumbprint,
    Token,
    describe,
)
from portcullis.acceptance.report import Report, Result, Verdict
from portcullis.acceptance.run import arrival
from portcullis.acceptance.run.borrowed_backend import BorrowedBackend
from portcullis.acceptance.run.control import MENDED_BY, Command, Control
from portcullis.acceptance.target.target import Kind, Target
from portcullis.acceptance.wire.client import (
    Answer,
    Connection,
    Outcome,
    Peer,
    Wire,
    request_bytes,
)
from portcullis.errors import MisuseError, PortcullisError

FLOOD_SLACK = 50  # WAF estimates a rate; so many calls over the limit may still pass
IN_FLIGHT_SECONDS = 0.3  # how long a call is under way before its authorizer is killed
RETRY_SECONDS = 0.1
STATE_SECONDS = 40.0  # for calls while a part is broken: API Gateway itself waits up to 29
BLOCKED = 403

Progress = Callable[[Result], None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How a case ended, and why that is not right."""

    text: str
    problem: str | None


def run(cases: Iterable[Case], target: Target, progress: Progress | None = None) -> Report:
    """Carry out the cases in their order. ``progress`` is told each result as it comes."""
    results = []
    with tempfile.TemporaryDirectory(prefix="portcullis-verify-") as folder:
        runner = Runner(target, Path(folder))
        queue = list(cases)
        for number, case in enumerate(queue):
            result = runner.result_of(case, queue[number + 1 :])
            results.append(result)
            if progress is not None:
                progress(result)
    scheme = "https" if target.gateway.is_tls else "http"
    return Report(target=f"{scheme}://{target.gateway.authority}", results=results)


class Runner:
    """One run against one target; ``folder`` holds the forged certificates."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._identities = Identities(target, folder)
        self._wire = Wire()
        self._control = Control(target.control) if target.control else None
        self._caught: dict[Caller, str] = {}
        self._is_broken: set[Command] = set()

    def result_of(self, case: Case, following: Sequence[Case] = ()) -> Result:
        """Skip, or carry out, compare and mend. ``following`` are the cases still to come."""
        lacking = self._lacking(case)
        if lacking:
            return Result(case=case, verdict=Verdict.SKIPPED, reason=lacking[0])
        started = time.perf_counter()
        try:
            upcoming = next((later for later in following if not self._lacking(later)), None)
            keep = upcoming.breaks if upcoming else ()
            with self._broken(case.breaks, case.mends, keep):
                seen = self._carry_out(case)
        except MisuseError:
            raise
        except PortcullisError as error:
            seen = Seen(text="not carried out", problem=str(error))
        milliseconds = (time.perf_counter() - started) * 1000
        return Result(
            case=case,
            verdict=Verdict.FAILED if seen.problem else Verdict.PASSED,
            seen=seen.text,
            reason=seen.problem or "",
            milliseconds=milliseconds,
        )

    def _lacking(self, case: Case) -> list[Need]:
        return [need for need in case.needs if self._target.lacks(need)]

    @contextmanager
    def _broken(
        self, breaks: Sequence[Command], mends: Sequence[Command], keep: Sequence[Command] = ()
    ) -> Iterator[None]:
        """Break for the block, then mend; what is in ``keep`` the next case wants broken, too."""
        try:
            for command in breaks:
                if command not in self._is_broken:
                    self._do(command)
                    self._is_broken.update({command} & set(MENDED_BY.values()))
            yield
        finally:
            for command in mends:
                if MENDED_BY[command] not in keep:
                    self._do(command)
                    self._is_broken.discard(MENDED_BY[command])

    def _do(self, command: Command) -> None:
        if self._control is None:
            raise TokenError("The target has no control socket.")
        self._control.do(command)

    def _carry_out(self, case: Case) -> Seen:  # noqa: PLR0911 - one line per kind of action
        match case.action:
            case Call() as call:
                return self._one(case, call)
            case PlainHttp():
                outcome = self._wire.speak_plainly(
                    self._connection(case, Call()), self._request(case, Call())
                )
                return _compared(case.expect, outcome)
            case OldTls():
                return _compared(
                    case.expect, self._wire.offer_tls_1_1(self._connection(case, Call()))
                )
            case Resumed(call=call):
                return self._resumed(case, call)
            case Flood(call=call):
                return self._flooded(case, call)
            case Interleaved(call=call, rounds=rounds):
                return self._interleaved(case, call, rounds)
            case KilledMidCall(call=call):
                return self._killed_mid_call(case, call)
            case Recovering(call=call, seconds=seconds):
                return self._recovered(case, call, seconds)
            case Repeated(call=call, times=times):
                return self._repeated(case, call, times)
            case BadBackend() as bad:
                return self._with_bad_backend(case, bad)

    # --- kinds of action ------------------------------------------------------------------------

    def _one(self, case: Case, call: Call) -> Seen:
        outcome = self._send(case, call)
        seen = _compared(case.expect, outcome)
        if seen.problem or not case.arrives or not isinstance(outcome, Answer):
            return seen
        return replace(seen, problem=self._problem_of_arrival(case, outcome))

    def _resumed(self, case: Case, call: Call) -> Seen:
        connection, request = self._connection(case, call), self._request(case, call)
        first = self._wire.call(connection, request)
        seen = _compared(case.expect, first.outcome)
        if seen.problem or first.session is None:
            return seen
        second = self._wire.call(replace(connection, session=first.session), request)
        seen = _compared(case.expect, second.outcome)
        how = "resumed" if second.resumed else "resumption not granted"
        return replace(seen, text=f"{seen.text} ({how})")

    def _flooded(self, case: Case, call: Call) -> Seen:
        request = self._request(case, call)
        limit = self._target.rate_limit
        for source in self._target.flood_sources:
            connection = replace(self._connection(case, call), source=source)
            passed = 0
            for outcome in self._wire.call_many(connection, request, limit + FLOOD_SLACK):
                if isinstance(outcome, Answer) and outcome.status != BLOCKED:
                    passed += 1
                    continue
                break
            if passed == 0 and isinstance(outcome, Answer):
                continue  # still blocked from an earlier run: take the next address
            seen = _compared(case.expect, outcome)
            text = f"{passed} passed, then {seen.text}"
            if passed < limit and not seen.problem:
                return Seen(text=text, problem=f"blocked before the limit of {limit}")
            return Seen(text=text, problem=seen.problem)
        return Seen(
            text="every address is blocked", problem="no address could start below the limit"
        )

    def _interleaved(self, case: Case, call: Call, rounds: int) -> Seen:
        callers = [Caller.CLIENT, Caller.READER] * rounds
        for caller in set(callers):
            self._identities.of(caller)

        def one(caller: Caller) -> Seen:
            return self._one(replace(case, caller=caller, arrives=True), call)

        with ThreadPoolExecutor(max_workers=4) as pool:
            all_seen = list(pool.map(one, callers))
        wrong = [seen for seen in all_seen if seen.problem]
        if wrong:
            return replace(wrong[0], text=f"{len(wrong)} of {len(all_seen)}: {wrong[0].text}")
        return Seen(text=f"{len(all_seen)} calls, each with its own token", problem=None)

    def _killed_mid_call(self, case: Case, call: Call) -> Seen:
        """Paused first, so that the call is certainly under way when the process dies."""
        self._do(Command.PAUSE_AUTHORIZER)
        with ThreadPoolExecutor(max_workers=1) as pool:
            pending = pool.submit(self._send, case, call)
            time.sleep(IN_FLIGHT_SECONDS)
            try:
                self._do(Command.KILL_AUTHORIZER)
            finally:
                outcome = pending.result()
        return _compared(case.expect, outcome)

    def _recovered(self, case: Case, call: Call, seconds: float) -> Seen:
        deadline = time.monotonic() + seconds
        while True:
            seen = self._one(case, call)
            if not seen.problem or time.monotonic() >= deadline:
                return seen
            time.sleep(RETRY_SECONDS)

    def _repeated(self, case: Case, call: Call, times: int) -> Seen:
        for number in range(times):
            seen = self._one(case, call)
            if seen.problem:
                return replace(seen, text=f"call {number + 1} of {times}: {seen.text}")
        return replace(seen, text=f"{times} times {seen.text}")

    def _with_bad_backend(self, case: Case, bad: BadBackend) -> Seen:
        with BorrowedBackend(self._backend(), bad.behaviour):
            return self._one(case, bad.call)

    # --- one call -------------------------------------------------------------------------------

    def _send(self, case: Case, call: Call) -> Outcome:
        connection = self._connection(case, call)
        if case.breaks or not isinstance(case.action, Call):
            connection = replace(connection, seconds=STATE_SECONDS)
        return self._wire.call(
            connection, self._request(case, call), counts_answers=call.keeps_open
        ).outcome

    def _connection(self, case: Case, call: Call) -> Connection:
        return Connection(
            peer=self._peer(call.place),
            presented=None if call.place is Place.BACKEND else self._identities.of(case.caller),
            source=self._target.blocked_source if call.source is Source.BLOCKED else None,
            version=call.version,
        )

    def _peer(self, place: Place) -> Peer:
        match place:
            case Place.GATEWAY:
                return self._target.gateway
            case Place.DEFAULT_ENDPOINT:
                assert self._target.default_endpoint is not None  # noqa: S101 - needs checked it
                return self._target.default_endpoint
            case Place.BACKEND:
                return self._backend()

    def _backend(self) -> Peer:
        assert self._target.backend is not None  # noqa: S101 - needs checked it
        return self._target.backend

    def _request(self, case: Case, call: Call) -> bytes:
        body = call.body or b"a" * call.filler_bytes
        headers: list[tuple[str, str]] = []
        host = self._peer(call.place).authority if call.host is None else call.host
        host = host.replace(GATEWAY_HOST, self._target.gateway.host)
        if host:
            headers.append(("Host", host))
        if call.user_agent is not None:
            headers.append(("User-Agent", call.user_agent))
        if body and call.framing is Framing.CORRECT:
            headers.append(("Content-Length", str(len(body))))
        if body and not any(name.lower() == "content-type" for name, _ in call.headers):
            headers.append(("Content-Type", "application/json"))
        headers += call.headers
        if call.token is not None:
            headers += self._credentials(call.token, call.thumbprint)
        if (
            not call.keeps_open
            and case.expect.layer is not Layer.HTTP
            and not isinstance(case.action, Flood)
        ):
            headers.append(("Connection", "close"))
        target = call.target.replace(STAGE, self._target.stage or "prod")
        return request_bytes(call.method, target, headers, body)

    def _credentials(self, token: Token, thumbprint: Thumbprint) -> list[tuple[str, str]]:
        headers = []
        if token is not Token.NONE:
            headers.append(("Authorization", f"Bearer {self._token(token)}"))
        own = Caller.READER if token is Token.OF_READER else Caller.CLIENT
        other = Caller.CLIENT if own is Caller.READER else Caller.READER
        wanted = {
            Thumbprint.OWN: [own],
            Thumbprint.OTHER: [other],
            Thumbprint.NONE: [],
            Thumbprint.TWICE: [own, own],
        }[thumbprint]
        return headers + [
            ("X-Client-Certificate-Thumbprint", self._identities.thumbprint(caller))
            for caller in wanted
        ]

    def _token(self, token: Token) -> str:
        if token not in CAPTURED:
            return self._forger().make(token)
        caught = self._catch(Caller.READER if token is Token.OF_READER else Caller.CLIENT)
        return widen(caught) if token is Token.WIDENED else caught

    def _forger(self) -> Forger:
        if self._target.jwks is None:
            raise TokenError("The target names no JWKS file.")
        return Forger(
            public=PublicKey.read(self._target.jwks),
            issuer=self._target.issuer,
            audience=self._target.audience,
            thumbprint=self._identities.thumbprint(Caller.CLIENT),
            client_id=CLIENT_IDS[Caller.CLIENT],
            signing_key=self._target.kms,
        )

    def _catch(self, caller: Caller) -> str:
        """A client's real token: call through every gate while we stand in for the backend."""
        if caller not in self._caught:
            with (
                self._broken((Command.STOP_BACKEND,), (Command.START_BACKEND,)),
                BorrowedBackend(self._backend()) as borrowed,
            ):
                for one in (Caller.CLIENT, Caller.READER):
                    self._caught[one] = self._catch_one(one, borrowed)
        return self._caught[caller]

    def _catch_one(self, caller: Caller, borrowed: BorrowedBackend) -> str:
        thumbprint = self._identities.thumbprint(caller)
        call = Call()
        case = Case(
            name="catch",
            attack="",
            caller=caller,
            expect=Expect(layer=Layer.BACKEND, statuses=(200,)),
        )
        outcome = self._send(case, call)
        for head in borrowed.heads:
            headers = {name.lower(): value for name, value in head}
            scheme, _, token = headers.get("authorization", "").partition(" ")
            if headers.get("x-client-certificate-thumbprint") == thumbprint and scheme == "Bearer":
                return token
        raise TokenError(
            f"No token of {CLIENT_IDS[caller]} reached the matrix in the backend's place; its call "
            f"ended with: {describe(outcome)}."
        )

    def _problem_of_arrival(self, case: Case, outcome: Answer) -> str | None:
        request_id = outcome.header(arrival.REQUEST_ID_HEADER)
        if not request_id:
            return "the answer carries no request id to look for"
        is_laptop = self._target.kind is Kind.LAPTOP
        sender = arrival.Sender(
            client_id=CLIENT_IDS.get(case.caller) if is_laptop else None,
            thumbprint=self._identities.thumbprint(case.caller),
            request_id=request_id,
            source=self._target.gateway.address,
            forged=case.forged,
        )
        return arrival.problem_of(arrival.ask(self._backend(), request_id), sender)


def _compared(expect: Expect, outcome: Outcome) -> Seen:
    return Seen(text=describe(outcome), problem=expect.problem(outcome))
