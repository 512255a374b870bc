"""Parses YAML strictly: values keep their line; repeated keys and aliases are errors.

PyYAML's own construction loses the lines, takes the last of two equal keys, and turns ``no`` into
False. Here a scalar is the text in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from portcullis.registry.errors import RegistryError, RegistryFault

WHOLE = "the file"  # the place of a fault that concerns no single entry
MAX_DEPTH = 16
MAX_FILE_BYTES = 32 * 1024 * 1024
# libyaml where PyYAML was built with it: a hundred thousand clients in seconds, not minutes.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One member of a mapping, or one item of a list, and its name in messages."""

    where: str
    node: yaml.Node

    def at(self, node: yaml.Node) -> "Entry":
        """A key in the entry, where a fault is in the key."""
        return Entry(where=self.where, node=node)


class Problems:
    """Collects the faults of a file, so that all of them are reported at once."""

    def __init__(self) -> None:
        self.found: list[RegistryFault] = []

    def add(self, entry: Entry, message: str) -> None:
        line = int(entry.node.start_mark.line) + 1
        self.found.append(RegistryFault(line=line, where=entry.where, message=message))


def read(path: Path) -> bytes:
    """The file's content; RegistryError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, 1, f"cannot be read: {error.strerror}.") from error


def parse(path: Path, content: bytes) -> yaml.Node:
    """The one document in this content of a file; ``path`` is for the error.

    Raises:
        RegistryError: too large, not UTF-8, not YAML, or more than plain YAML.
    """
    if len(content) > MAX_FILE_BYTES:
        raise _unusable(path, 1, f"is larger than {MAX_FILE_BYTES} bytes.")
    try:
        text = content.decode("utf-8")
        _refuse_all_but_plain(path, text)
        node = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unusable(path, line, "is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unusable(
            path, mark.line + 1 if mark else 1, f"is not YAML: {error.problem}."
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _unusable(path, 1, f"is not YAML: {type(error).__name__}.") from error
    if node is None:
        raise _unusable(path, 1, "is empty; it needs at least `clients: []`.")
    return node


def members(entry: Entry, known: frozenset[str], problems: Problems) -> dict[str, Entry]:
    """A mapping's members by name. Unknown and repeated names are problems."""
    if not isinstance(entry.node, yaml.MappingNode):
        problems.add(entry, f"must be a mapping with {', '.join(sorted(known))}.")
        return {}
    found: dict[str, Entry] = {}
    for key, value in entry.node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name not in known:
            shown = f"{name!r}" if name is not None else "a key that is not a string"
            problems.add(
                entry.at(key), f"does not know {shown}; accepted: {', '.join(sorted(known))}."
            )
        elif name in found:
            problems.add(entry.at(key), f"has {name} twice.")
        else:
            where = name if entry.where == WHOLE else f"{entry.where}, {name}"
            found[name] = Entry(where=where, node=value)
    return found


def attributes(entry: Entry, problems: Problems) -> Iterator[tuple[yaml.Node, str, Entry]]:
    """A mapping whose names are not fixed: key node, name and value, repeated names refused."""
    if not isinstance(entry.node, yaml.MappingNode) or not entry.node.value:
        problems.add(entry, "must be a mapping such as {CN: …, O: …}.")
        return
    seen: set[str] = set()
    for key, value in entry.node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name in seen:
            problems.add(entry.at(key), f"has {name} twice.")
        seen.add(name)
        yield key, name, Entry(where=f"{entry.where}, {name}", node=value)


def items(entry: Entry, problems: Problems) -> list[Entry]:
    """A list's items, named by their position from 0."""
    if not isinstance(entry.node, yaml.SequenceNode):
        problems.add(entry, "must be a list.")
        return []
    return [
        Entry(where=f"{entry.where}[{position}]", node=node)
        for position, node in enumerate(entry.node.value)
    ]


def text(entry: Entry, problems: Problems) -> str | None:
    """The text of a scalar as written in the file; None after adding a fault."""
    if not isinstance(entry.node, yaml.ScalarNode):
        problems.add(entry, "must be a string.")
        return None
    value: str = entry.node.value
    if entry.node.tag == "tag:yaml.org,2002:null" and not entry.node.style:
        problems.add(entry, "has no value.")
        return None
    if _CONTROL.search(value):
        problems.add(entry, "holds a control character or a line break.")
        return None
    return value


def _refuse_all_but_plain(path: Path, text_: str) -> None:
    """Check the events first: composing a file of very many brackets crashes libyaml."""
    depth = 0
    for event in yaml.parse(text_, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _unusable(path, line, f"nests deeper than {MAX_DEPTH} levels.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _unusable(path, line, "uses an anchor or alias; write the value out.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _unusable(path, line, f"uses the tag {tag!r}; write plain values.")


def _unusable(path: Path, line: int, message: str) -> RegistryError:
    return RegistryError(path, [RegistryFault(line=line, where=WHOLE, message=message)])
