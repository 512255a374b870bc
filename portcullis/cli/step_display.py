"""Shows the steps of a start in the terminal; with --json, on standard error."""

from collections.abc import Callable

from rich.console import Console

from portcullis.laptop.progress import ProgressStep


class StepDisplay:
    """What `up` and `serve` print; ``is_ready`` is set once everything listens."""

    def __init__(self, *, as_json: bool, is_quiet: bool = False) -> None:
        self.as_json = as_json
        self.is_quiet = is_quiet
        self.is_ready = False
        self._console = Console(stderr=as_json, highlight=False)
        self._status = self._console.status("")

    def step(self, step: ProgressStep) -> None:
        if step.seconds is None:
            self._status.update(f"{step.doing} …")
            self._status.start()
            return
        self._status.stop()
        self.say(
            f"  [green]✓[/green] {step.name:<13} {step.detail} [dim]{step.seconds:.1f} s[/dim]"
        )

    @property
    def call(self) -> Callable[[str], None] | None:
        """Shows one line per call once everything listens; None with --json and --quiet."""
        return None if self.as_json or self.is_quiet else self._show_call

    def _show_call(self, line: str) -> None:
        if self.is_ready:
            self._console.print(line, markup=False, soft_wrap=True)

    def stopped(self) -> None:
        self._status.stop()
        self.say("Stopped; every process it started has ended.")

    def say(self, text: str) -> None:
        # Not wrapped by us: paths and curl lines are there to be copied.
        self._console.print(text, soft_wrap=True)
