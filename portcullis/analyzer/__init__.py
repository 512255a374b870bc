"""Judge a resource graph with a CrossGuard policy pack, without the Pulumi CLI.

The pack runs in its own process behind the same gRPC service as under the engine, and gets the
registrations of the SDK. A rule therefore sees the same proxies and unknowns as in a preview.

    with running_pack(Path("policies")) as pack:
        verdict = pack.judge(graph, preview=True)
    for violation in verdict.violations:
        print(violation.rule, violation.resource_name, violation.message)

There is one deliberate difference. If a policy reads an unknown value, the policy SDK aborts it
with an advisory note and the engine continues. Here that is a mandatory violation.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from portcullis.analyzer.verdict import Level, PackRule, Trusted, Verdict, Violation, Waived

__all__ = [
    "Level",
    "PackRule",
    "RunningPack",
    "Trusted",
    "Verdict",
    "Violation",
    "Waived",
    "judge",
    "running_pack",
]

if TYPE_CHECKING:
    from portcullis.analyzer.harness import RunningPack, judge, running_pack

_OF_THE_HARNESS = frozenset({"RunningPack", "judge", "running_pack"})


def __getattr__(name: str) -> Any:
    """The harness on first use: gRPC and the Pulumi SDK take a third of a second."""
    if name in _OF_THE_HARNESS:
        return getattr(import_module(f"{__name__}.harness"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
