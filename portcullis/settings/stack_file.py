"""Changes single settings of Pulumi.<stack>.yaml and keeps every other character of the file.

Comments, order and quoting stay as they are. The new text is parsed before it replaces the file,
and may differ only in the settings that were asked for.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import MisuseError, PortcullisError
from portcullis.pki.atomic import write_public
from portcullis.settings.engine_yaml import parse_yaml

Value = str | Sequence[str] | None  # None takes the setting out

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")  # may still be a number or a boolean: see _scalar


class StackFileError(MisuseError):
    """A stack file in a form that cannot be changed safely."""

    def __init__(self, path: Path, because: str, changes: Mapping[str, Value]) -> None:
        wanted = "; ".join(
            f"remove {key}" if value is None else f"{key}: {_written(value)}"
            for key, value in changes.items()
        )
        super().__init__(f"{path}: {because}. Nothing was changed. Edit it by hand: {wanted}")


def change(path: Path, changes: Mapping[str, Value], *, note: str | None, mark: str) -> None:
    """Set or remove whole settings, and keep one comment line beginning with ``# <mark>``.

    Args:
        path: the stack file.
        changes: by qualified name, as in ``portcullis:signingKeys``.
        note: what the comment says, above the first changed setting; None takes it out.
        mark: what the comment begins with.

    Raises:
        StackFileError: the file is written in a form that cannot be changed safely.
    """
    before = _text(path)
    after = _without_note(before, mark)
    for key, value in changes.items():
        after = _changed(path, after, key, value, changes)
    if note is not None:
        after = _with_note(path, after, next(iter(changes)), f"# {mark} {note}", changes)
    _check(path, before, after, changes)
    if _text(path) != before:
        raise StackFileError(path, "it was changed at the same time", changes)
    write_public(path, after.encode())


def note_of(path: Path, mark: str) -> str | None:
    """The comment that `change` left, without its mark."""
    found = re.search(_note_line(mark), _text(path), re.MULTILINE)
    return found["note"] if found else None


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:  # keeps the file's own line ends
        return file.read()


def _changed(path: Path, text: str, key: str, value: Value, changes: Mapping[str, Value]) -> str:
    config = _config(path, text, changes)
    entry = next(((k, v) for k, v in config.value if k.value == key), None)
    if entry is None:
        return text if value is None else _appended(text, config, key, value)
    name, node = entry
    _require_simple(path, text, name, node, changes)
    begin, end = _line_begin(text, name.start_mark.index), _line_end(text, _last(node))
    if value is None:
        return text[:begin] + text[end:]
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        key_line = text[: _line_end(text, name.end_mark.index) - 1].rstrip()
        return f"{key_line} {_written(value)}{_newline(text)}{text[end:]}"
    return text[: node.start_mark.index] + _written(value) + text[node.end_mark.index :]


def _require_simple(
    path: Path, text: str, name: yaml.Node, node: yaml.Node, changes: Mapping[str, Value]
) -> None:
    """Refuse a value with a comment inside, which would be lost, or with an anchor or alias."""
    inside = text[name.end_mark.index : _line_end(text, _last(node))]
    if "\n" in inside[:-1] and "#" in inside:
        raise StackFileError(path, f"there is a comment inside {name.value}", changes)
    if isinstance(node, yaml.MappingNode) or "&" in inside or "*" in inside:
        raise StackFileError(path, f"{name.value} is not a plain value", changes)


def _appended(text: str, config: yaml.MappingNode, key: str, value: Value) -> str:
    name, _ = config.value[0]
    _, last = config.value[-1]
    end = _line_end(text, _last(last))
    line = f"{' ' * name.start_mark.column}{key}: {_written(value)}{_newline(text)}"
    joint = "" if text[:end].endswith("\n") else _newline(text)
    return text[:end] + joint + line + text[end:]


def _without_note(text: str, mark: str) -> str:
    return re.sub(_note_line(mark) + r"\r?\n?", "", text, flags=re.MULTILINE)


def _with_note(path: Path, text: str, key: str, comment: str, changes: Mapping[str, Value]) -> str:
    config = _config(path, text, changes)
    name = next(k for k, _ in config.value if k.value == key)
    begin = _line_begin(text, name.start_mark.index)
    return f"{text[:begin]}{' ' * name.start_mark.column}{comment}{_newline(text)}{text[begin:]}"


def _note_line(mark: str) -> str:
    return rf"^[ ]*# {re.escape(mark)} (?P<note>[^\r\n]*)(?=\r?$)"


def _config(path: Path, text: str, changes: Mapping[str, Value]) -> yaml.MappingNode:
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise StackFileError(path, f"it is not valid YAML ({error})", changes) from error
    members = document.value if isinstance(document, yaml.MappingNode) else []
    config = next((v for k, v in members if k.value == "config"), None)
    if not isinstance(config, yaml.MappingNode) or config.flow_style or not config.value:
        raise StackFileError(path, "it has no config: block with a setting in it", changes)
    return config


def _check(path: Path, before: str, after: str, changes: Mapping[str, Value]) -> None:
    known = parse_yaml(before.encode())
    expected: dict[str, Any] = dict(known["config"])
    for key, value in changes.items():
        expected.pop(key, None)
        if value is not None:
            expected[key] = value if isinstance(value, str) else list(value)
    if parse_yaml(after.encode()) != {**known, "config": expected}:
        raise PortcullisError(
            f"{path} would differ in more than {', '.join(changes)}; nothing was changed. "
            "Please report this with the lines around its signingKeys."
        )


def _last(node: yaml.Node) -> int:
    """The index after a value's last character; the end mark of a block is beyond it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.index
    return end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _line_begin(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    """The index after the line break, or the text's end if there is none."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _written(value: Value) -> str:
    if value is None or isinstance(value, str):
        return _scalar(value or "")
    return f"[{', '.join(map(_scalar, value))}]"


def _scalar(text: str) -> str:
    """Quote a string that YAML would read as another type, such as `no`, `1` or `null`."""
    # YAML 1.1 for other tools that read the file: there `no` is a boolean.
    readings = (yaml.safe_load(text), parse_yaml(text.encode())) if _PLAIN.fullmatch(text) else ()
    is_plain = bool(readings) and all(reading == text for reading in readings)
    return text if is_plain else f'"{text}"'
