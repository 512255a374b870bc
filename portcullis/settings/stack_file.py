"""Change single settings of Pulumi.<stack>.yaml and leave every other character as it is.

The file is a person's: comments, order and quoting stay. What is written is read again before it
replaces the file, and has to differ in exactly the settings that were asked for.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import MisuseError, PortcullisError
from portcullis.pki.atomic import write_public

Value = str | Sequence[str] | None  # None takes the setting out

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")  # and yet not always a text: see _scalar


class StackFileError(MisuseError):
    """A stack file that cannot be changed without risk to what else stands in it."""

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
        mark: how the comment is found again.

    Raises:
        StackFileError: the file is written in a form that this does not touch.
    """
    before = path.read_text(encoding="utf-8")
    after = _without_note(before, mark)
    for key, value in changes.items():
        after = _changed(path, after, key, value, changes)
    if note is not None:
        after = _with_note(path, after, next(iter(changes)), f"# {mark} {note}", changes)
    _check(path, before, after, changes)
    if path.read_text(encoding="utf-8") != before:
        raise StackFileError(path, "somebody changed it at the same time", changes)
    write_public(path, after.encode())


def note_of(path: Path, mark: str) -> str | None:
    """The comment that `change` left, without its mark."""
    found = re.search(_note_line(mark), path.read_text(encoding="utf-8"), re.MULTILINE)
    return found["note"] if found else None


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
        return f"{key_line} {_written(value)}\n{text[end:]}"
    return text[: node.start_mark.index] + _written(value) + text[node.end_mark.index :]


def _require_simple(
    path: Path, text: str, name: yaml.Node, node: yaml.Node, changes: Mapping[str, Value]
) -> None:
    """A comment between the entries of a list would be lost, and an anchor would be broken."""
    inside = text[name.end_mark.index : _line_end(text, _last(node))]
    if "\n" in inside[:-1] and "#" in inside:
        raise StackFileError(path, f"a comment stands inside {name.value}", changes)
    if isinstance(node, yaml.MappingNode) or "&" in inside or "*" in inside:
        raise StackFileError(path, f"{name.value} is no plain value", changes)


def _appended(text: str, config: yaml.MappingNode, key: str, value: Value) -> str:
    name, _ = config.value[0]
    _, last = config.value[-1]
    end = _line_end(text, _last(last))
    line = f"{' ' * name.start_mark.column}{key}: {_written(value)}\n"
    joint = "" if text[:end].endswith("\n") else "\n"
    return text[:end] + joint + line + text[end:]


def _without_note(text: str, mark: str) -> str:
    return re.sub(_note_line(mark) + r"\n?", "", text, flags=re.MULTILINE)


def _with_note(path: Path, text: str, key: str, comment: str, changes: Mapping[str, Value]) -> str:
    config = _config(path, text, changes)
    name = next(k for k, _ in config.value if k.value == key)
    begin = _line_begin(text, name.start_mark.index)
    return f"{text[:begin]}{' ' * name.start_mark.column}{comment}\n{text[begin:]}"


def _note_line(mark: str) -> str:
    return rf"^[ ]*# {re.escape(mark)} (?P<note>[^\n]*)$"


def _config(path: Path, text: str, changes: Mapping[str, Value]) -> yaml.MappingNode:
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise StackFileError(path, f"it is no valid YAML ({error})", changes) from error
    members = document.value if isinstance(document, yaml.MappingNode) else []
    config = next((v for k, v in members if k.value == "config"), None)
    if not isinstance(config, yaml.MappingNode) or config.flow_style or not config.value:
        raise StackFileError(path, "it has no config: block with a setting in it", changes)
    return config


def _check(path: Path, before: str, after: str, changes: Mapping[str, Value]) -> None:
    expected: dict[str, Any] = dict(yaml.safe_load(before)["config"])
    for key, value in changes.items():
        expected.pop(key, None)
        if value is not None:
            expected[key] = value if isinstance(value, str) else list(value)
    found = yaml.safe_load(after)
    rest = {k: v for k, v in yaml.safe_load(before).items() if k != "config"}
    if found != {**rest, "config": expected}:
        raise PortcullisError(
            f"{path} would not hold what was asked for after the change; nothing was changed. "
            "Please report this with the lines around its signingKeys."
        )


def _last(node: yaml.Node) -> int:
    """Where a value's last character stands; a block's own end is where the next one begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.index
    return end


def _line_begin(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    """Behind the line break; the text's end where there is none."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _written(value: Value) -> str:
    if value is None or isinstance(value, str):
        return _scalar(value or "")
    return f"[{', '.join(map(_scalar, value))}]"


def _scalar(text: str) -> str:
    """A text that reads as a text: `no`, `1` and `null` need quotes."""
    is_plain = _PLAIN.fullmatch(text) and yaml.safe_load(text) == text
    return text if is_plain else f'"{text}"'
