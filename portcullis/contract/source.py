"""Reads a contract's file: YAML or JSON to JSON values, with the line of every value.

A plain scalar is read as in YAML 1.2's JSON schema, which OpenAPI prescribes: ``no`` and
``2026-01-01`` are strings, and a response code is a key like any other.
"""

import json
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from portcullis.contract.faults import ContractError, ContractFault, Keys, where
from portcullis.yaml_nodes import LOADER, NodeReader, compose, line_of, with_depth

# Ours: what API Gateway gets is less than half of most files, without examples and responses.
MAX_FILE_BYTES = 24 * 1024 * 1024
MAX_DEPTH = 64
SHOWN_DIGITS = 40
MAX_VALUES = 1_000_000  # ours: aliases of aliases would fill the memory
_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NO_JSON_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\t')


@dataclass(frozen=True, kw_only=True)
class ContractSource:
    """A contract's document and where each of its values stands."""

    file: Path
    document: Mapping[str, Any]
    root: yaml.Node
    faults: list[ContractFault] = field(default_factory=list)

    def add(self, keys: Keys, message: str) -> None:
        """Note a fault, so that all of them are reported at once."""
        self.faults.append(ContractFault(line=self.line(keys), where=where(keys), message=message))

    def finish(self) -> None:
        """Raises ContractError if a fault was noted."""
        if self.faults:
            raise ContractError(self.file, self.faults)

    def components(self, section: str) -> Mapping[str, Any]:
        """A section of ``components``; an empty one where it is missing or not a mapping."""
        components = self.document.get("components")
        found = components.get(section) if isinstance(components, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def line(self, keys: Keys) -> int:
        """The line of a value's key, or of the nearest value around it."""
        node, line = self.root, line_of(self.root)
        for key in keys:
            step = _child(node, key)
            if step is None:
                break
            line, node = step
        return line


def read(file: Path) -> ContractSource:
    """Raises ContractError: it cannot be read, or is neither YAML nor JSON with a mapping."""
    text = _text(file)
    if not text.strip():
        _refuse(file, 1, "is empty. Write an OpenAPI 3.0 document.")
    parsed = _json(file, text)
    root = _compose(file, text if parsed is None else _JSON_STRING.sub(_as_yaml, text))
    if root is None:
        _refuse(file, 1, "is empty. Write an OpenAPI 3.0 document.")
    if not isinstance(root, yaml.MappingNode):
        _refuse(file, line_of(root), "must be a mapping with openapi, info and paths.")
    document = _ValueReader(file).value(root)
    if parsed is not None:
        _refuse_other_values(file, parsed)
    return ContractSource(file=file, document=document if parsed is None else parsed, root=root)


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        _refuse(
            file,
            1,
            f"cannot be read: {error.strerror}. Correct the path, which for a stack is the setting "
            "portcullis:contractFile, from the project's folder.",
        )
    if len(content) > MAX_FILE_BYTES:
        _refuse(file, 1, f"is larger than {MAX_FILE_BYTES} bytes. Split the API.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(
            file, content[: error.start].count(b"\n") + 1, "is not UTF-8 text. Save it as UTF-8."
        )


def _json(file: Path, text: str) -> Any:
    """The value of a JSON text; None if it is not JSON, but may be YAML."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if file.suffix.lower() == ".json":
            _refuse(file, error.lineno, f"is not JSON: {error.msg} (column {error.colno}).")
        return None
    except (RecursionError, ValueError):  # brackets too deep, a number too long: YAML says where
        return None


def _compose(file: Path, text: str) -> yaml.Node | None:
    try:
        events = _checked_events(file, text)
        root = compose(events)
        deque(events, maxlen=0)  # to find a second document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(file, mark.line + 1 if mark else 1, f"is not YAML: {_problem(error, text)}")
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        _refuse(file, line, "is not YAML: it holds a character that YAML does not allow.")
    except yaml.YAMLError as error:
        _refuse(file, 1, f"is not YAML: {type(error).__name__}.")
    return root


def _checked_events(file: Path, text: str) -> Iterator[yaml.Event]:
    documents = 0
    for depth, event in with_depth(yaml.parse(text, Loader=LOADER)):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if depth > MAX_DEPTH:
            _refuse(file, line, f"nests deeper than {MAX_DEPTH} levels.")
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _STANDARD_TAGS:
            _refuse(file, line, f"uses the tag {tag}. Write plain YAML values.")
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            _refuse(
                file,
                line,
                "is not YAML: it has a second document. Keep one of them, and remove the ---.",
            )
        yield event


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, mark = str(error.problem), error.problem_mark
    if mark and text[mark.index : mark.index + 1] == "\t":
        return f"{problem}. Indent with spaces instead of the tab."
    if problem.startswith("mapping values"):
        return f"{problem}. Put a value that contains ': ' in quotes, or correct the indentation."
    return f"{problem}."


class _ValueReader(NodeReader):
    """Turns YAML nodes into JSON values."""

    max_values = MAX_VALUES

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def refuse(self, node: yaml.Node, because: str) -> NoReturn:
        _refuse(self._file, line_of(node), because)

    def key(self, node: yaml.ScalarNode) -> str:
        return str(node.value)

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NO_JSON_NUMBER.fullmatch(text):
            self.refuse(node, f"has the number {text}, which JSON does not have.")
        if _NUMBER.fullmatch(text):
            number = float(text)
            if math.isinf(number):
                shown = text if len(text) <= SHOWN_DIGITS else f"{text[:SHOWN_DIGITS]}..."
                self.refuse(node, f"has the number {shown}, which is too large.")
            return number
        return text


def _refuse_other_values(file: Path, parsed: Any) -> None:
    try:
        json.dumps(parsed, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refuse(file, 1, "has half of a surrogate pair, such as \\ud800. Write a whole character.")
    except ValueError:
        _refuse(file, 1, "has a number that JSON does not have, such as NaN or Infinity.")


def _as_yaml(token: re.Match[str]) -> str:
    """A JSON string as YAML's double-quoted style reads it; a tab between tokens as a space."""
    if token[0] == "\t":
        return " "
    text = json.loads(token[0], strict=False)
    return (
        '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text) + '"'
    )


def _escape(character: str) -> str:
    code = ord(character)
    return "\\uFFFD" if 0xD800 <= code <= 0xDFFF else f"\\U{code:08X}"  # noqa: PLR2004 - surrogates


def _child(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        item = node.value[key]
        return line_of(item), item
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return line_of(name), value
    return None


def _refuse(file: Path, line: int, message: str) -> NoReturn:
    raise ContractError(file, [ContractFault(line=line, where=where(()), message=message)])
