"""A recording that cannot be read."""

from pathlib import Path

from portcullis.errors import MisuseError


class RecordingError(MisuseError):
    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(
            f"{file} {problem}. Recordings are written by: portcullis verify --target URL "
            "--record DIR. Remove the file and record again."
        )
