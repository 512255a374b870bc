"""Writes the answers of a run to a folder: ``portcullis verify --record DIR``."""

import datetime
from pathlib import Path

from portcullis.acceptance.recording.snapshots import normaliser, snapshot_of
from portcullis.acceptance.report import CaseVerdict, MatrixReport
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.outcome import Unreachable
from portcullis.errors import MisuseError
from portcullis.pki import atomic
from portcullis.recordings.folder import INDEX, Index, RecordedCase, snapshot_file


class OtherRecordingError(MisuseError):
    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(f"--record {folder} {problem}. Choose a new or empty folder.")


def prepare(folder: Path, target: Target, region: str) -> Index:
    """Make the folder, and return the index that a run continues. Nothing is sent before.

    Raises:
        OtherRecordingError: it cannot be made, holds other files, or another target or region.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise OtherRecordingError(folder, f"is not a usable folder: {error.strerror}") from None
    if is_empty:
        return Index(target=target.kind, region=region, cases={})
    if not (folder / INDEX).exists():
        raise OtherRecordingError(folder, f"holds other files and no {INDEX}")
    index = Index.read(folder)
    if (index.target, index.region) != (target.kind, region):
        raise OtherRecordingError(
            folder,
            f"holds a recording of {index.target} in {index.region}, not of {target.kind} "
            f"in {region}",
        )
    return index


def record(
    report: MatrixReport, target: Target, folder: Path, index: Index, today: datetime.date
) -> int:
    """Write a snapshot of each case that was tried, then the index. Returns their number.

    An answer is recorded whether or not it is the expected one. A case without an end, because it
    was skipped or could not be carried out, keeps its former snapshot.
    """
    normalised = normaliser(target)
    cases = dict(index.cases)
    written = 0
    for result in report.results:
        if result.outcome is None or isinstance(result.outcome, Unreachable):
            continue
        snapshot = snapshot_of(result.case, result.outcome, normalised)
        file = snapshot_file(folder, result.case.name)
        atomic.write_public(file, snapshot.to_text().encode())
        cases[result.case.name] = RecordedCase(
            date=today.isoformat(), as_expected=result.verdict is CaseVerdict.PASSED
        )
        written += 1
    new = Index(target=index.target, region=index.region, cases=cases)
    atomic.write_public(folder / INDEX, new.to_text().encode())
    return written
