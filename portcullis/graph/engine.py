"""The graph from the real engine: `pulumi up` with the stand-in as its provider, then an export.

The policy pack is attached, so `pulumi up` stops after its preview where a rule is broken.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.errors import PortcullisError
from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.graph.own_registrations import POLICY_CONFIG_VARIABLE
from portcullis.graph.resource import Graph
from portcullis.graph.state import read_export
from portcullis.settings.project import StackConfig
from portcullis.standin.provider import PROGRAM_VARIABLE, RECORDING_VARIABLE

RUN_LIMIT_SECONDS = 900  # the first run downloads the authorizer's wheels
STOP_SECONDS = 10.0
WITHOUT_ENGINE = "Without the engine: portcullis up --engine in-process"
NO_REASON = "program exited with non-zero exit code"
_NOTHING: Mapping[str, str] = {}
_LINES_SHOWN = 40
_FRAME_INDENT = " " * 6  # diagnostics of a program have four
_RESOURCES = re.compile(
    r" +(?:\+-|[+~-]|\d+ changes\.)? *(\d+ (?:created|updated|deleted|replaced|unchanged))"
)
_UPDATING = re.compile(r"^Updating \(", re.MULTILINE)
_UNKNOWN_STACK = re.compile(r'unknown stack "([^"]+)"')  # of a StackReference
_OTHER_ORGANIZATION = "organization name must be 'organization'"
_ADVISORY = re.compile(r"^ +- \[advisory\]", re.MULTILINE)
_MANDATORY = re.compile(r"^ +- \[mandatory\]", re.MULTILINE)


class EngineError(PortcullisError):
    """`pulumi` failed; the message ends with its own lines."""


class EngineRefusedError(EngineError):
    """The policy pack has a mandatory violation, found in the preview or in the update."""


@dataclass(frozen=True, kw_only=True)
class EngineRun:
    """What `pulumi up` did: the graph with known values, and the engine's count of changes."""

    graph: Graph
    changes: str  # "62 created", "1 updated, 61 unchanged"
    advisories: int = 0  # violations that do not stop an update
    note: str = ""  # why it started from an empty state, where it did


class Engine:
    """One `pulumi` CLI and the workspace it works in.

    Args:
        cli: the executable.
        workspace: plugin, state and passphrase.
        log_file: gets everything that the CLI prints.
    """

    def __init__(self, cli: Path, workspace: EngineWorkspace, log_file: Path) -> None:
        self._cli = cli
        self._workspace = workspace
        self._log_file = log_file
        self._process: subprocess.Popen[str] | None = None

    def up(
        self,
        config: StackConfig,
        *,
        policy_pack: Path | None,
        policy_config: Path | None = None,
        kms_endpoint: str | None = None,
    ) -> EngineRun:
        """Preview, judge and update the stack; its state is made or reused.

        Args:
            config: the stack's settings.
            policy_pack: a folder with PulumiPolicy.yaml.
            policy_config: enforcement levels and settings of its rules, as JSON.
            kms_endpoint: where signing keys are created; without it nothing can sign.

        Raises:
            EngineRefusedError: a mandatory violation; found in the preview, nothing was created.
            EngineError: the program failed, or the CLI could not run it.
            PortcullisError: another CLI works on the state.
        """
        note = self._prepare(config)
        arguments = ["up", "--yes", "--suppress-outputs"]
        if self._workspace.has_state(config):
            arguments.append("--refresh")  # keys of an emulator that has ended are created again
        else:
            self._run(config, "stack", "init", kms_endpoint=kms_endpoint)
        if policy_pack is not None:
            arguments += ["--policy-pack", str(policy_pack)]
            if policy_config is not None:
                arguments += ["--policy-pack-config", str(policy_config)]
        # The program judges itself too, and by the same levels.
        own = {POLICY_CONFIG_VARIABLE: str(policy_config.resolve())} if policy_config else {}
        output = self._run(config, *arguments, kms_endpoint=kms_endpoint, extra=own)
        return EngineRun(
            graph=self.export(config),
            changes=_changes(output),
            # The last list of the policies is the update's; the preview printed one too.
            advisories=len(_ADVISORY.findall(output[output.rfind("\nPolicies:") :])),
            note=note,
        )

    def preview(
        self, config: StackConfig, *, policy_pack: Path, plugins: Path
    ) -> list[dict[str, Any]]:
        """Preview a stack that has no state, and return the steps that the engine plans.

        Args:
            config: the stack's settings.
            policy_pack: a folder with PulumiPolicy.yaml.
            plugins: a folder with the stand-in, searched before PATH.

        Raises:
            EngineError: the program failed, or the CLI could not run it.
        """
        self._prepare(config)
        self._run(config, "stack", "init")
        pack = ("--policy-pack", str(policy_pack))
        # A Python program without a virtual environment runs in ours, as without the engine.
        path = (str(plugins), str(Path(sys.executable).parent), os.environ.get("PATH", ""))
        records = {
            "PATH": os.pathsep.join(path),
            RECORDING_VARIABLE: "true",
            PROGRAM_VARIABLE: str(config.directory),
        }
        referred: set[str] = set()
        while True:
            status, output = self._execute(config, "preview", "--json", *pack, extra=records)
            digest = _digest(output)
            if not status:
                steps: list[dict[str, Any]] = digest.get("steps") or []
                return steps
            errors = _errors(digest) or output
            missing = set(_UNKNOWN_STACK.findall(errors)) - referred
            if not missing:
                raise EngineError(
                    f"`pulumi preview` failed for stack {config.stack}, so nothing was judged:\n"
                    + "\n".join([*_own_lines(errors), *_other_organization(errors)])
                )
            for name in missing:
                self._workspace.add_unknown_stack(config, name)
            referred |= missing

    def export(self, config: StackConfig) -> Graph:
        """The graph of the stack's state."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "export.json"
            self._run(config, "stack", "export", "--file", str(file))
            return read_export(file)

    def interrupt(self) -> None:
        """Ask a running CLI to stop; a second call ends it."""
        process = self._process
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)

    def _prepare(self, config: StackConfig) -> str:
        workspace, note = self._workspace, ""
        if workspace.has_state(config) and (reason := workspace.unusable(config)):
            workspace.forget(config)
            note = f"The state of stack {config.stack} was not used: {reason}. It starts empty."
        workspace.make()
        workspace.write_settings(config)
        return note

    def _run(
        self,
        config: StackConfig,
        *arguments: str,
        kms_endpoint: str | None = None,
        extra: Mapping[str, str] = _NOTHING,
    ) -> str:
        status, output = self._execute(config, *arguments, kms_endpoint=kms_endpoint, extra=extra)
        if status:
            raise self._failure(config, arguments, output)
        return output

    def _execute(
        self,
        config: StackConfig,
        *arguments: str,
        kms_endpoint: str | None = None,
        extra: Mapping[str, str] = _NOTHING,
    ) -> tuple[int, str]:
        """The exit code of a command, and all of its output, which goes to the log file too."""
        environment = self._workspace.environment(config, kms_endpoint=kms_endpoint)
        command = [
            *(str(self._cli), *arguments, "--stack", config.stack),
            *("--non-interactive", "--color", "never"),
        ]
        with subprocess.Popen(  # noqa: S603 - the CLI of PATH, with our own arguments
            command,
            cwd=self._workspace.project,
            env={**environment, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches it through interrupt() only
        ) as process:
            self._process = process
            try:
                output, _ = process.communicate(timeout=RUN_LIMIT_SECONDS)
            except BaseException:
                self._end(process)
                raise
            finally:
                self._process = None
        with self._log_file.open("a", encoding="utf-8") as log:
            log.write(f"$ pulumi {' '.join(arguments)}\n{output}\n")
        return process.returncode, output

    @staticmethod
    def _end(process: "subprocess.Popen[str]") -> None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _failure(self, config: StackConfig, arguments: Sequence[str], output: str) -> EngineError:
        lines = "\n".join(_own_lines(output))
        where = f"All of its output: {self._log_file}"
        if _MANDATORY.search(output):
            # Rules that look at the whole stack judge an update once its resources have changed.
            when = (
                "in the update; the state of the stand-in has changed, and nothing listens"
                if _UPDATING.search(output)
                else "in its preview, and nothing was created"
            )
            return EngineRefusedError(
                f"The policy pack refuses stack {config.stack}; `pulumi up` stopped {when}. "
                f"{where}\n{lines}"
            )
        # A program that fails does so in process too.
        hint = "" if "Program failed" in output else f". {WITHOUT_ENGINE}"
        return EngineError(
            f"`pulumi {' '.join(arguments[:2] if arguments[0] == 'stack' else arguments[:1])}` "
            f"failed for stack {config.stack}. {where}{hint}\n{lines}"
        )


def _own_lines(output: str) -> list[str]:
    """The engine's verdicts and diagnostics, without progress and without Python's frames."""
    lines = output.splitlines()
    starts = [n for n, line in enumerate(lines) if line in {"Policies:", "Diagnostics:"}]
    kept: list[str] = []
    is_in_frames = False
    for line in lines[starts[0] :] if starts else lines:
        if line in {"Resources:", "Outputs:"}:
            break
        if "Traceback (most recent call last)" in line:
            is_in_frames = True
        elif not line.startswith(_FRAME_INDENT):  # the exception itself, or another block
            is_in_frames = False
        if line.strip() and not is_in_frames:
            kept.append(line)
    return kept[-_LINES_SHOWN:]


def _other_organization(errors: str) -> list[str]:
    """What to do about a StackReference to a stack of Pulumi Cloud."""
    if _OTHER_ORGANIZATION not in errors:
        return []
    return [
        "A StackReference names an organization of Pulumi Cloud, and a preview without it has only "
        "the one called 'organization'. In Python, leave out --engine. In another language, take "
        "the name from pulumi.getOrganization() or from a setting, which --config can override, or "
        'preview with your own backend: pulumi preview --policy-pack "$(portcullis policies path)"'
    ]


def _digest(output: str) -> dict[str, Any]:
    """The JSON document of ``pulumi preview --json``; lines about plugins may stand around it."""
    try:
        document, _ = json.JSONDecoder().raw_decode(output[output.find("{\n") :])
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _errors(digest: dict[str, Any]) -> str:
    """What went wrong; with the program's own output, if the engine knows only its exit code."""
    diagnostics = digest.get("diagnostics") or []
    errors = [str(d.get("message", "")) for d in diagnostics if d.get("severity") == "error"]
    if any(NO_REASON in error for error in errors):
        errors = [str(d.get("message", "")) for d in diagnostics]
    return "\n".join(errors)


def _changes(output: str) -> str:
    """The engine's summary of an update: the last block of ``Resources:``."""
    lines = output.splitlines()
    starts = [number for number, line in enumerate(lines) if line == "Resources:"]
    block = lines[starts[-1] :] if starts else []
    return ", ".join(m[1] for line in block if (m := _RESOURCES.match(line))) or "no changes"


def installed_version(cli: Path) -> str:
    """What `pulumi version` prints.

    Raises:
        EngineError: it cannot be run.
    """
    try:
        answer = subprocess.run(  # noqa: S603 - the CLI of PATH
            [str(cli), "version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env=_without_update_check(os.environ),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(
            f"{cli} cannot be run: {error}. Install it again "
            "(https://www.pulumi.com/docs/install/), or add: --engine in-process"
        ) from error
    return answer.stdout.strip()


def _without_update_check(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "PULUMI_SKIP_UPDATE_CHECK": "1"}
