"""The one right end of a call, and how another end differs from it."""

import json
from dataclasses import dataclass
from typing import Any

from portcullis.acceptance.matrix.gate import GATE_HEADER, NAMED_GATES, Gate
from portcullis.acceptance.wire.outcome import Answer, Outcome, Refused


@dataclass(frozen=True, kw_only=True)
class Expect:
    """The right end of a call.

    ``may_refuse``: closing the connection without an answer is right too. ``words`` replace a body
    that is too long for a table. ``or_gate`` is another gate that may give the same answer.
    ``any_status_but`` accepts every other answer of the backend, whatever its status and body.
    """

    gate: Gate
    statuses: tuple[int, ...] = ()  # empty: only a refused connection is right
    body: Any = None  # the whole JSON body
    contains: str = ""
    error: str = ""  # member "error" of the JSON body, and of the WWW-Authenticate header
    may_refuse: bool = False
    words: str = ""
    or_gate: Gate | None = None
    any_status_but: tuple[int, ...] | None = None

    def __str__(self) -> str:
        if self.any_status_but is not None:
            return "any answer of the backend" + (f" but {self.words}" if self.words else "")
        if not self.statuses:
            return "connection refused"
        parts = [" or ".join(map(str, self.statuses))]
        if self.body is not None and not self.words:
            parts.append(json.dumps(self.body, separators=(",", ":")))
        parts += [text for text in (self.words, self.contains, self.error) if text]
        if self.may_refuse:
            parts.append("or connection refused")
        return " ".join(parts)

    def problem(self, outcome: Outcome) -> str | None:
        """Why this outcome is not the right one; None when it is."""
        if isinstance(outcome, Refused):
            is_right = self.may_refuse or (not self.statuses and self.any_status_but is None)
            return None if is_right else "the connection was refused"
        if not isinstance(outcome, Answer):
            return "there was no HTTP answer"
        if not self._is_right_status(outcome.status):
            return "the status differs"
        if outcome.further:
            return "one request was answered more than once"
        return self._problem_of_body(outcome) or self._problem_of_gate(outcome)

    def _is_right_status(self, status: int) -> bool:
        if self.any_status_but is None:
            return status in self.statuses
        return status not in self.any_status_but

    def _problem_of_body(self, answer: Answer) -> str | None:
        if self.contains and self.contains not in answer.body.decode("utf-8", "replace"):
            return "the body differs"
        if self.body is None and not self.error:
            return None
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError):
            return "the body is not JSON"
        if self.body is not None and body != self.body:
            return "the body differs"
        if self.error and (not isinstance(body, dict) or body.get("error") != self.error):
            return "the error differs"
        return None

    def _problem_of_gate(self, answer: Answer) -> str | None:
        """The right status from the wrong gate is a difference."""
        named = answer.header(GATE_HEADER)
        is_refusal = answer.status >= 400  # noqa: PLR2004 - RFC 9110 section 15
        for gate in (self.gate, self.or_gate or self.gate):
            if named == (gate if gate in NAMED_GATES and is_refusal else None):
                return None
        return f"the layer is {named or 'not named'}"
