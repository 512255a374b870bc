"""Finds the API resource of a path; route, policy and backend use the same reading of the path.

Captured from AWS: leading slashes count as one, a trailing slash is ignored, slashes inside the
path are not (``/a//1`` is not ``/a/{id}``), and path parameters keep their percent-encoding.
Inferred, and perhaps stricter than AWS: a segment that decodes to ``.`` or ``..``, or to a path
with one of them, matches no resource. A backend might resolve it to a path that the policy did not
allow.
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
    """The path has no unambiguous meaning: broken percent-encoding or a control character."""


@dataclass(slots=True)
class Match(Generic[Target]):
    """A resource that has the path; ``target`` is None if the resource lacks the method."""

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
    """Prefers static segments to parameters and those to ``{proxy+}``, and backtracks."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._root: _Node[Target] = _Node()

    def add(self, path: str, method: str, target: Target) -> None:
        """Raises UnsupportedError for routes that API Gateway refuses."""
        node = self._root
        segments = [s for s in path.split("/") if s]
        for position, segment in enumerate(segments):
            if segment.startswith("{") and segment.endswith("+}"):
                if position != len(segments) - 1:
                    raise UnsupportedError(
                        self._place, f"{path}: {segment} must be the last segment"
                    )
                node.greedy = self._child(path, node.greedy, segment[1:-2])
                node = node.greedy[1]
            elif segment.startswith("{"):
                node.parameter = self._child(path, node.parameter, segment[1:-1])
                node = node.parameter[1]
            else:
                node = node.static.setdefault(segment, _Node())
        node.path = "/" + "/".join(segments)
        if method in node.methods:
            raise UnsupportedError(self._place, f"{method} {node.path} is defined twice")
        node.methods[method] = target

    def match(self, path: str, method: str) -> Match[Target] | None:
        """None if no resource has this path.

        ``path`` must be the result of :func:`canonical`.
        """
        segments = path[1:].removesuffix("/").split("/") if path not in {"/", ""} else []
        if ("." in path or "%" in path) and any(climbs(segment) for segment in segments):
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
                self._place,
                f"{path}: API Gateway requires the name {{{known[0]}}}, as in its sibling",
            )
        return known


def climbs(segment: str) -> bool:
    """Whether the decoded segment is or contains ``.`` or ``..`` as a path segment."""
    if "." not in segment and "%" not in segment:
        return False
    return not {".", ".."}.isdisjoint(_SEPARATOR.split(unquote(segment)))


def canonical(path: str) -> str:
    """The path for route, policy and log: leading slashes become one, nothing is decoded.

    Raises:
        BadPathError: a broken percent-encoding, or a control character, encoded or not.
    """
    if _ENCODING.search(path) or _CONTROL.search(path):
        raise BadPathError
    return "/" + path.lstrip("/")
