"""Bodies that break a model in one way each, as far as the model forbids it."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.acceptance.generated.values import Values, accepts
from portcullis.contract.inputs import InputBody


@dataclass(frozen=True, kw_only=True)
class BadBody:
    """One kind of fault; ``name`` ends the name of the case, ``attack`` is its sentence."""

    name: str
    attack: str
    body: bytes


def bad_bodies(values: Values, body: InputBody, valid: bytes) -> Iterator[BadBody]:
    """One body for each kind of fault that API Gateway finds with this model."""
    yield BadBody(name="not-json", attack="A body that is not JSON.", body=b"{")
    # API Gateway reads an empty body as an empty object.
    kinds: list[tuple[str, str, Any, bytes]] = [
        ("missing", "No body where the model requires one.", {}, b"")
    ]
    for name, attack, wrong in _changes(values, body, json.loads(valid)):
        kinds.append((name, attack, wrong, json.dumps(wrong, separators=(",", ":")).encode()))
    seen: set[str] = set()
    for name, attack, wrong, sent in kinds:
        if name not in seen and not accepts(body.model or {}, values.models, wrong):
            seen.add(name)
            yield BadBody(name=name, attack=attack, body=sent)


def _changes(values: Values, body: InputBody, valid: Any) -> Iterator[tuple[str, str, Any]]:
    """Candidates; the model may accept some of them."""
    other: Any = [] if not isinstance(valid, list) else {}
    yield "of-another-type", f"A body that is {_article(other)}.", other
    if not isinstance(valid, dict):
        return
    model = values.resolved(body.model or {})
    properties: Mapping[str, Any] = model.get("properties") or {}
    for name in model.get("required") or ():
        yield "without-a-member", f"A body without {name}.", _without(valid, name)
    extra = {**valid, "portcullisUnknown": True}
    yield "with-an-extra-member", "A body with a member that the model does not have.", extra
    for name, schema in properties.items():
        for kind, words, wrong in _wrong_values(values.resolved(schema)):
            yield kind, f"A body whose {name} {words}.", {**valid, name: wrong}


def _wrong_values(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    yield "with-a-wrong-type", "has another type", {"portcullis": [None]}
    yield "with-a-wrong-type", "has another type", "text"
    if "enum" in schema:
        yield "outside-enum", "is not one of the listed values", "portcullis-unknown"
    if "minimum" in schema:
        yield "below-minimum", "is below the minimum", schema["minimum"] - 1
    if "maximum" in schema:
        yield "above-maximum", "is above the maximum", schema["maximum"] + 1
    if schema.get("minLength"):
        yield "too-short", "is too short", "a" * (int(schema["minLength"]) - 1)
    if isinstance(schema.get("maxLength"), int) and schema["maxLength"] <= 4000:  # noqa: PLR2004 - the web ACL blocks bodies over 8 KB
        yield "too-long", "is too long", "a" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield "against-pattern", "does not match the pattern", "!"


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    less = copy.copy(value)
    less.pop(name, None)
    return less


def _article(value: Any) -> str:
    return "an array" if isinstance(value, list) else "an object"
