"""Writes docs/guide/attack-matrix.md: ``python -m portcullis.acceptance.document``."""

import sys
from pathlib import Path

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.catalog import matrix
from portcullis.acceptance.matrix.need import Need

FILE = Path("docs/guide/attack-matrix.md")

_INTRODUCTION = """\
# The attack matrix

<!-- Written by `python -m portcullis.acceptance.document` from portcullis/acceptance/cases/. -->

`portcullis verify` runs these {count} cases against the running laptop, over the network only, and
compares each answer with the one right answer. `portcullis up --verify` does the same and then
stops. Any difference ends with exit code 1.

    portcullis verify                              # the laptop that `portcullis up` started here
    portcullis verify --only expired --json        # one case, for a machine
    portcullis verify --target https://api.example.com --certificate CLIENT.pem --key CLIENT.key

A right status from the wrong gate counts as a difference: every gateway response names its layer in
the header `x-portcullis-layer`, and an answer of another layer must not carry it.

**Where**: *both* runs against the laptop and against AWS. *Laptop* needs something that a deployed
stack does not offer, and is skipped there with its reason:

{needs}

How the cases work that need more than a call:

- Forged certificates are made for the run, in a folder that is removed afterwards. Those "of the
  right issuer" are signed with the issuer's key, so that only the named fault can refuse them.
- Tokens with a fault in their claims carry a genuine signature of the laptop's own signing key.
- A client's real token is captured while the matrix listens in place of the stopped backend. It is
  kept in memory, and no log or report contains it.
- The cases that break a part use the laptop's control socket, and repair it again.
"""


def render() -> str:
    """The page for the cases of this version."""
    cases = matrix().cases
    needs = "\n".join(f"- {need}" for need in Need if any(need in case.needs for case in cases))
    parts = [_INTRODUCTION.format(count=len(cases), needs=needs)]
    for section in matrix().sections:
        parts.append(
            f"\n## {section.title}\n\n"
            "| case | caller | attack | gate | expected | where |\n"
            "|---|---|---|---|---|---|\n" + "".join(_row(case) for case in section.cases)
        )
    return "".join(parts)


def _row(case: Case) -> str:
    cells = (
        f"`{case.name}`",
        case.caller,
        case.attack,
        case.expect.gate,
        _code(str(case.expect)),
        "laptop" if case.needs else "both",
    )
    return f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def main() -> None:
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main()
