"""Starts a policy pack, sends it a graph as the engine does, and collects the diagnostics."""

import re
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from portcullis.analyzer.configuration import configure_request, level_of
from portcullis.analyzer.process import pack_process, pack_version
from portcullis.analyzer.verdict import Level, PackRule, Trusted, Verdict, Violation, Waived
from portcullis.analyzer.wire import analyze_requests, analyze_stack_request, stack_urn
from portcullis.errors import PortcullisError
from portcullis.graph.resource import Graph

RPC_LIMIT_SECONDS = 600
PARALLEL_CALLS = 2  # one request is encoded while the pack judges another
CHANNEL_OPTIONS = [  # a whole stack is one message
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]
# pulumi_policy/policy.py: the advisory note if a rule read an unknown value.
DID_NOT_RUN = "can't run policy '"
# Our pack reports waivers as an advisory rule; policies/waivers.py writes these lines.
WAIVERS_RULE = "portcullis-waivers-in-force"
WAIVED = re.compile(
    r"(?P<rule>[a-z0-9-]+) is waived until (?P<expires>\d{4}-\d{2}-\d{2}) "
    r"by (?P<owner>[^:]+): (?P<reason>.*)"
)
# The same for entries of its configuration; policies/configuration.py writes these lines.
TRUSTED_RULE = "portcullis-configuration-in-use"
TRUSTED = re.compile(r"(?P<kind>\w+) '(?P<name>[^']*)' by (?P<owner>[^:]+): (?P<reason>.*)")
_SEVERITIES = {
    analyzer_pb2.POLICY_SEVERITY_LOW: "low",
    analyzer_pb2.POLICY_SEVERITY_MEDIUM: "medium",
    analyzer_pb2.POLICY_SEVERITY_HIGH: "high",
    analyzer_pb2.POLICY_SEVERITY_CRITICAL: "critical",
}


class AnalyzerError(PortcullisError):
    """The pack failed, so there is no verdict and nothing may be deployed."""


def judge(
    graph: Graph, *, pack: Path, preview: bool, config: Mapping[str, Any] | None = None
) -> Verdict:
    """Start the pack, judge one graph, stop the pack. See :meth:`RunningPack.judge`."""
    with running_pack(pack) as running:
        return running.judge(graph, preview=preview, config=config)


@contextmanager
def running_pack(pack: Path) -> Iterator["RunningPack"]:
    """Run a pack that can judge several graphs; it is stopped at the end of the block.

    Raises:
        PackError: the folder is not a Python policy pack.
        PackStartError: its process did not start.
    """
    with pack_process(pack) as port, connected_pack(pack, port) as running:
        yield running


@contextmanager
def connected_pack(pack: Path, port: int) -> Iterator["RunningPack"]:
    """Connect to a pack that was started before; see :func:`running_pack`."""
    address = f"127.0.0.1:{port}"
    with grpc.insecure_channel(address, options=CHANNEL_OPTIONS) as channel:
        yield RunningPack(pack, analyzer_pb2_grpc.AnalyzerStub(channel))


class RunningPack:
    """A started pack. ``rules`` have the levels that the pack declares, without configuration."""

    def __init__(self, folder: Path, stub: Any) -> None:
        self.folder = folder
        self._stub = stub
        self._handshake()
        info = self._call("GetAnalyzerInfo", empty_pb2.Empty())
        self.name: str = info.name
        self.version = pack_version(folder)
        self.rules = tuple(sorted(map(_rule, info.policies), key=lambda rule: rule.name))

    def judge(
        self,
        graph: Graph,
        *,
        preview: bool,
        config: Mapping[str, Any] | None = None,
        known_good: Collection[str] = (),
    ) -> Verdict:
        """The verdict of every rule on the graph.

        Args:
            graph: what the program registered; unknowns as the engine's sentinel.
            preview: whether the pack is told that this is a preview; values come from the graph.
            config: levels and settings in the form of ``--policy-pack-config``.
            known_good: URNs of resources without violations of resource rules in an earlier run
                with the same values; they are judged as part of the stack only. This saves time
                for many graphs that differ in one resource.

        Raises:
            PolicyConfigError: the configuration does not match the pack.
            AnalyzerError: the pack failed; a partial verdict is not returned.
        """
        request = configure_request(self.rules, config or {})
        self._call("Configure", request)
        self._call(
            "ConfigureStack",
            analyzer_pb2.AnalyzerStackConfigureRequest(
                stack=graph.stack, project=graph.project, dry_run=preview
            ),
        )
        levels = {n: level_of(c.enforcementLevel) for n, c in request.policyConfig.items()}
        diagnostics = _Diagnostics(
            graph, {r.name: replace(r, level=levels[r.name]) for r in self.rules}
        )
        asked = (one for one in analyze_requests(graph) if one.urn not in known_good)
        with ThreadPoolExecutor(PARALLEL_CALLS) as workers:
            for urn, answer in workers.map(self._analyzed, asked):
                diagnostics.add(answer, urn)
        diagnostics.add(self._call("AnalyzeStack", analyze_stack_request(graph)), stack_urn(graph))
        return replace(diagnostics.verdict(self.name), version=self.version)

    def _analyzed(self, asked: Any) -> tuple[str, Any]:
        return asked.urn, self._call("Analyze", asked)

    def _handshake(self) -> None:
        try:
            self._stub.Handshake(
                analyzer_pb2.AnalyzerHandshakeRequest(
                    engine_address="",
                    root_directory=str(self.folder.resolve()),
                    program_directory=str(self.folder.resolve()),
                ),
                timeout=RPC_LIMIT_SECONDS,
            )
        except grpc.RpcError as error:
            # The Python policy SDK does not implement it; the engine accepts that, too.
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise self._failed("Handshake", error) from error

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=RPC_LIMIT_SECONDS)
        except grpc.RpcError as error:
            raise self._failed(method, error, getattr(request, "urn", "")) from error

    def _failed(self, method: str, error: grpc.RpcError, urn: str = "") -> AnalyzerError:
        where = f" on {urn}" if urn else ""
        return AnalyzerError(
            f"The policy pack {self.folder} failed in {method}{where}, so there is no verdict: "
            f"{error.details()}"
        )


class _Diagnostics:
    """Collects the diagnostics of one run."""

    def __init__(self, graph: Graph, rules: Mapping[str, PackRule]) -> None:
        self._rules = rules
        self._sources = {resource.urn: resource.source for resource in graph}
        self._violations: set[Violation] = set()
        self._waived: set[Waived] = set()
        self._trusted: set[Trusted] = set()
        self._not_applicable: dict[str, str] = {}

    def add(self, response: Any, asked_urn: str) -> None:
        for diagnostic in response.diagnostics:
            urn = diagnostic.urn or asked_urn
            text = diagnostic.message.removeprefix(diagnostic.description).strip()
            if diagnostic.policyName == WAIVERS_RULE:
                self._waived.add(Waived(**self._entry(WAIVED, text, urn)))
            elif diagnostic.policyName == TRUSTED_RULE:
                self._trusted.add(Trusted(**self._entry(TRUSTED, text, urn)))
            else:
                self._violations.add(self._violation(diagnostic, text, urn))
        self._not_applicable |= {one.policy_name: one.reason for one in response.not_applicable}

    def verdict(self, pack: str) -> Verdict:
        return Verdict(
            pack=pack,
            # The rules that show entries do not judge the graph, so they are not counted.
            rules=tuple(r for n, r in self._rules.items() if n not in {WAIVERS_RULE, TRUSTED_RULE}),
            violations=tuple(sorted(self._violations, key=lambda v: v.order)),
            waived=tuple(sorted(self._waived, key=lambda w: (w.rule, w.resource_urn))),
            trusted=tuple(sorted(self._trusted, key=lambda t: (t.kind, t.name, t.resource_urn))),
            not_applicable=dict(sorted(self._not_applicable.items())),
        )

    def _violation(self, diagnostic: Any, text: str, urn: str) -> Violation:
        rule = self._rules[diagnostic.policyName]
        level = level_of(diagnostic.enforcementLevel)
        if text.startswith(DID_NOT_RUN):
            # The engine treats this as advisory, so a mandatory rule would pass.
            level = Level.MANDATORY
        return rule.violated(
            urn=urn,
            level=level,
            # Our messages contain the fix, because the engine shows only the message.
            message=text.removesuffix(f"\nFix: {rule.remediation}") or rule.description,
            source=self._sources.get(urn),
        )

    def _entry(self, pattern: re.Pattern[str], text: str, urn: str) -> dict[str, Any]:
        """The members that a waiver and an entry of the configuration share, and their own."""
        match = pattern.fullmatch(text)
        if match is None:
            raise AnalyzerError(f"The pack reports an entry in an unknown format: {text}")
        return match.groupdict() | {
            "resource_urn": urn,
            "resource_name": urn.rpartition("::")[2],
            "source": self._sources.get(urn),
        }


def _rule(info: Any) -> PackRule:
    return PackRule(
        name=info.name,
        title=info.displayName,
        description=info.description,
        level=level_of(info.enforcementLevel),
        severity=_SEVERITIES.get(info.severity, ""),
        remediation=info.remediation_steps,
        url=info.url,
        tags=tuple(info.tags),
        schema=json_format.MessageToDict(info.configSchema.properties),
    )
