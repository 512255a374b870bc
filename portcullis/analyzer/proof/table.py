"""Renders a proof as text for the terminal, as a Markdown page, or as JSON."""

import json
from dataclasses import asdict

from portcullis.analyzer.proof import ProofFormat
from portcullis.analyzer.proof.prove import Killed, Proof

MARKDOWN_HEAD = """\
# Proof of the policy pack

`portcullis policies prove` records the stack as in a preview, with computed values unknown. It then
breaks one guard at a time and judges each broken stack (a mutant) with the pack. A mutant that no
mandatory rule refuses is a survivor, and the command fails. Most mutants are derived from the
stack: every route, every rule of the web ACL, every statement of every policy document, every
property that guards. Some are added by hand, such as a second stage without a web ACL.
"""


def render_proof(proof: Proof, proof_format: ProofFormat) -> str:
    return {
        ProofFormat.TEXT: _text,
        ProofFormat.MARKDOWN: _markdown,
        ProofFormat.JSON: _json,
    }[proof_format](proof)


def _summary(proof: Proof) -> str:
    killed = len(proof.mutants) - len(proof.survivors)
    used = len(proof.rules) - len(proof.idle)
    return (
        f"{killed} of {len(proof.mutants)} mutants of stack {proof.stack} refused in a preview, "
        f"by {used} of {len(proof.rules)} rules"
    )


def _text(proof: Proof) -> str:
    lines = [f"{_mark(m)} {m.target}: {m.what}  [{', '.join(m.rules)}]" for m in proof.mutants]
    if proof.idle:
        lines.append(f"nothing in this stack for: {', '.join(proof.idle)}")
    return "\n".join([*lines, _summary(proof)]) + "\n"


def _mark(mutant: Killed) -> str:
    return "refused " if mutant.rules else "SURVIVED"


def _markdown(proof: Proof) -> str:
    lines = [
        MARKDOWN_HEAD,
        f"{_summary(proof)}.",
        "",
        "| resource | what is broken | refused by |",
        "|---|---|---|",
    ]
    for mutant in proof.mutants:
        rules = ", ".join(f"`{rule}`" for rule in mutant.rules)
        lines.append(f"| {mutant.target} | {_cell(mutant.what)} | {rules or '**survived**'} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _json(proof: Proof) -> str:
    report = {
        "stack": proof.stack,
        "mutants": [asdict(mutant) for mutant in proof.mutants],
        "survivors": len(proof.survivors),
        "idle": list(proof.idle),
    }
    return json.dumps(report, indent=2) + "\n"
