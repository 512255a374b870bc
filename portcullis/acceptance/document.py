"""Writes docs/guide/attack-matrix.md: ``python -m portcullis.acceptance.document``."""

import sys
from pathlib import Path

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.catalog import matrix
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.recording.normalise import HEADERS, MEANINGS

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

The matrix follows the settings of the laptop's stack:

- It stays below `rateLimit`, `throttleRate` and every rate plan: it calls from several loopback
  addresses, and waits where that is not enough. For a deployed stack, `--calls-per-minute` sets the
  pace.
- It calls over IPv6 if `allowedCidrs` holds no IPv4 loopback address.
- With `authorizerCacheSeconds`, a broken authorizer is tried with a new certificate of the client,
  because a cached answer would hide the fault.
- A case that a setting rules out is skipped with its reason: the rate limit without a second
  allowed address, a rule group that is not in `managedRuleGroups`, a low `quotaPerDay`.

Against a deployed stack, an authorizer's 500 is retried for the first five minutes of the run, and
the report says so: KMS may need that long for the alias and tags of a new key. No other answer is
retried.

## Recordings

    portcullis verify --target URL … --record docs/recordings --region eu-central-1
    portcullis verify --replay docs/recordings     # the same answers from the laptop?

`--record` writes status, headers and body of each case that was tried to a file of its own, and
date and region to `index.json`. `--replay` runs the recorded cases and compares: a changed status,
header or body ends with exit code 1, and the report names case and difference. A recording of AWS
in `docs/recordings` changes the evidence of the rows that it confirms in
[gateway-parity.md](../gateway-parity.md) to "recorded, DATE, REGION".

Header names are in lower case and in alphabetical order. What varies, or names a stack or a
person, is replaced before it is written:

{rules}

The words of a refused connection are left out: they depend on the TLS library.

## How the cases work

The cases that need more than a call:

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
    parts = [_INTRODUCTION.format(count=len(cases), needs=needs, rules=_rules())]
    for section in matrix().sections:
        parts.append(
            f"\n## {section.title}\n\n"
            "| case | caller | attack | gate | expected | where |\n"
            "|---|---|---|---|---|---|\n" + "".join(_row(case) for case in section.cases)
        )
    return "".join(parts)


def _rules() -> str:
    """One line for each replacement in a recording: what it stands for, and which headers."""
    lines = []
    for replacement, meaning in MEANINGS.items():
        names = ", ".join(f"`{name}`" for name, value in HEADERS.items() if value == replacement)
        lines.append(f"- `{replacement}`: {meaning}" + (f"; the headers {names}" if names else ""))
    return "\n".join(lines)


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
