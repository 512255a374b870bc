"""What is wrong with a registry file: all of it at once, each with its line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import MisuseError


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault. ``where`` names the entry as a reader would: ``client pet-shop, scopes[1]``."""

    line: int
    where: str
    message: str


class RegistryError(MisuseError):
    """The file cannot be used; nothing was deployed."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        lines = [f"{path}:{p.line}: {p.where}: {p.message}" for p in self.problems]
        super().__init__("\n".join(lines))
