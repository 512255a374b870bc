"""The child process of :mod:`portcullis.graph.in_process`.

Reads one job per line as JSON from standard input and writes one graph per line as JSON to the
original standard output. Output of the program goes to standard error.

An empty line ends a plan. The jobs of one plan share a forked process, whose modules stay imported.
The next plan imports the project's modules again, so an edited file counts. The packages in
PRELOADED are then already imported: they take a second, and no edit of a project changes them. So
are the modules of our package, while none of their files changes.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import select
import sys
import traceback
from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.encoding import graph_to_json
from portcullis.graph.kept_modules import KeptModules, own_modules
from portcullis.graph.recorder import record
from portcullis.package import NAME
from portcullis.standin import StandIn
from portcullis.standin.moto_keys import MotoKeys
from portcullis.standin.signing_keys import LocalKeys

# Packages without threads of their own: a fork keeps only the thread that forks.
PRELOADED = {"attr", "boto3", "botocore", "cryptography", "google", "grpc", "jsonschema"}
PRELOADED |= {"jsonschema_specifications", "pulumi", "pulumi_aws", "referencing", "rpds", "yaml"}

IDLE_SECONDS = 1.0

# Ours: the second one decides about certificates in the function and here.
OWN = (NAME, f"{NAME.rpartition('.')[0]}.authorizer".removeprefix("."))


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
        read=stand_in.read,
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
    """Run plans until standard input ends; end like the process of a plan that failed."""
    # Results use a copy of standard output, so that prints of the program do not disturb them.
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Unbuffered: a line that was not read yet belongs to another process.
    jobs = io.FileIO(0, closefd=False)
    imports_file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    # The classes of pulumi_aws are never freed; scanning them costs 0.3 s of an import.
    gc.disable()
    remembered = ""
    if imports_file is not None and imports_file.is_file():
        remembered = imports_file.read_text(encoding="utf-8")
        _preload(remembered.splitlines())
    own = KeptModules()
    while first := jobs.readline():
        own.drop_changed()
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            os.close(reading)
            _run_plan(first, jobs, results)
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump({"names": list(sys.modules), "own": own_modules(*OWN)}, pipe)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            report = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if status:
            sys.exit(status if status > 0 else 128 - status)  # as a shell shows a signal
        names, files = itemgetter("names", "own")(json.loads(report))
        imported = "\n".join(filter(_is_preloaded, names))
        if imports_file is not None and imported != remembered:
            _write(imports_file, imported)
            remembered = imported
        _preload(names)
        # What follows a plan, such as the start of a laptop, is waited for; the next plan is not.
        if not select.select([jobs], [], [], IDLE_SECONDS)[0]:
            own.load(files)


def _run_plan(line: bytes, jobs: io.FileIO, results: IO[str]) -> None:
    search_path = list(sys.path[1:])
    while line.strip():
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
        line = jobs.readline()


def _write(imports_file: Path, imported: str) -> None:
    """Replace the file as a whole: another run of the project may read it now."""
    if imports_file.parent.is_dir():
        draft = imports_file.with_suffix(f".{os.getpid()}")
        draft.write_text(imported, encoding="utf-8")
        draft.replace(imports_file)


def _is_preloaded(name: str) -> bool:
    return name.partition(".")[0] in PRELOADED


def _preload(names: Iterable[str]) -> None:
    """Import what the last plan imported of PRELOADED."""
    for name in filter(_is_preloaded, names):
        package = sys.modules.get(name.rpartition(".")[0])
        if package is not None:
            # pulumi_aws imports its packages when they are first used. A module of one that is
            # imported before its package would be missing in it.
            hasattr(package, "an attribute of no module")
        if name not in sys.modules:
            with contextlib.suppress(ImportError):  # a module that a package made by itself
                importlib.import_module(name)


if __name__ == "__main__":
    main()
