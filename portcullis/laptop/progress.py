"""Steps and calls, passed to functions that show them; the laptop itself prints nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portcullis.laptop.gate_log import CallObserver


@dataclass(kw_only=True)
class ProgressStep:
    """One step; ``detail`` is set while it runs, ``seconds`` at its end."""

    name: str
    doing: str
    detail: str = ""
    seconds: float | None = None


class Progress:
    """Calls ``show`` at the start of a step and when it has succeeded.

    ``call`` shows a line for each call; with None, no line is made. ``observer``
    gets each call as a value.
    """

    def __init__(
        self,
        show: Callable[[ProgressStep], None],
        call: Callable[[str], None] | None = None,
        observer: CallObserver | None = None,
    ) -> None:
        self._show = show
        self.call = call
        self.observer = observer
        self.is_muted = False  # for steps that are shown as one line

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[ProgressStep]:
        step = ProgressStep(name=name, doing=doing)
        if not self.is_muted:
            self._show(step)
        began = time.monotonic()
        yield step
        step.seconds = time.monotonic() - began
        if not self.is_muted:
            self._show(step)
