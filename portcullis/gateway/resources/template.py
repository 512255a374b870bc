"""API Gateway templates: replaces ``$context`` and ``$stageVariables``, and refuses the rest.

Gateway responses have simple replacement only, on AWS too. Mapping templates are Velocity on AWS; a
Velocity directive or function stops the start.
Source: API Gateway Developer Guide, "API Gateway mapping template and access logging variable
reference".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.unsupported import UnsupportedError

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_REFERENCE = re.compile(
    rf"\$(?P<bare>context|stageVariables)(?P<path>(?:\.{_NAME})+)"
    rf"|\$\{{(?P<braced>context|stageVariables)(?P<braced_path>(?:\.{_NAME})+)\}}"
    rf"|\$stageVariables\[\s*(?P<quote>['\"])(?P<key>{_NAME})(?P=quote)\s*\]"
    rf"|\$\{{stageVariables\[\s*(?P<quote2>['\"])(?P<key2>{_NAME})(?P=quote2)\s*\]\}}"
)
_OTHER_REFERENCE = re.compile(r"\$!?\{?!?[A-Za-z_]")
_DIRECTIVE = re.compile(
    r"#(?:\{?(?:set|if|elseif|else|end|foreach|include|parse|macro|stop|break|evaluate|define)\b"
    r"|#|\*|\[\[)"
)
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b'"\\'))
_ALREADY_JSON = frozenset({"error.messageString"})  # a JSON string with its quotes, or null


@dataclass(frozen=True, slots=True)
class Reference:
    """``$context.NAME`` or ``$stageVariables.NAME``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Text and references in order; a reference without a value is empty."""

    parts: tuple[str | Reference, ...]
    escapes: bool  # so that a value from the caller cannot end a JSON string

    def render(self, context: Mapping[str, str], stage_variables: Mapping[str, str]) -> str:
        return "".join(
            part if isinstance(part, str) else self._value(part, context, stage_variables)
            for part in self.parts
        )

    def _value(
        self, reference: Reference, context: Mapping[str, str], variables: Mapping[str, str]
    ) -> str:
        if reference.kind == "stageVariables":
            return variables.get(reference.name, "")
        value = context.get(reference.name, "")
        if not self.escapes or reference.name in _ALREADY_JSON:
            return value
        return escaped(value)


def compile_simple(text: str, *, place: str, escapes: bool) -> Template:
    """The template of a gateway response. Raises UnsupportedError."""
    return _compile(text, place, escapes=escapes, velocity=False)


def compile_velocity(text: str, *, place: str, escapes: bool) -> Template:
    """A mapping template. Raises UnsupportedError for directives and functions of Velocity."""
    return _compile(text, place, escapes=escapes, velocity=True)


def escaped(value: str) -> str:
    """The value escaped for a JSON string, on one line, in ASCII."""
    return value if is_plain(value) else json.dumps(value)[1:-1]


def is_plain(text: str) -> bool:
    """Whether the text needs no escape in a JSON string."""
    return text.isascii() and not text.encode().translate(None, _PLAIN)


def _compile(text: str, place: str, *, escapes: bool, velocity: bool) -> Template:
    directive = _DIRECTIVE.search(text) if velocity else None
    if directive:
        raise UnsupportedError(
            place,
            f"its template uses Velocity's {directive[0]}",
            "Only $context.… and $stageVariables.… are replaced here.",
        )
    parts: list[str | Reference] = []
    position = 0
    for found in _REFERENCE.finditer(text):
        _refuse_other(text[position : found.start()], place)
        parts += [text[position : found.start()], _reference(found)]
        position = found.end()
        if text[position : position + 1] in {"(", "["}:
            raise UnsupportedError(place, f"its template calls a function of {found[0]}")
    _refuse_other(text[position:], place)
    parts.append(text[position:])
    return Template(tuple(p for p in parts if p != ""), escapes)


def _reference(found: re.Match[str]) -> Reference:
    key = found["key"] or found["key2"]
    if key:
        return Reference("stageVariables", key)
    path = (found["path"] or found["braced_path"]).removeprefix(".")
    return Reference(found["bare"] or found["braced"], path)


def _refuse_other(text: str, place: str) -> None:
    other = _OTHER_REFERENCE.search(text)
    if other:
        shown = text[other.start() : other.start() + 30].split(maxsplit=1)[0]
        raise UnsupportedError(
            place,
            f"its template uses {shown}",
            "Only $context.… and $stageVariables.… are replaced here.",
        )
