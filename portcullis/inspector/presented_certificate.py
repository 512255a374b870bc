"""The client certificate of a call, for people: names, serial number, thumbprint, days left."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from portcullis.pki import decoding, facts, pem


def presented_certificate(presented: str | None) -> dict[str, Any] | None:
    """None where no certificate was presented; empty if it cannot be decoded."""
    return None if presented is None else _described(presented, datetime.now(UTC).toordinal())


def thumbprint_of(presented: str) -> str | None:
    """``x5t#S256`` of the first certificate; None if it cannot be decoded."""
    return _described(presented, 0).get("thumbprint")


def thumbprint_of_file(path: Path) -> str | None:
    """The same of a file; None if there is no such file."""
    try:
        return _of_file(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=256)
def _of_file(path: Path, changed_at: int) -> str | None:
    del changed_at  # a renewed certificate replaces the file
    return thumbprint_of(path.read_text(encoding="ascii", errors="replace"))


@lru_cache(maxsize=256)
def _described(presented: str, day: int) -> dict[str, Any]:
    del day  # the days left change with it
    try:
        first = next(pem.blocks(presented.encode()))
        return facts.of(decoding.decode(first.binary())).as_json()
    except (StopIteration, ValueError):
        return {}
