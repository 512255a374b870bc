"""The error of a contract: every fault with its line, route and the text to write instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import MisuseError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
MAX_SHOWN = 200  # faults of one contract
Keys = tuple[str | int, ...]  # the way from the document's root to a value


@dataclass(frozen=True, kw_only=True)
class ContractFault:
    """One fault. ``where`` names the route, such as ``GET /orders, parameters[0]``."""

    line: int
    where: str
    message: str


class ContractError(MisuseError):
    """API Gateway would refuse the contract, or it leaves open who may call an operation."""

    def __init__(self, file: Path, faults: Sequence[ContractFault]) -> None:
        self.faults = tuple(sorted(dict.fromkeys(faults), key=lambda fault: fault.line))
        shown = _shown(file)
        lines, fixes = [], set()
        for fault in self.faults[:MAX_SHOWN]:
            # The fix of many equal faults is shown once.
            message = fault.message
            if message in fixes:
                message = message.partition(". ")[0].rstrip(".") + "."
            fixes.add(fault.message)
            lines.append(f"{shown}:{fault.line}: {_printable(f'{fault.where}: {message}')}")
        if len(self.faults) > MAX_SHOWN:
            last = self.faults[MAX_SHOWN]
            lines.append(f"{shown}:{last.line}: and {len(self.faults) - MAX_SHOWN} more faults.")
        super().__init__("\n".join(lines))


def where(keys: Keys) -> str:
    """The place of a value in messages, a route by its method and path."""
    if not keys:
        return "the file"
    route, rest = "", keys
    if keys[0] == "paths" and len(keys) > 1:
        route, rest = str(keys[1]) or "''", keys[2:]
        if rest and rest[0] in METHODS:
            route, rest = f"{str(rest[0]).upper()} {route}", rest[1:]
    tail = ""
    for key in rest:
        tail += f"[{key}]" if isinstance(key, int) else f"{'.' if tail else ''}{key}"
    return ", ".join(part for part in (route, tail) if part)


def _printable(text: str) -> str:
    """One line: a name of the contract may hold control characters of a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _shown(file: Path) -> Path:
    """The path from the working directory, which Pulumi and the commands share."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
