"""What an answer that a partner quotes may come from, without any log."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portcullis.explain.causes import explained
from portcullis.explain.logged_call import LoggedCall
from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.answers import ANSWERS, StandardAnswer

LAYER_HEADER = "x-portcullis-layer"  # set by our gateway responses: the gate that answered
# Causes are found by the logged reason; an answer's name stands for it.
_REASONS = {"IMPLICIT_DENY": "missing_scope", "WEB_ACL_BLOCKED": ""}


@dataclass(frozen=True, kw_only=True)
class Possibility:
    """One gate that gives such an answer: when, and what to do."""

    gate: Layer
    when: str
    fix: str


def possibilities(
    status: int | None, body: str | None, headers: Mapping[str, str], *, stack: str
) -> list[Possibility]:
    """The gates that may have answered so, in the order in which a call passes them.

    ``status`` is None for a connection without an answer. What the partner does not quote does
    not narrow the list down.
    """
    if status is None:
        return [_possibility(Layer.TLS, "", "The handshake failed, so there is no answer.", stack)]
    layer = next((v for n, v in headers.items() if n.lower() == LAYER_HEADER), None)
    message = _message(body)
    answers = {
        name: answer
        for name, answer in ANSWERS.items()
        if answer.status == status and (layer is None or answer.layer == layer)
    }
    if message is not None:
        answers = _with_message(answers, message)
    found = [
        _possibility(answer.layer, _REASONS.get(name, name), answer.when, stack)
        for name, answer in answers.items()
    ]
    return sorted(found, key=lambda p: list(Layer).index(p.gate)) + list(
        _from_the_backend(status, layer, message, stack)
    )


def _possibility(gate: Layer, reason: str, when: str, stack: str) -> Possibility:
    call = LoggedCall(request_id="", time=None, status=None, gate=gate, reason=reason)
    return Possibility(gate=gate, when=when, fix=explained(call, stack=stack).fix)


def _from_the_backend(
    status: int, layer: str | None, message: str | None, stack: str
) -> Iterator[Possibility]:
    """The backend may answer anything; with a gate's own message it hardly does."""
    own = {answer.message for answer in ANSWERS.values() if answer.message}
    if layer is None and (message is None or message not in own):
        yield _possibility(Layer.BACKEND, "", f"The backend itself answered {status}.", stack)


def _message(body: str | None) -> str | None:
    """The message in a body such as {"message":"Forbidden"}; the body itself otherwise."""
    if body is None:
        return None
    try:
        parsed = json.loads(body)
    except ValueError:
        return body.strip()
    if isinstance(parsed, dict):
        lowered = {str(name).lower(): value for name, value in parsed.items()}
        if "message" in lowered:
            return "" if lowered["message"] is None else str(lowered["message"])
    return body.strip()


def _with_message(answers: Mapping[str, StandardAnswer], message: str) -> dict[str, StandardAnswer]:
    """The answers with this message; if there are none, those that contain it."""
    same = {name: answer for name, answer in answers.items() if _says(answer.message, message)}
    return same or {
        name: answer
        for name, answer in answers.items()
        if message and message.lower() in (answer.message or "").lower()
    }


def _says(standard: str | None, message: str) -> bool:
    if standard is None:
        return not message
    beginning = standard.partition("[")[0]  # the rest names what was missing
    return message == standard or ("[" in standard and message.startswith(beginning))
