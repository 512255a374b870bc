"""Reads cases, requests and answers from the nodes of a case file. The schema of these files.

In a request, ``uses`` names the request that it starts from: ``read`` where absent, ``write``, or
an operation such as ``GET /orders``. Its headers are added to that request's. In target and body,
``{read}`` stands for the path of ``read``, and ``{unknown}`` for a path that the contract lacks. In
headers and body, ``{a*9000}`` stands for 9,000 times the letter a; in a header, ``{length}`` stands
for the length of the body.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import (
    BackendToken,
    CaseRequest,
    Destination,
    Framing,
    Source,
    Thumbprint,
)
from portcullis.acceptance.matrix.yaml_node import YamlNode
from portcullis.acceptance.wire.connection import TlsVersion

READ = "read"
UNKNOWN = "unknown"  # the request of a path that the contract lacks
_READ_PATH = "{read}"
_UNKNOWN_PATH = "{unknown}"
_LENGTH = "{length}"
_REPEATED = re.compile(r"\{(.)\*([0-9]+)\}")
_TLS = {"1.2": TlsVersion.V1_2, "1.3": TlsVersion.V1_3}
# Keys of a mapping: the field that each sets, and how its value is read.
_Fields = dict[str, tuple[str, Callable[[YamlNode], Any]]]


def read_case(
    node: YamlNode, requests: Mapping[str, CaseRequest], answers: Mapping[str, Expect]
) -> Case:
    """One case. Requests and answers are those it may refer to by name."""
    required = ("name", "attack", "caller", "expect")
    accepted = dict.fromkeys((*required, "action", "request", *_CASE))
    members = node.members(accepted, required=required)
    action, request = members.pop("action", None), members.get("request")
    return Case(
        request=read_request(request, requests) if request else requests[READ],
        expect=_expect(members.pop("expect"), answers),
        uses=_uses(members.pop("request", None)),
        **_fields(members, _CASE),
        **(_action(action) if action else {}),
    )


def changed_case(
    node: YamlNode,
    case: Case,
    requests: Mapping[str, CaseRequest],
    answers: Mapping[str, Expect],
) -> Case:
    """A case with another request or right answer.

    Raises:
        CaseFileError: nothing is changed, or the case does more than send one request.
    """
    members = node.members(("name", "reason", "request", "expect"), required=("name", "reason"))
    changed = case
    if "request" in members:
        if case.action is not CaseAction.REQUEST:
            raise members["request"].error(f"{case.name} is more than one request; drop it instead")
        changed = replace(changed, request=read_request(members["request"], requests))
    if "expect" in members:
        changed = replace(changed, expect=_expect(members["expect"], answers))
    if changed is case:
        raise node.error("must change request or expect")
    return replace(changed, left_out="")


def read_name(node: YamlNode) -> str:
    """The name in an entry that changes or drops a case."""
    for key, value in node.pairs():
        if key == "name":
            return value.text()
    raise node.error("'name' is missing")


def read_given(node: YamlNode) -> CaseRequest:
    """A request that a project names itself."""
    given = node.members(("method", "target", "headers", "body"), required=("target",))
    return CaseRequest(**_fields(given, _REQUEST))


def _uses(request: YamlNode | None) -> str:
    """The named request that a case starts from."""
    used = dict(request.pairs()).get("uses") if request else None
    return used.text() if used else READ


def read_answer(node: YamlNode) -> Expect:
    """One right answer."""
    return Expect(**_fields(node.members(_ANSWER, required=("gate",)), _ANSWER))


def _expect(node: YamlNode, answers: Mapping[str, Expect]) -> Expect:
    """The name of an answer, or one that is written out."""
    expect: Expect = node.one_of(answers) if node.is_text else read_answer(node)
    return expect


def _fields(members: Mapping[str, YamlNode], table: _Fields) -> dict[str, Any]:
    return {table[key][0]: table[key][1](node) for key, node in members.items()}


def read_request(node: YamlNode, requests: Mapping[str, CaseRequest]) -> CaseRequest:
    """One request, starting from a named one."""
    members = node.members((*_REQUEST, "uses"))
    used = members.pop("uses", None)
    base = used.one_of(requests) if used else requests[READ]
    changes = _fields(members, _REQUEST)
    if "target" in changes:
        changes["target"] = _with_paths(changes["target"], requests)
    if "body" in changes:
        changes["body"] = _with_paths(changes["body"].decode("latin-1"), requests).encode("latin-1")
    if "headers" in changes:
        length = str(len(changes.get("body", base.body)))
        added = tuple((name, value.replace(_LENGTH, length)) for name, value in changes["headers"])
        changes["headers"] = base.headers + added
    return replace(base, **changes)


def _with_paths(text: str, requests: Mapping[str, CaseRequest]) -> str:
    return text.replace(_READ_PATH, requests[READ].path).replace(
        _UNKNOWN_PATH, requests[UNKNOWN].path
    )


def _action(node: YamlNode) -> dict[str, Any]:
    """The fields of the case: of a name, or of a mapping of one name to its options."""
    given: Mapping[str, YamlNode] = {}
    if node.is_text:
        action = node.one_of(_ACTIONS)
    else:
        named = node.members(_ACTIONS)
        if len(named) != 1:
            raise node.error("must name one action")
        ((name, inner),) = named.items()
        action = _ACTIONS[name]
        given = inner.members(_OPTIONS.get(action, {}))
    options = _OPTIONS.get(action, {})
    missing = [option for option in options if option not in given]
    if missing:
        raise node.error(f"the action needs {', '.join(missing)}")
    return {"action": action, **{option: options[option](node) for option, node in given.items()}}


def _each(parse: Callable[[YamlNode], Any]) -> Callable[[YamlNode], tuple[Any, ...]]:
    return lambda node: tuple(map(parse, node.items()))


def _enum(kind: type[Enum]) -> Callable[[YamlNode], Any]:
    return lambda node: node.member_of(kind)


def _expanded(text: str) -> str:
    return _REPEATED.sub(lambda match: match[1] * int(match[2]), text)


def _headers(node: YamlNode) -> tuple[tuple[str, str], ...]:
    headers = []
    for item in node.items():
        pair = item.items()
        if len(pair) != 2:  # noqa: PLR2004 - name and value
            raise item.error("must be a list of a header's name and value")
        headers.append((pair[0].text(), _expanded(pair[1].text())))
    return tuple(headers)


def _user_agent(node: YamlNode) -> str | None:
    return None if node.json() is None else node.text()


_CASE: _Fields = {
    "name": ("name", YamlNode.text),
    "attack": ("attack", YamlNode.text),
    "caller": ("caller", _enum(CaseCaller)),
    "arrives": ("arrives", YamlNode.flag),
    "forged": ("forged", _each(YamlNode.text)),
    "breaks": ("breaks", _each(_enum(ControlCommand))),
    "mends": ("mends", _each(_enum(ControlCommand))),
    "because": ("because", YamlNode.text),
    "ruleGroup": ("rule_group", YamlNode.text),
}
_ANSWER: _Fields = {
    "gate": ("gate", _enum(Gate)),
    "statuses": ("statuses", _each(YamlNode.number)),
    "body": ("body", YamlNode.json),
    "contains": ("contains", YamlNode.text),
    "error": ("error", YamlNode.text),
    "mayRefuse": ("may_refuse", YamlNode.flag),
    "words": ("words", YamlNode.text),
    "orGate": ("or_gate", _enum(Gate)),
    "anyStatusBut": ("any_status_but", _each(YamlNode.number)),
}
_REQUEST: _Fields = {
    "method": ("method", YamlNode.text),
    "target": ("target", YamlNode.text),
    "headers": ("headers", _headers),
    "body": ("body", lambda node: _expanded(node.text()).encode("latin-1")),
    "fillerBytes": ("filler_bytes", YamlNode.number),
    "framing": ("framing", _enum(Framing)),
    "host": ("host", YamlNode.text),
    "userAgent": ("user_agent", _user_agent),
    "destination": ("destination", _enum(Destination)),
    "source": ("source", _enum(Source)),
    "tls": ("version", lambda node: node.one_of(_TLS)),
    "token": ("token", _enum(BackendToken)),
    "thumbprint": ("thumbprint", _enum(Thumbprint)),
    "keepsOpen": ("keeps_open", YamlNode.flag),
}
_ACTIONS = {
    action.name.lower().replace("_", "-"): action
    for action in CaseAction
    if action is not CaseAction.REQUEST  # the action of a case that names none
}
# The options of an action, all required, with the way in which each is read.
_OPTIONS: dict[CaseAction, dict[str, Callable[[YamlNode], Any]]] = {
    CaseAction.REPEATED: {"times": YamlNode.number},
    CaseAction.BAD_BACKEND: {"behaviour": _enum(Behaviour)},
}
