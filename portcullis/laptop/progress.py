"""Steps of a start, passed to a function that shows them; the laptop itself prints nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(kw_only=True)
class ProgressStep:
    """One step; ``detail`` is set while it runs, ``seconds`` when it has ended."""

    name: str
    doing: str
    detail: str = ""
    seconds: float | None = None


class Progress:
    """Calls ``show`` when a step begins and when it has ended well."""

    def __init__(self, show: Callable[[ProgressStep], None]) -> None:
        self._show = show

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[ProgressStep]:
        step = ProgressStep(name=name, doing=doing)
        self._show(step)
        began = time.monotonic()
        yield step
        step.seconds = time.monotonic() - began
        self._show(step)
