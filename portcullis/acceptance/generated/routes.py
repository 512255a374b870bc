"""Which operation of a contract a path and method lead to, and ones that lead to none."""

import re
from collections.abc import Iterable, Sequence

from portcullis.contract.operations import ContractOperation

_METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET")
_UNKNOWN = ("/admin", "/admin/console", "/admin/console/users", "/a/b/c/d/e/f/g/h")
_SEGMENT = re.compile(r"\{[^}/]+\}")
_GREEDY = re.compile(r"\{[^}/]+\+\}")


class Routes:
    """The routes of a contract, its key set included."""

    def __init__(self, operations: Iterable[ContractOperation]) -> None:
        self._routes = [(_pattern(one.path), one) for one in operations]

    def at(self, path: str) -> list[ContractOperation]:
        """Every operation whose path matches; a more general path counts too."""
        return [operation for pattern, operation in self._routes if pattern.fullmatch(path)]

    def find(self, method: str, path: str) -> ContractOperation | None:
        """The operation of a request, by the path with the fewest parameters."""
        found = [operation for operation in self.at(path) if operation.method == method]
        return min(found, key=_generality, default=None)

    def unknown_path(self) -> str | None:
        """A path that no route matches; None if a greedy path takes every one."""
        return next((path for path in _UNKNOWN if not self.at(path)), None)

    def unknown_method(self, path: str, methods: Sequence[str] = _METHODS) -> str | None:
        """A method that no operation at this path has."""
        used = {operation.method for operation in self.at(path)}
        return next((method for method in methods if method not in used), None)


def _generality(operation: ContractOperation) -> tuple[bool, int]:
    return bool(_GREEDY.search(operation.path)), len(_SEGMENT.findall(operation.path))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}/]+\})", path)
    return re.compile(
        "".join(
            (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part)
            for part in parts
        )
    )
