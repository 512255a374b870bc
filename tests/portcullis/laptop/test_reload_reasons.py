"""Why a reload was refused, in one line, with the place of the fault."""

from pathlib import Path

import pytest

from portcullis.analyzer.process import PackStartError
from portcullis.graph.in_process import ProgramError
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.reload import RefusedReloadError

SYNTAX = """\
The program of stack 'local' failed:
  File "/p/__main__.py", line 3, in <module>
    from components import waf_shield
  File "/p/components/waf_shield.py", line 7
    x = (
        ^
SyntaxError: '(' was never closed
"""
REPORT = ". Report: portcullis policies check --stack local"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            ProgramError(SYNTAX),
            f"/p/components/waf_shield.py:7: SyntaxError: '(' was never closed{REPORT}",
        ),
        (
            ProgramError("The program of stack 'local' failed:\nProjectError: no domain"),
            f"ProjectError: no domain{REPORT}",
        ),
        (
            PackStartError("The policy pack /p ended.\nTraceback …\nNameError: x"),
            "The policy pack /p ended. NameError: x.",
        ),
        (PackStartError("The policy pack /p ended."), "The policy pack /p ended."),
        (
            OSError(2, "No such file", "/p/clients.yaml"),
            "[Errno 2] No such file: '/p/clients.yaml'.",
        ),
    ],
)
def test_the_reason_is_one_line_with_its_place(error, reason):
    refused = RefusedReloadError(error, LaptopOptions(project=Path("/p"), stack="local"))
    assert str(refused) == f"Not reloaded, the previous plan is still served: {reason}"
