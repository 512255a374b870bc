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

from portcullis.analyzer.harness import RunningPack, judge, running_pack
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
