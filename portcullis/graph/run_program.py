"""The child process of :mod:`portcullis.graph.in_process`.

Reads one job per line as JSON from standard input and writes one graph per line as JSON to the
original standard output. Output of the program goes to standard error. Imported modules stay
imported for later jobs.
"""

import gc
import json
import os
import runpy
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.encoding import graph_to_json
from portcullis.graph.recorder import record
from portcullis.standin import StandIn
from portcullis.standin.moto_keys import MotoKeys
from portcullis.standin.signing_keys import LocalKeys


def _run_job(job: Mapping[str, Any]) -> dict[str, Any]:
    endpoint = job["kms_endpoint"]
    stand_in = StandIn(
        region=job["region"],
        account=job["account"],
        keys=MotoKeys(endpoint) if endpoint else LocalKeys(),
    )
    graph = record(
        lambda: runpy.run_path(job["program"], run_name="__main__"),
        project=job["project"],
        stack=job["stack"],
        config=job["config"],
        preview=job["preview"],
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
    )
    return {"graph": graph_to_json(graph)}


def _program_error(job: Mapping[str, Any]) -> str:
    """The current exception with the program's own frames, as the engine shows it."""
    _, error, frames = sys.exc_info()
    project = Path(job["directory"])
    own = [
        frame
        for frame in traceback.extract_tb(frames)
        if Path(frame.filename).is_relative_to(project) and "site-packages" not in frame.filename
    ]
    lines = [*traceback.format_list(own), *traceback.format_exception_only(error)]
    return f"The program of stack {job['stack']!r} failed:\n{''.join(lines)}"


def main() -> None:
    """Run jobs until standard input ends."""
    # Results use a copy of standard output, so that prints of the program do not disturb them.
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    search_path = list(sys.path[1:])
    # The classes of pulumi_aws are never freed; scanning them costs 0.3 s of an import.
    gc.disable()
    for line in sys.stdin:
        job = json.loads(line)
        os.chdir(job["directory"])
        sys.path[:] = [str(Path(job["program"]).parent), *search_path]
        try:
            answer = _run_job(job)
        except PortcullisError as error:
            answer = {"error": str(error), "exit_code": int(error.exit_code)}
        except Exception:  # noqa: BLE001 - any error of the program is the result
            answer = {"error": _program_error(job), "exit_code": int(ExitCode.FAILED)}
        results.write(json.dumps(answer) + "\n")
        results.flush()


if __name__ == "__main__":
    main()
