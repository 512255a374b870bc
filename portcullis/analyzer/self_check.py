"""Makes a Pulumi program refuse itself when a policy pack would, whether a pack is attached or not.

The program calls :func:`require_gates` before its first resource. At its end, the pack judges
everything that the program registered: `pulumi preview` and `pulumi up` fail on a mandatory
violation, and under `up` the preview that comes first stops it.
"""

import atexit
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pulumi

from portcullis.analyzer.applied import RULE, is_applied_gate, message
from portcullis.analyzer.configuration_file import read_policy_config
from portcullis.analyzer.harness import RunningPack, running_pack
from portcullis.analyzer.pack_folder import pack_of
from portcullis.analyzer.verdict import Verdict, Violation
from portcullis.errors import PortcullisError
from portcullis.graph.own_registrations import POLICY_CONFIG_VARIABLE, watch
from portcullis.graph.resource import Graph, Resource, SourcePosition


class GatesMissingError(PortcullisError):
    """The pack has a mandatory violation of the program's own registrations."""

    def __init__(self, verdict: Verdict, *, stack: str, is_preview: bool) -> None:
        self.verdict = verdict
        count = len(verdict.mandatory)
        done = "" if is_preview else " The update has created or changed resources."
        lines = "\n".join(_line(violation) for violation in verdict.mandatory)
        super().__init__(
            f"The policy pack {verdict.pack} refuses stack {stack} "
            f"({count} mandatory violation{'s' if count > 1 else ''}).{done}\n{lines}\n"
            f"For the whole report, run: portcullis policies check --stack {stack}"
        )


class RegisteredInApplyError(PortcullisError):
    """The resource was not registered."""

    def __init__(self, resource: Resource) -> None:
        where = _where(resource.source)
        super().__init__(
            f"{RULE.name}: {message(resource)}{where}\n"
            f"Fix: {RULE.remediation}. The resource was not registered."
        )


def require_gates(*, pack: Path | None = None, policy_config: Path | None = None) -> None:
    """Judge this program's registrations at its end. A second call and mocks change nothing.

    Args:
        pack: a folder with PulumiPolicy.yaml; if left out, the project's ``policies/``, else the
            pack of this installation.
        policy_config: levels and settings of rules, as for ``--policy-pack-config``. The file that
            the environment variable PORTCULLIS_POLICY_CONFIG names comes first.

    Raises:
        RegisteredInApplyError: while the program runs, for a part of the gates inside ``apply``.
        MisuseError: a resource was registered already, or the pack or its configuration cannot be
            used.
    """
    file = os.environ.get(POLICY_CONFIG_VARIABLE) or policy_config
    config = read_policy_config(Path(file)) if file else {}
    starting = _StartingPack(pack or pack_of(Path.cwd()))
    if watch(lambda graph: _judge(graph, starting, config), before_each=_refuse_applied):
        starting.start()


def _judge(graph: Graph, starting: "_StartingPack", config: Mapping[str, Any]) -> None:
    is_preview = pulumi.runtime.is_dry_run()
    with starting as pack:
        verdict = pack.judge(graph, preview=is_preview, config=config)
    if verdict.mandatory:
        raise GatesMissingError(verdict, stack=graph.stack, is_preview=is_preview)


def _refuse_applied(resource: Resource) -> None:
    """An update would create it before the stack is judged."""
    if is_applied_gate(resource):
        raise RegisteredInApplyError(resource)


class _StartingPack:
    """A pack that starts while the program runs; it is stopped after the judgement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self._started: Future[RunningPack] | None = None

    def start(self) -> None:
        atexit.register(self._running.close)  # for a program that fails before its end
        threads = ThreadPoolExecutor(1, thread_name_prefix="policy-pack")
        self._started = threads.submit(self._running.enter_context, running_pack(self._folder))

    def __enter__(self) -> RunningPack:
        assert self._started is not None  # noqa: S101 - a watched program has started it
        return self._started.result()

    def __exit__(self, *_: object) -> None:
        self._running.close()


def _line(violation: Violation) -> str:
    where = _where(violation.source)
    fix = f"\n    Fix: {violation.remediation}" if violation.remediation else ""
    return f"  {violation.rule}: {violation.message}{where}{fix}"


def _where(source: SourcePosition | None) -> str:
    return f" ({source.path}:{source.line})" if source else ""
