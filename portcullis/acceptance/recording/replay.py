"""Compares the answers of a run with a recording: ``portcullis verify --replay DIR``."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from portcullis.acceptance.recording.normalise import Normaliser
from portcullis.acceptance.recording.snapshots import normaliser, snapshot_of
from portcullis.acceptance.report import CaseVerdict, MatrixReport, Result
from portcullis.acceptance.target.target import Target
from portcullis.recordings.folder import Recordings
from portcullis.recordings.snapshot import Snapshot

SHOWN_DIFFERENCES = 3
SHOWN_CHARACTERS = 80


def compared(report: MatrixReport, target: Target, recordings: Recordings) -> MatrixReport:
    """The report with the recording as the right answer of each case.

    A case that passed when it was recorded must still pass, too.
    """
    normalised = normaliser(target)
    results = [_judged(result, recordings, normalised) for result in report.results]
    return replace(report, results=results)


def _judged(result: Result, recordings: Recordings, normalised: Normaliser) -> Result:
    if result.verdict is CaseVerdict.SKIPPED or result.outcome is None:
        return result
    recorded = recordings.snapshots[result.case.name]
    found = list(differences(recorded, snapshot_of(result.case, result.outcome, normalised)))
    if found:
        reason = "; ".join(found[:SHOWN_DIFFERENCES])
        return replace(result, verdict=CaseVerdict.FAILED, reason=reason)
    if recordings.index.cases[result.case.name].as_expected:
        return result
    return replace(result, verdict=CaseVerdict.PASSED, reason="")


def differences(recorded: Snapshot, seen: Snapshot) -> Iterator[str]:
    """Every difference of end, status, headers and body, in words."""
    if recorded.end != seen.end:
        yield f"end: recorded {recorded.end}, now {seen.end}"
        return
    if recorded.status != seen.status:
        yield f"status: recorded {recorded.status}, now {seen.status}"
    names = dict.fromkeys(name for name, _ in (*recorded.headers, *seen.headers))
    for name in names:
        before, now = _values(recorded, name), _values(seen, name)
        if before != now:
            yield f"header {name}: recorded {_shown(before)}, now {_shown(now)}"
    if recorded.is_text != seen.is_text:
        kinds = {True: "text", False: "JSON"}
        yield f"body: recorded {kinds[recorded.is_text]}, now {kinds[seen.is_text]}"
    else:
        yield from _of_body("body", recorded.body, seen.body)


def _values(snapshot: Snapshot, name: str) -> Any:
    """The value, a list of values, or None for a header that is absent."""
    values = [value for key, value in snapshot.headers if key == name]
    return (values[0] if len(values) == 1 else values) if values else None


def _of_body(place: str, recorded: Any, seen: Any) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(seen, dict):
        for name in dict.fromkeys((*recorded, *seen)):
            if name not in seen:
                yield f"{place}.{name}: recorded {_shown(recorded[name])}, now absent"
            elif name not in recorded:
                yield f"{place}.{name}: recorded absent, now {_shown(seen[name])}"
            else:
                yield from _of_body(f"{place}.{name}", recorded[name], seen[name])
    elif isinstance(recorded, list) and isinstance(seen, list) and len(recorded) == len(seen):
        for number, (before, now) in enumerate(zip(recorded, seen, strict=True)):
            yield from _of_body(f"{place}[{number}]", before, now)
    elif type(recorded) is not type(seen) or recorded != seen:
        yield f"{place}: recorded {_shown(recorded)}, now {_shown(seen)}"


def _shown(value: Any) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
