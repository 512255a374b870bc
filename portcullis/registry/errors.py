"""The error of a registry file: every fault, each with its line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import MisuseError


@dataclass(frozen=True, kw_only=True)
class RegistryFault:
    """One fault. ``where`` names the entry, such as ``client shop, scopes[1]``."""

    line: int
    where: str
    message: str


class RegistryError(MisuseError):
    """The registry file cannot be used; nothing was deployed."""

    def __init__(self, path: Path, problems: Sequence[RegistryFault]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        lines = [f"{path}:{p.line}: {p.where}: {p.message}" for p in self.problems]
        super().__init__("\n".join(lines))
