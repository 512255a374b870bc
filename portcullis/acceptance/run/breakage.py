"""Breaks parts of the stack for a case and repairs them, whatever the case's end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.matrix.control_command import MENDED_BY, ControlCommand
from portcullis.acceptance.run.control import Control

AWAIT_CALL: Final = "await-call"


class Breakage:
    """Remembers which parts are broken. ``control`` is the target's control socket.

    Cases that overlap break different parts.
    """

    def __init__(self, control: Path | None) -> None:
        self._control = Control(control) if control else None
        self._broken: set[ControlCommand] = set()

    @contextmanager
    def during(
        self,
        breaks: Sequence[ControlCommand],
        mends: Sequence[ControlCommand],
        keep: Sequence[ControlCommand] = (),
    ) -> Iterator[None]:
        """Break for the block, then repair, except what is in ``keep``: the next case breaks it."""
        try:
            for command in breaks:
                if command not in self._broken:
                    self.do(command)
                    self._broken.update({command} & set(MENDED_BY.values()))
            yield
        finally:
            for command in mends:
                if MENDED_BY[command] not in keep:
                    self.do(command)
                    self._broken.discard(MENDED_BY[command])

    def wait_for_call(self) -> None:
        """Wait until the authorizer has a call. Raises ControlError if it gets none."""
        self._laptop().ask(AWAIT_CALL)

    def do(self, command: ControlCommand) -> None:
        """Carry out one command. Raises ControlError if that fails."""
        self._laptop().ask(command)

    def _laptop(self) -> Control:
        if self._control is None:
            raise TokenError("The target has no control socket.")
        return self._control
