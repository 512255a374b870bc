"""Judge a resource graph with a CrossGuard policy pack, without the Pulumi CLI.

The pack runs as the process that the engine would start, behind the same gRPC service, with what
the SDK really registers; so a rule meets the same proxies and the same unknowns as in a preview.

    with running_pack(Path("policies")) as pack:
        verdict = pack.judge(graph, preview=True)
    for violation in verdict.violations:
        print(violation.rule, violation.resource_name, violation.message)

One thing differs from the engine on purpose: a policy that reads an unknown value is aborted by the
policy SDK with an advisory note, and the deploy goes on. Here that is a mandatory violation.
"""

from portcullis.analyzer.harness import RunningPack, judge, running_pack
from portcullis.analyzer.verdict import Level, PackRule, Verdict, Violation, Waived

__all__ = [
    "Level",
    "PackRule",
    "RunningPack",
    "Verdict",
    "Violation",
    "Waived",
    "judge",
    "running_pack",
]
