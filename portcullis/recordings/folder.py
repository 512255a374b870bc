"""A folder of recordings: one snapshot per case, and an index with date, region and target."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portcullis.recordings.errors import RecordingError
from portcullis.recordings.json_file import member, read_object
from portcullis.recordings.snapshot import ANSWER, Snapshot

INDEX: Final = "index.json"
AWS: Final = "aws"


@dataclass(frozen=True, kw_only=True)
class RecordedCase:
    """When a case was recorded, and whether it ended as the matrix expects."""

    date: str  # YYYY-MM-DD
    as_expected: bool


@dataclass(frozen=True, kw_only=True)
class Index:
    """What was recorded, and where. The target's address is not in it."""

    target: str  # "aws" or "laptop"
    region: str
    cases: Mapping[str, RecordedCase]

    def to_text(self) -> str:
        """The content of ``index.json``."""
        cases = {
            name: {"date": case.date, "as_expected": case.as_expected}
            for name, case in sorted(self.cases.items())
        }
        described = {"target": self.target, "region": self.region, "cases": cases}
        return json.dumps(described, indent=2) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "Index":
        """The index of a folder. Raises RecordingError if there is none, or a fault in it."""
        file = folder / INDEX
        described = read_object(file)
        cases = member(described, "cases", dict, file)
        return cls(
            target=member(described, "target", str, file),
            region=member(described, "region", str, file),
            cases={name: _recorded(case, file) for name, case in cases.items()},
        )


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """A whole folder."""

    index: Index
    snapshots: Mapping[str, Snapshot]

    @classmethod
    def read(cls, folder: Path) -> "Recordings":
        """Index and snapshots. Raises RecordingError if one of them is missing or faulty."""
        index = Index.read(folder)
        snapshots = {name: Snapshot.read(snapshot_file(folder, name)) for name in index.cases}
        return cls(index=index, snapshots=snapshots)

    def evidence(self, case: str, *, status: int, error_type: str, body: Any) -> str | None:
        """``recorded, DATE, REGION`` if AWS gave this answer to this case; None if not."""
        recorded = self.index.cases.get(case)
        if recorded is None or not recorded.as_expected or self.index.target != AWS:
            return None
        snapshot = self.snapshots[case]
        seen = (snapshot.end, snapshot.status, snapshot.header("x-amzn-errortype"), snapshot.body)
        if seen != (ANSWER, status, error_type, body) or snapshot.is_text:
            return None
        return f"recorded, {recorded.date}, {self.index.region}"


def snapshot_file(folder: Path, case: str) -> Path:
    return folder / f"{case}.json"


def _recorded(described: Any, file: Path) -> RecordedCase:
    if not isinstance(described, dict):
        raise RecordingError(file, "needs an object for each case")
    date = member(described, "date", str, file)
    try:
        datetime.date.fromisoformat(date)
    except ValueError:
        raise RecordingError(file, f"has {date!r} in place of a date such as 2026-11-28") from None
    return RecordedCase(date=date, as_expected=member(described, "as_expected", bool, file))
