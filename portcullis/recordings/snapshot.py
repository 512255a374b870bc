"""One recorded end of a case: status, headers and body, with everything that varies replaced."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portcullis.recordings.errors import RecordingError
from portcullis.recordings.json_file import member, read_object

ANSWER: Final = "answer"
_MEMBERS = frozenset({"case", "gate", "end", "status", "headers", "json", "text"})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """``end`` is "answer", or how else the call ended; the other fields are then empty."""

    case: str
    gate: str
    end: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case, in the order of the names
    body: Any = None  # JSON, or a list of lines if is_text
    is_text: bool = False

    def header(self, name: str) -> str | None:
        """The value of a header that occurs once; None if it is missing or occurs more often."""
        values = [value for key, value in self.headers if key == name]
        return values[0] if len(values) == 1 else None

    def to_text(self) -> str:
        """The content of the snapshot's file."""
        described: dict[str, Any] = {"case": self.case, "gate": self.gate, "end": self.end}
        if self.end == ANSWER:
            described["status"] = self.status
            described["headers"] = [f"{name}: {value}" for name, value in self.headers]
            described["text" if self.is_text else "json"] = self.body
        return json.dumps(described, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, file: Path) -> "Snapshot":
        """A snapshot from its file. Raises RecordingError."""
        described = read_object(file)
        unknown = sorted(set(described) - _MEMBERS)
        if unknown:
            raise RecordingError(file, f"has the unknown member {unknown[0]!r}")
        case, gate, end = (member(described, name, str, file) for name in ("case", "gate", "end"))
        if case != file.stem:
            raise RecordingError(file, f"is of the case {case!r}")
        if end != ANSWER:
            return cls(case=case, gate=gate, end=end)
        if ("json" in described) == ("text" in described):
            raise RecordingError(file, "needs the member 'json' or 'text', not both")
        return cls(
            case=case,
            gate=gate,
            end=end,
            status=member(described, "status", int, file),
            headers=tuple(_header(line, file) for line in member(described, "headers", list, file)),
            body=described["text"] if "text" in described else described["json"],
            is_text="text" in described,
        )


def _header(line: Any, file: Path) -> tuple[str, str]:
    if not isinstance(line, str) or ": " not in line:
        raise RecordingError(file, "has a header that is not 'name: value'")
    name, _, value = line.partition(": ")
    return name, value
