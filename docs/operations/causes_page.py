"""Renders 403.md beside it from the causes that `portcullis explain` knows.

Run after a change of the causes: .venv/bin/python docs/operations/causes_page.py
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from portcullis.explain.causes import causes  # noqa: E402 - found by the line above

PAGE = Path(__file__).with_name("403.md")
TRIED = Path(__file__).with_name("ten_causes.json")

HEAD = """\
# "We get a 403"

A partner says 403, or 401, 429, 500, or that nothing comes back. This page is for that moment.

1. Ask for the answer's header `x-amzn-RequestId` and run

       portcullis explain REQUEST_ID --aws --stack prod

   It reads the access, authorizer, web ACL and execution logs of the stack, joins their lines and
   prints gate, reason, client, cause and fix. It needs `logs:FilterLogEvents` and looks back three
   hours; `--hours 48` looks further.
2. No request id? `portcullis explain CLIENT --aws --stack prod` takes the last refused call of a
   client: its id, or the serial number or thumbprint of its certificate. `--last` takes that of
   any client; `--follow` shows each as it comes, while the partner tries again.
3. No log at hand? With what the partner can quote, it lists the gates that answer so:

       portcullis explain --status 403 --body '{"message":"Forbidden"}'

   The header `x-portcullis-layer` of an answer names the gate: add
   `--header x-portcullis-layer:web-acl`.
4. No answer at all, and no line in any log: the TLS handshake failed. API Gateway does not log
   that. Ask for `curl -v https://… --cert … --key …`; the laptop shows the same handshake with its
   reason (`portcullis explain --last`).

On the laptop leave out `--aws` and `--stack`.

The stack saves queries for Logs Insights under its name (`portcullis-prod/refusals by gate and
client`, `… last refusals`, `… reasons of the authorizer`, `… blocks of the web ACL by rule`,
`… slowest calls`, `… refusals of each client by hour`, `… client certificates that expire soon`,
`… revocation lists by client`); the alarms name the one to run. [One client is refused](alarms.md)
is an alarm of its own.

## What leaves no trace on AWS

| | how to tell |
|---|---|
| a failed TLS handshake | no line anywhere; the partner has no HTTP answer |
| an untrusted certificate | 403 in the access log; the execution log has the reason |
| a call to the disabled default endpoint | 403 without a line in the access log |
| a cached answer | no line in the authorizer's log; the access log has reason and scopes |
| a rule of the web ACL | it is in the web ACL's log, with the id of `x-amz-apigw-id` |
"""
TRIED_HEAD = """
## Ten causes, tried

What `docs/operations/ten_causes.py` did on a laptop: a call that is refused with 403, `portcullis
explain --last`, what it says, and the call again. The seconds are those of the commands, without
the time to read; the longer ones judge and serve the changed project. {cores} cores, and a load of
{load} of other work.

| cause | gate and reason | until known, s | what was done | until 200, s |
|---|---|--:|---|--:|
"""
EVERY_HEAD = """
## Every cause

In the order of the gates. The reason is what the logs say.
"""
TITLES = {
    "tls": "TLS handshake: no HTTP answer",
    "front": "HTTP: 400, 413, 417, 431",
    "truststore": "Truststore: 403 `Forbidden`",
    "default-endpoint": "Default endpoint: 403 `Forbidden`",
    "custom-domain": "Custom domain: 403 `Forbidden`",
    "web-acl": "Web ACL: 403 `Forbidden`",
    "route": "Route: 403 `Missing Authentication Token`",
    "throttle": "Throttle: 429",
    "authorizer": "Authorizer: 401, 403, 500",
    "validation": "Validation: 400, 415",
    "integration": "Integration: 504, 500",
    "backend": "Backend: its own answer",
}
FOOT = """
_This page is generated from `portcullis/explain/causes.yaml` by `docs/operations/causes_page.py`._
"""


def page() -> str:
    return HEAD + _tried() + EVERY_HEAD + "".join(_sections()) + FOOT


def _tried() -> str:
    found = json.loads(TRIED.read_text(encoding="utf-8"))
    return TRIED_HEAD.format_map(found) + "".join(
        f"| {row['cause']} | {row['gate']}, `{row['reason']}` | {row['explainSeconds']} "
        f"| {row['fix']} | {row['fixSeconds']} |\n"
        for row in found["causes"]
    )


def _sections() -> Iterator[str]:
    for gate, rows in causes().items():
        yield f"\n### {TITLES[gate]}\n\n| reason | why | fix |\n|---|---|---|\n"
        for cause in rows:
            shown = _reason(cause.reason.pattern.removeprefix("(?i)"))
            yield f"| {shown} | {_cell(cause.what)} | {_cell(cause.fix)} |\n"


def _reason(pattern: str) -> str:
    if not pattern:
        return "any other"
    if not pattern.strip("^$-?"):
        return "none"
    return f"`{pattern.replace('|', '` or `')}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "_").replace("}", "_").strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
