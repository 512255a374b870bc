"""Edits the registry file in place: every line that a change does not concern stays as it is.

The edited text is parsed before it is written. Unless it holds exactly the wanted registry, the
file is not changed, and the error asks a person to edit it.
"""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from portcullis.files import exclusive, replace
from portcullis.registry.errors import RegistryError
from portcullis.registry.model import MAX_FILE_CLIENTS, Client, ClientRegistry
from portcullis.registry.store import (
    Action,
    Added,
    Change,
    ConflictError,
    Edit,
    EditError,
    Removed,
    Revoked,
    Unrevoked,
    Updated,
)
from portcullis.registry.strict_yaml import parse, read
from portcullis.registry.yaml_format import check, load, revocations
from portcullis.registry.yaml_lines import client_lines, revocation_lines, scalar

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class FilePlan:
    """A checked edit of one file."""

    path: Path
    before: str
    after: str

    @property
    def diff(self) -> str:
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            fromfile=str(self.path),
            tofile=str(self.path),
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self) -> None:
        if self.before == self.after:
            return
        try:
            with exclusive(self.path.parent):
                if self.path.read_bytes() != self.before.encode("utf-8"):
                    raise ConflictError(
                        f"{self.path} was changed in the meantime; nothing was written. "
                        "Run the command again."
                    )
                mode = self.path.stat().st_mode & 0o777
                replace(self.path, self.after.encode("utf-8"), mode=mode)
        except OSError as error:
            raise EditError(f"{self.path} cannot be written: {error.strerror}.") from error


class FileStore:
    """``clients.<stack>.yaml``."""

    def __init__(self, path: Path, *, known_scopes: Collection[str] | None = None) -> None:
        self._path = path
        self._known_scopes = known_scopes

    def read(self) -> ClientRegistry:
        return load(self._path, known_scopes=self._known_scopes)

    def plan(self, edit: Edit) -> FilePlan:
        content = read(self._path)
        document = parse(self._path, content)
        before = content.decode("utf-8")
        change = edit(self._checked(document))
        self._check_count(change)
        mark = _BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else ""
        # The parser counts no column for the mark.
        text = before.removeprefix(mark)
        for number, action in enumerate(change.actions):
            if number:  # the lines have moved
                document = parse(self._path, text.encode("utf-8"))
            text = _edited(text, document, action)
        after = mark + text
        try:
            edited = self._checked(parse(self._path, after.encode("utf-8")))
        except UnicodeEncodeError as error:
            raise EditError("The change holds text that is not UTF-8.") from error
        except RegistryError as error:
            # Without line numbers: they count in the edited text, which was not written.
            faults = "\n".join(f"{p.where}: {p.message}" for p in error.problems)
            raise EditError(
                f"{self._path} cannot be changed like this; nothing was written.\n{faults}"
            ) from error
        if edited != change.after:
            raise EditError(
                f"{self._path} is written in a form that cannot be edited safely. Make the change "
                "by hand."
            )
        return FilePlan(path=self._path, before=before, after=after)

    def _check_count(self, change: Change) -> None:
        count = len(change.after.clients)
        if any(isinstance(one, Added) for one in change.actions) and count > MAX_FILE_CLIENTS:
            raise EditError(
                f"{self._path} would hold {count:,} clients, and a registry file may hold "
                f"{MAX_FILE_CLIENTS:,}. Keep them in DynamoDB: "
                "pulumi config set portcullis:registry dynamodb"
            )

    def _checked(self, document: yaml.Node) -> ClientRegistry:
        return check(self._path, document, known_scopes=self._known_scopes)


def _edited(before: str, document: yaml.Node, action: Action) -> str:
    lines = before.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += _line_end(lines)
    match action:
        case Updated(client, member):
            return _with_member(before, document, client, member)
        case Removed(client):
            return _without(lines, document, "clients", [_item(document, client)])
        case Added(clients):
            block = [line for client in clients for line in client_lines(client)]
            return _appended(lines, document, "clients", block)
        case Revoked(revocation):
            return _appended(lines, document, "revoked", list(revocation_lines(revocation)))
        case Unrevoked(certificate):
            named = [node for node, found in revocations(document) if found == certificate]
            return _without(lines, document, "revoked", named)


def _with_member(before: str, document: yaml.Node, client: Client, member: str) -> str:
    """The text with the client's new value, in the form that the old one has."""
    lines = before.splitlines(keepends=True)
    value = _member(_item(document, client), member)
    start, end = value.start_mark, value.end_mark
    if isinstance(value, yaml.SequenceNode) and not value.flow_style:
        stop = _end_line(value)
        if not any("#" in line for line in lines[start.line : stop]):
            items = [f"{' ' * start.column}- {scalar(s)}{_line_end(lines)}" for s in client.scopes]
            return "".join([*lines[: start.line], *items, *lines[stop:]])
    elif start.line == end.line:
        line = lines[start.line]
        text = client.status if member == "status" else f"[{', '.join(map(scalar, client.scopes))}]"
        lines[start.line] = line[: start.column] + text + line[end.column :]
        return "".join(lines)
    raise EditError(
        f"Line {start.line + 1}: the {member} of {client.id} stands on several lines. Write it "
        "on one, or make the change by hand."
    )


def _appended(lines: list[str], document: yaml.Node, name: str, item: list[str]) -> str:
    """The list with one or more new items, after its last line."""
    end = _line_end(lines)
    block = [f"{line}{end}" for line in item]
    try:
        listed = _member(document, name)
    except KeyError:
        return "".join([*lines, f"{name}:{end}", *block])
    start, stop = listed.start_mark, listed.end_mark
    if not listed.value and start.line == stop.line:  # [] and perhaps a comment
        line = lines[start.line]
        rest = line[stop.column :].rstrip()
        lines[start.line] = line[: start.column].rstrip() + rest + end
        return "".join([*lines[: start.line + 1], *block, *lines[start.line + 1 :]])
    column = _column(listed)
    at = _end_line(listed)
    indented = [" " * column + line[2:] for line in block]
    return "".join([*lines[:at], *indented, *lines[at:]])


def _without(lines: list[str], document: yaml.Node, name: str, unwanted: list[yaml.Node]) -> str:
    listed = _member(document, name)
    _column(listed)
    gone = {line for item in unwanted for line in range(item.start_mark.line, _end_line(item))}
    kept = {number: line for number, line in enumerate(lines) if number not in gone}
    if len(listed.value) == len(unwanted):
        key = next(k for k, v in document.value if v is listed)
        at = key.start_mark.line
        before, colon, rest = lines[at][key.end_mark.column :].partition(":")
        is_plain = colon and not before.strip()  # else the key has a line of its own
        kept[at] = f"{name}: []" + (rest.rstrip() if is_plain else "") + _line_end(lines)
    return "".join(kept.values())


def _item(document: yaml.Node, client: Client) -> yaml.Node:
    items: list[yaml.Node] = _member(document, "clients").value
    for item in items:
        if _member(item, "id").value == client.id:
            return item
    raise KeyError(client.id)


def _member(node: yaml.Node, name: str) -> yaml.Node:
    for key, value in node.value:
        if key.value == name:
            found: yaml.Node = value
            return found
    raise KeyError(name)


def _column(listed: yaml.Node) -> int:
    if getattr(listed, "flow_style", True):
        raise EditError(
            f"Line {listed.start_mark.line + 1}: the list stands on one line. Write each of its "
            "items on lines of its own (- id: …), or make the change by hand."
        )
    column: int = listed.start_mark.column
    return column


def _end_line(node: yaml.Node) -> int:
    """The line after the last text of this node; its own end mark may lie beyond comments."""
    while node.value and not isinstance(node, yaml.ScalarNode):
        if getattr(node, "flow_style", False):
            break
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    line: int = node.end_mark.line
    return line + 1 if node.end_mark.column else line


def _line_end(lines: list[str]) -> str:
    """The line ending of the file."""
    first = lines[0] if lines else ""
    return first[len(first.rstrip("\r\n")) :] or "\n"
