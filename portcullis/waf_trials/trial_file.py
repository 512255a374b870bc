"""Reads trials: requests, and what the web ACL has to do with each.

trials:
- name: an apostrophe in a name
from: 203.0.113.10      # an address of allowedCidrs where left out
method: POST            # GET where left out
path: /orders?page=1    # / where left out
headers: {User-Agent: depot/1}
body: '{"note": "O''Brien"}'
repeat: 1               # how often it is sent; the last answer counts
expect: allow           # allow, or the rule that blocks, as its log names it
"""

from dataclasses import dataclass
from pathlib import Path

from portcullis.acceptance.matrix.yaml_node import YamlNode, read

ALLOW = "allow"
MEMBERS = ("name", "from", "method", "path", "headers", "body", "repeat", "expect")
MAX_REPEAT = 100_000
_HEADERS = (("Host", "api.example.com"), ("User-Agent", "portcullis-waf-test"))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One request. ``rule`` is the rule that must block it; None where it must pass."""

    name: str
    source_ip: str | None
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    repeat: int
    rule: str | None
    place: str  # file and line


def read_trials(path: Path) -> list[Trial]:
    """Raises CaseFileError with file, line and what is accepted."""
    members = read(path).members(["trials"], ["trials"])
    return [_trial(item) for item in members["trials"].items()]


def _trial(item: YamlNode) -> Trial:
    members = item.members(MEMBERS, ["name", "expect"])
    repeat = members["repeat"].number() if "repeat" in members else 1
    if not 1 <= repeat <= MAX_REPEAT:
        raise members["repeat"].error(f"must be from 1 to {MAX_REPEAT:,}")
    target = members["path"].text() if "path" in members else "/"
    if not target.startswith("/"):
        raise members["path"].error("must begin with /")
    expect = members["expect"].text()
    return Trial(
        name=members["name"].text(),
        source_ip=members["from"].text() if "from" in members else None,
        method=members["method"].text() if "method" in members else "GET",
        target=target,
        headers=_headers(members["headers"]) if "headers" in members else _HEADERS,
        body=members["body"].text().encode() if "body" in members else b"",
        repeat=repeat,
        rule=None if expect == ALLOW else expect,
        place=f"{item.file.name}:{item.node.start_mark.line + 1}",
    )


def _headers(node: YamlNode) -> tuple[tuple[str, str], ...]:
    """The given headers; an empty value takes a default one out."""
    given = [(name, value.text()) for name, value in node.pairs()]
    names = {name.lower() for name, _ in given}
    kept = [header for header in _HEADERS if header[0].lower() not in names]
    return (*kept, *((name, value) for name, value in given if value))
