"""What a reload of a running laptop did, or why it was refused, in one line."""

import re
import shlex
from dataclasses import dataclass

from portcullis.analyzer.process import PackStartError
from portcullis.errors import PortcullisError
from portcullis.graph.in_process import ProgramError
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.plan import RefusedByAwsModelsError, RefusedByPolicyError

_FRAME = re.compile(r'^ *File "(.+)", line (\d+)', re.MULTILINE)  # of a traceback


@dataclass(frozen=True, kw_only=True)
class Reloaded:
    """``has_changed`` is False where the new plan is the one that is served."""

    resources: int
    has_changed: bool
    seconds: float

    def describe(self) -> str:
        if not self.has_changed:
            return f"Reloaded in {self.seconds:.1f} s: nothing of the plan has changed."
        return f"Reloaded in {self.seconds:.1f} s: {self.resources} resources are served."


class RefusedReloadError(PortcullisError):
    """The new plan is not served; the previous one is."""

    def __init__(self, error: PortcullisError | OSError, options: LaptopOptions) -> None:
        super().__init__(
            f"Not reloaded, the previous plan is still served: {_reason(error).rstrip('.')}."
            f"{_report(error, options)}"
        )


def _reason(error: PortcullisError | OSError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, RefusedByPolicyError | RefusedByAwsModelsError):
        more = f" (and {error.count - 1} more)" if error.count > 1 else ""
        return f"{lines[1]}{more}"
    if isinstance(error, PackStartError):  # the exception is the last line of its output
        return " ".join(dict.fromkeys((lines[0], lines[-1])))
    if not lines[0].endswith("failed:"):
        return lines[0]
    frames = _FRAME.findall(str(error))
    place = "{}:{}: ".format(*frames[-1]) if frames else ""
    return f"{place}{lines[-1]}"


def _report(error: PortcullisError | OSError, options: LaptopOptions) -> str:
    """The command that shows all of it."""
    if not isinstance(error, RefusedByPolicyError | RefusedByAwsModelsError | ProgramError):
        return ""
    overrides = [f"--config={name}={value}" for name, value in options.config.items()]
    command = ["portcullis", "policies", "check", "--stack", options.stack, *overrides]
    return f" Report: {shlex.join(command)}"
