"""Reads the members of a JSON object in a recording, each with its type."""

import json
from pathlib import Path
from typing import Any, TypeVar

from portcullis.recordings.errors import RecordingError

T = TypeVar("T")


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises RecordingError for anything else."""
    try:
        value = json.loads(file.read_bytes())
    except OSError as error:
        raise RecordingError(file, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise RecordingError(file, "is not JSON") from None
    if not isinstance(value, dict):
        raise RecordingError(file, "is not a JSON object")
    return value


def member(described: dict[str, Any], name: str, kind: type[T], file: Path) -> T:
    """A required member. Raises RecordingError if it is missing or has another type."""
    value = described.get(name)
    if type(value) is not kind:
        raise RecordingError(file, f"needs the member {name!r} of type {kind.__name__}")
    return value
