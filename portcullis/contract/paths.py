"""Checks the paths of a contract as API Gateway checks them when it makes resources of them.

Source: API Gateway Developer Guide, "Amazon API Gateway important notes"; "a sibling of this
resource already has a variable path part" is the message of an import.
"""

import re

from portcullis.contract.source import ContractSource

_LITERAL = re.compile(r"[A-Za-z0-9._,:~@$-]+")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_RESERVED = frozenset({"/ping", "/sping"})  # API Gateway's health checks on a custom domain


def parameter_names(path: str) -> list[str]:
    """The names between the braces of a path."""
    return [name for name, _ in _VARIABLE.findall(path)]


class PathChecks:
    """Notes the faults of one path after the other."""

    def __init__(self, source: ContractSource) -> None:
        self._source = source
        self._variables: dict[str, tuple[str, str]] = {}  # by parent: the parameter and its path

    def check(self, path: str) -> bool:
        """Whether API Gateway makes resources of the path; notes the first fault."""
        fault = self._fault(path)
        if fault is not None:
            self._source.add(("paths", path), fault)
        return fault is None

    def _fault(self, path: str) -> str | None:
        if not path.startswith("/"):
            return f"a path begins with a slash. Write /{path}"
        if path in _RESERVED:
            return "API Gateway keeps this path for its own health check. Choose another path."
        if path == "/":
            return None
        segments = path[1:].split("/")
        if "" in segments:
            tidy = "/" + "/".join(s for s in segments if s)
            return f"API Gateway has no empty path segments. Write {tidy}"
        for position in range(len(segments)):
            if (fault := self._segment_fault(path, segments, position)) is not None:
                return fault
        return None

    def _segment_fault(self, path: str, segments: list[str], position: int) -> str | None:
        segment = segments[position]
        variable = _VARIABLE.fullmatch(segment)
        if variable is None:
            if _LITERAL.fullmatch(segment):
                return None
            return (
                f"API Gateway refuses the segment {segment!r}. A segment is one {{parameter}} or "
                "made of letters, digits and . _ , : ~ @ $ -"
            )
        name, greedy = variable.groups()
        if greedy and position != len(segments) - 1:
            return f"the greedy parameter {segment} must be the last segment."
        if parameter_names(path).count(name) > 1:
            return f"the parameter {{{name}}} occurs twice. Give one of them another name."
        parent = "/".join(segments[:position])
        other, where = self._variables.setdefault(parent, (segment, path))
        if other == segment:
            return None
        line = self._source.line(("paths", where))
        return (
            f"API Gateway allows one parameter at this place, and line {line} ({where}) has "
            f"{other}. Write {other} here too."
        )
