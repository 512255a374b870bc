"""Keeps the last calls of a gateway in memory, as the gates left them.

Nothing is kept while no page is open: a call then costs one test. While a page is open a call costs
one append to a bounded list; what is shown of it is worked out when the page is sent it. Bodies
above ``KEPT_BODY_BYTES`` are dropped, so memory stays bounded.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Exchange, Response
from portcullis.gateway.gates.call import Call

KEPT_CALLS = 200
KEPT_BODY_BYTES = 65536  # of request and response together
FORGET_AFTER_SECONDS = 30.0  # without a page: one that is loaded again still has its calls


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A call that reached the gates. Its bodies may have been dropped."""

    exchange: Exchange
    response: Response
    request_bytes: int
    response_bytes: int

    @property
    def call(self) -> Call:
        """The exchange, which a gateway always observes as a Call."""
        if not isinstance(self.exchange, Call):
            raise TypeError("an exchange that no gateway has observed")
        return self.exchange


class RecentCalls:
    """The last ``kept`` calls, each with its number; the first call of a run has the number 1."""

    def __init__(self, kept: int = KEPT_CALLS) -> None:
        self.kept = kept
        self.count = 0
        self.viewers = 0
        self._is_keeping = False
        self._forgetting: asyncio.TimerHandle | None = None
        self._calls: deque[AnsweredCall | Refusal] = deque(maxlen=kept)

    def page_opened(self) -> None:
        """Keep calls from now on."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._is_keeping = True
        self.viewers += 1

    def page_closed(self) -> None:
        """After the last page, calls are kept for ``FORGET_AFTER_SECONDS`` and then forgotten."""
        self.viewers -= 1
        if not self.viewers:
            loop = asyncio.get_running_loop()
            self._forgetting = loop.call_later(FORGET_AFTER_SECONDS, self._forget)

    def answered(self, exchange: Exchange, response: Response) -> None:
        if not self._is_keeping:
            return
        request_bytes, response_bytes = len(exchange.request.body), len(response.body)
        if request_bytes + response_bytes > KEPT_BODY_BYTES:
            exchange.request = replace(exchange.request, body=b"")
            response = replace(response, body=b"")
        self._keep(AnsweredCall(exchange, response, request_bytes, response_bytes))

    def refused(self, refusal: Refusal) -> None:
        if self._is_keeping:
            self._keep(refusal)

    def since(self, number: int, *, at_most: int) -> list[tuple[int, AnsweredCall | Refusal]]:
        """The next calls after the call with this number, oldest first."""
        missing = min(self.count - number, len(self._calls))
        first = len(self._calls) - missing
        following = islice(self._calls, first, first + min(missing, at_most))
        return list(enumerate(following, self.count - missing + 1))

    def times(self) -> frozenset[float]:
        """When each kept call came, as the gate log has it."""
        return frozenset(map(_time, self._calls))

    def is_first_of_connection(self, number: int, connection_id: str) -> bool:
        """Whether no earlier call that is kept came over the same connection."""
        earlier = max(len(self._calls) - (self.count - number) - 1, 0)
        return all(_connection(call) != connection_id for call in islice(self._calls, earlier))

    def _forget(self) -> None:
        self._is_keeping = False
        self._calls.clear()

    def _keep(self, call: AnsweredCall | Refusal) -> None:
        self.count += 1
        self._calls.append(call)


def _connection(call: AnsweredCall | Refusal) -> str:
    if isinstance(call, Refusal):
        return call.connection_id
    return call.exchange.request.tls.connection_id


def _time(call: AnsweredCall | Refusal) -> float:
    return call.refused_at if isinstance(call, Refusal) else call.exchange.request.received_at
