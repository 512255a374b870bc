"""Reads trials: requests, and what the web ACL has to do with each.

trials:
- name: an apostrophe in a name
from: 203.0.113.10      # an address of allowedCidrs where left out
method: POST            # GET where left out
path: /orders?page=1    # / where left out
headers: {User-Agent: depot/1}
body: '{"note": "O''Brien"}'
repeat: 1               # how often it is sent, or over-rate-limit; the last answer counts
expect: allow           # allow, or the rule that blocks, as its log names it
counts: [GROUP/RULE]    # rules that must match and only count
"""

from dataclasses import dataclass
from pathlib import Path

from portcullis.acceptance.matrix.yaml_node import YamlNode, read
from portcullis.gateway.waf.ip_set import parse_address

ALLOW = "allow"
MEMBERS = ("name", "from", "method", "path", "headers", "body", "repeat", "expect", "counts")
OVER_RATE_LIMIT = "over-rate-limit"
MAX_REPEAT = 100_000
_HEADERS = (("Host", "api.example.com"), ("User-Agent", "portcullis-waf-test"))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One request. ``rule`` is the rule that must block it; None where it must pass.

    ``repeat`` is None for once more than the stack's rate limit.
    """

    name: str
    source_ip: str | None
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    repeat: int | None
    rule: str | None
    counts: tuple[str, ...] = ()  # the rules that must count
    place: str  # file and line


def read_trials(path: Path) -> list[Trial]:
    """Raises CaseFileError with file, line and what is accepted."""
    members = read(path).members(["trials"], ["trials"])
    trials = [_trial(item) for item in members["trials"].items()]
    if not trials:
        raise members["trials"].error("must have at least one trial")
    return trials


def _trial(item: YamlNode) -> Trial:
    members = item.members(MEMBERS, ["name", "expect"])
    target = members["path"].text() if "path" in members else "/"
    if not target.startswith("/"):
        raise members["path"].error("must begin with /")
    expect = members["expect"].text()
    return Trial(
        name=members["name"].text(),
        source_ip=_address(members["from"]) if "from" in members else None,
        method=members["method"].text() if "method" in members else "GET",
        target=target,
        headers=_headers(members["headers"]) if "headers" in members else _HEADERS,
        body=members["body"].text().encode() if "body" in members else b"",
        repeat=_repeat(members["repeat"]) if "repeat" in members else 1,
        rule=None if expect == ALLOW else expect,
        counts=tuple(n.text() for n in members["counts"].items()) if "counts" in members else (),
        place=f"{item.file.name}:{item.node.start_mark.line + 1}",
    )


def _address(node: YamlNode) -> str:
    text = node.text()
    if parse_address(text) is None:
        raise node.error(f"{text!r} must be an IP address")
    return text


def _repeat(node: YamlNode) -> int | None:
    if node.node.value == OVER_RATE_LIMIT:
        return None
    times = node.number()
    if not 1 <= times <= MAX_REPEAT:
        raise node.error(f"must be from 1 to {MAX_REPEAT:,}, or {OVER_RATE_LIMIT}")
    return times


def _headers(node: YamlNode) -> tuple[tuple[str, str], ...]:
    """The given headers; an empty value takes a default one out."""
    given = [(name, value.text()) for name, value in node.pairs()]
    names = {name.lower() for name, _ in given}
    kept = [header for header in _HEADERS if header[0].lower() not in names]
    return (*kept, *((name, value) for name, value in given if value))
