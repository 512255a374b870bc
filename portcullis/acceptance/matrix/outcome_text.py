"""An outcome as one line of text, short enough for a table."""

import json

from portcullis.acceptance.matrix.gate import GATE_HEADER
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Outcome,
    Refused,
    Silent,
    Unreachable,
)

SHOWN_REFUSAL_CHARACTERS = 120
SHOWN_SUCCESS_CHARACTERS = 40


def describe(outcome: Outcome) -> str:
    """The outcome in one line. The beginning of a body only."""
    match outcome:
        case Answer():
            gate = outcome.header(GATE_HEADER)
            parts = [
                str(outcome.status),
                _shorten(outcome),
                f"[{gate}]" if gate else "",
                f"and {outcome.further} more" if outcome.further else "",
            ]
            return " ".join(part for part in parts if part)
        case Refused():
            return f"connection refused at the {outcome.moment}: {outcome.words}"
        case Silent():
            return f"no answer in {outcome.seconds:g} s"
        case Unreachable():
            return f"no connection: {outcome.words}"
        case Malformed():
            return f"not HTTP: {outcome.words}"


def _shorten(answer: Answer) -> str:
    """The body on one line, JSON without spaces. A refusal gets more room than a success."""
    is_success = answer.status < 400  # noqa: PLR2004 - RFC 9110 section 15
    limit = SHOWN_SUCCESS_CHARACTERS if is_success else SHOWN_REFUSAL_CHARACTERS
    try:
        text = json.dumps(json.loads(answer.body), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = " ".join(answer.body.decode("utf-8", "replace").split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
