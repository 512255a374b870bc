"""Parses YAML into the values that the Pulumi engine reads from it.

The engine parses with Go's yaml.v3, which follows YAML 1.2 with some of 1.1: `yes` and `off` are
strings, `0o17` and `017` are 15, `1_000` is 1000, and a date is a timestamp that the engine renders
as a string. PyYAML would follow YAML 1.1.
Source: YAML 1.2.2 section 10.3; gopkg.in/yaml.v3, README, "Compatibility".
"""

import base64
import binascii
import codecs
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, cast

import yaml

from portcullis.errors import MisuseError

MAX_DEPTH = 50
MAX_NODES = 100_000  # an alias counts as all that it stands for

# libyaml where PyYAML was built with it: yaml.v3 is its translation into Go.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = "plain"  # the tag of an unquoted scalar without a tag of its own
_CORE = "tag:yaml.org,2002:"
_MERGE_TAGS = (_PLAIN, f"{_CORE}merge")
_WORDS: Mapping[str, tuple[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
}
_NOT_FINITE = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGERS = (
    (re.compile(r"([-+]?)0[xX]([0-9a-fA-F]{1,64})"), 16),
    (re.compile(r"([-+]?)0[oO]?([0-7]{1,64})"), 8),
    (re.compile(r"([-+]?)0[bB]([01]{1,80})"), 2),
    (re.compile(r"([-+]?)(0|[1-9][0-9]{0,19})"), 10),
)
_ESCAPES = re.compile(r"\\(.)", re.DOTALL)
_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"((?P<separator>[Tt]| +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})"
    r"([.,](?P<fraction>[0-9]{1,9})[0-9]*)?(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_FIRST_UNSIGNED = 2**63  # Go has larger integers as another type
_FIRST_EXPONENT = 1e21  # Go's encoding/json writes larger and very small numbers with an exponent
_LAST_EXPONENT = 1e-6
_FIRST_KEY, _LAST_KEY = 1e6, 1e-4  # Go prints a float as a key with other limits


class EngineYamlError(MisuseError):
    """YAML that the engine refuses, with the line of the fault."""

    def __init__(self, line: int, because: str) -> None:
        super().__init__(f"line {line}: {because}")


class OtherKey(str):
    """A key that is a number, a boolean or null in YAML, as Go prints it."""

    __slots__ = ()


def parse_yaml(content: bytes) -> Any:
    """The first document of the file as strings, numbers, booleans, None, lists and dicts.

    Raises:
        EngineYamlError: no YAML, a repeated key, a key that is not a scalar, or too deep.
    """
    text = _text(content)
    try:
        node = _first_document(text)
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise EngineYamlError(line, f"{error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise EngineYamlError(line, f"{error.reason}") from error
    return None if node is None else _Builder().value(node)


def written_yaml(document: Any) -> str:
    """YAML that the engine reads as this document: every string is in quotes."""
    return yaml.dump(document, Dumper=_QuotingDumper, sort_keys=False, allow_unicode=True)


def number_text(number: float) -> str:
    """A number as Go's encoding/json writes it."""
    if isinstance(number, int):
        return str(number)
    if number == 0:
        return "0"
    if _LAST_EXPONENT <= abs(number) < _FIRST_EXPONENT:
        plain = format(Decimal(repr(number)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"


class _EngineLoader(_LOADER):  # type: ignore[misc] # the class is chosen above
    """Composes nodes, and leaves it to `_Builder` what a plain scalar is."""

    def resolve(self, kind: Any, _value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else f"{_CORE}str"
        return f"{_CORE}collection"


class _QuotingDumper(yaml.SafeDumper):
    """PyYAML leaves a string without quotes where YAML 1.1 reads a string, as in ``0o17``."""


_QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar(f"{_CORE}str", text, style='"')
)


def _text(content: bytes) -> str:
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise EngineYamlError(line, "it is not UTF-8 text") from error


@lru_cache(maxsize=4)  # a start reads the project's and the stack's file six times
def _first_document(text: str) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=_EngineLoader):
        mark, end = (cast("yaml.Mark", one) for one in (event.start_mark, event.end_mark))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise EngineYamlError(mark.line + 1, f"it is nested over {MAX_DEPTH} deep")
        if isinstance(event, yaml.DocumentStartEvent) and event.version not in {None, (1, 1)}:
            raise EngineYamlError(mark.line + 1, "%YAML must be 1.1")
        is_quoted = isinstance(event, yaml.ScalarEvent) and event.style == '"'
        if is_quoted and "/" in _ESCAPES.findall(text[mark.index : end.index]):
            raise EngineYamlError(mark.line + 1, "found unknown escape character '/'")
        if isinstance(event, yaml.DocumentEndEvent):
            break
    loader = _EngineLoader(text)
    try:
        return loader.get_node() if loader.check_node() else None
    finally:
        loader.dispose()


class _Builder:
    """Builds values from the nodes of one document."""

    def __init__(self) -> None:
        self._open: set[int] = set()  # the collections around the node, to find a cycle
        self._built = 0

    def value(self, node: yaml.Node) -> Any:
        self._built += 1
        if self._built > MAX_NODES:
            raise _error(node, f"it has more than {MAX_NODES:,} values, aliases expanded")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise _error(node, "an anchor contains itself")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item) for item in node.value]
            return self._mapping(node)
        finally:
            self._open.remove(id(node))

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error(key, "a key must be a scalar")
            if key.value == "<<" and (key.style or key.tag not in _MERGE_TAGS):
                raise _error(key, "write << without quotes and tag, or choose another key")
            name = "<<" if key.value == "<<" else _key(key)
            for spelling in {name, key.value}:
                if spelling in lines:
                    raise _error(key, f"{spelling!r} is already defined at line {lines[spelling]}")
            lines |= dict.fromkeys((name, key.value), key.start_mark.line + 1)
            if name == "<<":
                merged = self._merged(value)
            else:
                built[name] = self.value(value)
        for other in merged:  # a key of the mapping itself wins, then the first mapping
            built = {**self._mapping(other), **built}
        return built

    def _merged(self, node: yaml.Node) -> list[yaml.Node]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(each, yaml.MappingNode) for each in nodes):
            raise _error(node, "<< needs a mapping or a list of mappings")
        for each in nodes:
            self.value(each)  # refuses a cycle
        return list(nodes)


def _key(node: yaml.ScalarNode) -> str:
    value = _scalar(node)
    if isinstance(value, str):
        return value
    if value is None:
        return OtherKey("<nil>")
    is_float = not node.style and _resolved(node)[0] == "float"
    if is_float and value and not _LAST_KEY <= abs(value) < _FIRST_KEY:
        raise _error(node, f"write {node.value} in quotes: a key of this size has an exponent")
    return OtherKey(str(value).lower() if isinstance(value, bool) else number_text(value))


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag == _PLAIN and not node.style:  # a quoted one may have the tag `!`
        return _resolved(node)[1]
    wanted = node.tag.removeprefix(_CORE)
    if wanted == "binary":
        try:
            return base64.b64decode(text.replace("\n", ""), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _error(node, "!!binary must be base64 of UTF-8 text") from error
    if not node.tag.startswith(_CORE) or wanted not in {
        *("bool", "int", "float", "null", "timestamp"),
    }:
        return text
    kind, value = _resolved(node)
    if kind != wanted and ((kind, wanted) != ("int", "float") or value >= _FIRST_UNSIGNED):
        raise _error(node, f"{text!r} is not a {wanted}")
    return value


def _resolved(node: yaml.ScalarNode) -> tuple[str, Any]:
    """The kind and value of a plain scalar."""
    text: str = node.value
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise _error(node, f"{text} cannot be a configuration value")
    if text[0] not in "+-.0123456789":
        return "str", text
    if (timestamp := _timestamp(text)) is not None:
        return "timestamp", timestamp
    digits = text if text[0] == "." else text.replace("_", "")
    for pattern, base in _INTEGERS:
        found = pattern.fullmatch(digits)
        if found and _fits(whole := int(found[1] + found[2], base)):
            return "int", whole
    if _FLOAT.fullmatch(digits) and isfinite(number := float(digits)):
        return "float", _whole_or_float(number)
    return "str", text


def _fits(number: int) -> bool:
    """A larger integer is a float: Go reads 64 bits, with or without a sign."""
    return -(2**63) <= number < 2**64


def _whole_or_float(number: float) -> int | float:
    """A whole number as an integer, with the digits that Go writes."""
    is_whole = number.is_integer() and abs(number) < _FIRST_EXPONENT
    return int(Decimal(repr(number))) if is_whole else number


def _timestamp(text: str) -> str | None:
    """The timestamp as Go prints a time, or None if Go reads no timestamp here."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict(default="0")
    hour, minute, second = (int(part[name]) for name in ("hour", "minute", "second"))
    try:
        # Python has no year 0, which is a leap year as 400 is.
        day = date(int(part["year"]) or 400, int(part["month"]), int(part["day"]))
    except ValueError:
        return None
    has_zone = found["zone"] is not None
    needs_zone = found["separator"] in {"T", "t"}
    if needs_zone is not has_zone or hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    offset = _offset(found["zone"])
    if offset is None:
        return None
    fraction = part["fraction"].rstrip("0")
    zone = "UTC" if offset == "+0000" else offset
    clock = f"{hour:02}:{minute:02}:{second:02}" + (f".{fraction}" if fraction else "")
    return f"{part['year']}{day:-%m-%d} {clock} {offset} {zone}"


def _offset(zone: str | None) -> str | None:
    """The offset from UTC as Go prints it, or None where Go accepts none such."""
    if zone in {None, "Z"}:
        return "+0000"
    sign, hours, minutes = str(zone)[0], int(str(zone)[1:3]), int(str(zone)[4:6])
    if hours > 24 or minutes > 60:  # noqa: PLR2004 - Go accepts 24 hours and 60 minutes
        return None
    total = hours * 60 + minutes
    return f"{sign if total else '+'}{total // 60:02}{total % 60:02}"


def _error(node: yaml.Node, because: str) -> EngineYamlError:
    return EngineYamlError(node.start_mark.line + 1, because)
