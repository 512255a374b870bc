"""Checks the paths of a contract as API Gateway checks them when it makes resources of them.

Source: API Gateway Developer Guide, "Amazon API Gateway important notes"; "a sibling of this
resource already has a variable path part" is the message of an import.
"""

import re
from itertools import chain, count

from portcullis.contract.source import ContractSource

_LITERAL = re.compile(r"[A-Za-z0-9._,:$-]+")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_RESERVED = frozenset({"/ping", "/sping"})  # API Gateway's health checks on a custom domain


def parameter_names(path: str) -> list[str]:
    """The names between the braces of a path."""
    return [name for name, _ in _VARIABLE.findall(path)]


class PathChecks:
    """Notes the faults of one path after the other, and says how API Gateway names each."""

    def __init__(self, source: ContractSource) -> None:
        self._source = source
        self._variables: dict[str, tuple[str, str]] = {}  # by parent: the parameter and its path
        self._written: dict[str, str] = {}  # by the path in API Gateway

    def check(self, path: str) -> str | None:
        """The path in API Gateway; None after noting the path's first fault.

        API Gateway allows one parameter name at each place: that of the first path counts.
        """
        made: list[str] = []
        fault = self._fault(path, made)
        uploaded = "/" + "/".join(made)
        if fault is None and (other := self._written.setdefault(uploaded, path)) != path:
            fault = f"is the same path as {self._place(other)}. Write its methods there."
        if fault is None:
            return uploaded
        self._source.add(("paths", path), fault)
        return None

    def _fault(self, path: str, made: list[str]) -> str | None:
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
            if (fault := self._segment_fault(path, segments, position, made)) is not None:
                return fault
        return None

    def _segment_fault(
        self, path: str, segments: list[str], position: int, made: list[str]
    ) -> str | None:
        segment = segments[position]
        variable = _VARIABLE.fullmatch(segment)
        if variable is None:
            made.append(segment)
            if segment in {".", ".."}:
                return f"clients resolve the segment {segment}. Write the path without it."
            if _LITERAL.fullmatch(segment):
                return None
            return (
                f"API Gateway refuses the segment {segment!r}. A segment is one {{parameter}} or "
                "made of letters, digits and . _ , : $ -"
            )
        name, greedy = variable.groups()
        if greedy and position != len(segments) - 1:
            return f"the greedy parameter {segment} must be the last segment."
        if parameter_names(path).count(name) > 1:
            return f"the parameter {{{name}}} occurs twice. Give one of them another name."
        return self._name(path, segment, made)

    def _name(self, path: str, segment: str, made: list[str]) -> str | None:
        """Add the parameter's name in API Gateway to ``made``; the fault where there is none.

        It gets a number if an earlier part of the path, named as in another path, has its name.
        """
        bare, greedy = segment.strip("{}+"), "+" * segment.endswith("+}")
        taken = {one.strip("{}+") for one in made if one.startswith("{")}
        names = chain([bare], (f"{bare}{number}" for number in count(2)))
        free = next(name for name in names if name not in taken)
        first, where = self._variables.setdefault("/".join(made), (f"{{{free}{greedy}}}", path))
        if segment.endswith("+}") != first.endswith("+}"):
            return (
                f"API Gateway allows one parameter at this place, and {self._place(where)} has "
                f"{first}. Write {first} here too."
            )
        made.append(first)
        return None

    def _place(self, path: str) -> str:
        return f"line {self._source.line(('paths', path))} ({path})"
