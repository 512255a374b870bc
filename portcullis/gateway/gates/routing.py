"""Which resource of the API a path means. One reading of the path serves route, policy and backend.

Captured from AWS: slashes that open the path count as one, a slash that ends it is not looked at,
slashes inside it are (``/pets//1`` is not ``/pets/{id}``), and path parameters keep their
percent-encoding. Concluded, and stricter than AWS may be: a segment that decodes to ``.`` or
``..``, or to slashes with one of them between, matches nothing: a backend might resolve it after
the policy was asked about another path.
Source: API Gateway Developer Guide, "Set up a proxy integration with a proxy resource".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

from portcullis.gateway.resources.openapi import ANY, METHODS
from portcullis.gateway.resources.unsupported import UnsupportedError

Target = TypeVar("Target")

_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])|[\x00-\x20\x7f-\uffff]")
_SEPARATOR = re.compile(r"[/\\]")


class BadPathError(Exception):
    """A path that no two readers need agree on."""


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """A resource, and the method of it that was asked for if it has that."""

    resource_path: str
    target: Target | None
    parameters: Mapping[str, str]


@dataclass(slots=True)
class _Node(Generic[Target]):
    static: dict[str, "_Node[Target]"] = field(default_factory=dict)
    parameter: "tuple[str, _Node[Target]] | None" = None
    greedy: "tuple[str, _Node[Target]] | None" = None
    path: str = ""
    methods: dict[str, Target] = field(default_factory=dict)


class Router(Generic[Target]):
    """Static segments before parameters before ``{proxy+}``, with a way back where one ends."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._root: _Node[Target] = _Node()

    def add(self, path: str, method: str, target: Target) -> None:
        """Raises UnsupportedError for two parameter names at one place, as API Gateway does."""
        node = self._root
        segments = [s for s in path.split("/") if s]
        for position, segment in enumerate(segments):
            if segment.startswith("{") and segment.endswith("+}"):
                if position != len(segments) - 1:
                    raise UnsupportedError(self._place, f"{path}: {segment} has to end the path")
                node.greedy = self._child(path, node.greedy, segment[1:-2])
                node = node.greedy[1]
            elif segment.startswith("{"):
                node.parameter = self._child(path, node.parameter, segment[1:-1])
                node = node.parameter[1]
            else:
                node = node.static.setdefault(segment, _Node())
        node.path = "/" + "/".join(segments)
        if method in node.methods:
            raise UnsupportedError(self._place, f"{method} {node.path} is there twice")
        node.methods[method] = target

    def match(self, path: str, method: str) -> Match[Target] | None:
        """None where no resource has this path; a Match without target where not this method.

        ``path`` is what :func:`canonical` made of the request's.
        """
        segments = path[1:].removesuffix("/").split("/") if path not in {"/", ""} else []
        if any(climbs(segment) for segment in segments):
            return None
        found = self._walk(self._root, segments, 0, ())
        if found is None:
            return None
        node, parameters = found
        target = node.methods.get(method)
        if target is None and method in METHODS:
            target = node.methods.get(ANY)
        return Match(node.path, target, dict(parameters))

    def _walk(
        self,
        node: _Node[Target],
        segments: list[str],
        at: int,
        parameters: tuple[tuple[str, str], ...],
    ) -> tuple[_Node[Target], tuple[tuple[str, str], ...]] | None:
        if at == len(segments):
            return (node, parameters) if node.methods else None
        segment = segments[at]
        child = node.static.get(segment)
        if child is not None:
            found = self._walk(child, segments, at + 1, parameters)
            if found is not None:
                return found
        if node.parameter is not None and segment:
            name, child = node.parameter
            found = self._walk(child, segments, at + 1, (*parameters, (name, segment)))
            if found is not None:
                return found
        if node.greedy is not None:
            name, child = node.greedy
            return child, (*parameters, (name, "/".join(segments[at:])))
        return None

    def _child(
        self, path: str, known: "tuple[str, _Node[Target]] | None", name: str
    ) -> "tuple[str, _Node[Target]]":
        if known is None:
            return name, _Node()
        if known[0] != name:
            raise UnsupportedError(
                self._place, f"{path}: API Gateway wants {{{known[0]}}} there, as its sibling has"
            )
        return known


def climbs(segment: str) -> bool:
    """Whether a reader who decodes the segment finds ``.`` or ``..`` in it."""
    if "." not in segment and "%" not in segment:
        return False
    return not {".", ".."}.isdisjoint(_SEPARATOR.split(unquote(segment)))


def canonical(path: str) -> str:
    """The path that is routed, asked about and logged: leading slashes are one, nothing decoded.

    Raises:
        BadPathError: a broken percent-encoding, or a control character, encoded or not.
    """
    if _ENCODING.search(path) or _CONTROL.search(path):
        raise BadPathError
    return "/" + path.lstrip("/")
