"""`portcullis explain`: which gate answered a call, why, and what to do."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.text import Text

from portcullis.cli.options import AsJson, LaptopLogFolder, Project
from portcullis.errors import MisuseError, PortcullisError
from portcullis.explain.causes import Explanation, explained
from portcullis.explain.laptop_logs import LaptopLogs
from portcullis.explain.logged_call import LoggedCall
from portcullis.explain.quoted import Possibility, possibilities
from portcullis.pki.certificate_text import printable

POLL_SECONDS = 1.0
AWS_POLL_SECONDS = 5.0

FOLLOWED_HOURS = 0.1  # CloudWatch has most lines within a minute


class Logs(Protocol):
    """The logs of a laptop or of a deployed stack."""

    def newest(self, name: str = "") -> Iterator[LoggedCall]:
        """The calls that ``name`` names, or every call; the newest first."""


# Long because typer reads the options from its arguments.
def explain(
    request_id: Annotated[
        str,
        typer.Argument(
            metavar="[REQUEST_ID]",
            help="The answer's x-amzn-RequestId or x-amz-apigw-id, or a connection id; or the "
            "client's id, or the serial number or thumbprint of its certificate: its last refused "
            "call.",
        ),
    ] = "",
    *,
    last: Annotated[
        bool, typer.Option("--last", help="The last call that a gate refused (default).")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Every refused call from now on, until Ctrl-C.")
    ] = False,
    status: Annotated[
        str, typer.Option(metavar="CODE", help="What the partner saw: 403, or none.")
    ] = "",
    body: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The answer's body, as the partner saw it.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME:VALUE", help="A header of the answer.")
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="Read the deployed stack's logs in CloudWatch.")
    ] = False,
    stack: Annotated[
        str, typer.Option(envvar="PULUMI_STACK", help="Which Pulumi.STACK.yaml supplies settings.")
    ] = "local",
    hours: Annotated[
        float, typer.Option(min=0.1, max=24 * 90, help="With --aws: how far back to look.")
    ] = 3,
    state_dir: LaptopLogFolder = Path(".portcullis"),
    project: Project = Path(),
    as_json: AsJson = False,
) -> None:
    """Say which gate answered a call, why, and what to do.

    Reads the laptop's logs, or with --aws those of the deployed stack. With --status, --body and
    --header it needs no log: it lists the gates that give such an answer.
    """
    show = _as_json if as_json else _on_screen
    if status or body is not None or header:
        if request_id or last or follow:
            raise MisuseError(
                "--status, --body and --header are for an answer without a request id; leave out "
                "REQUEST_ID, --last and --follow."
            )
        _show_possibilities(_status(status), body, _headers(header or []), stack, as_json=as_json)
        return
    logs: Logs = LaptopLogs(state_dir / "log")
    if aws:
        # Imported here: only --aws needs boto3, and it takes a third of a second.
        from portcullis.cli.stack_logs import stack_logs  # noqa: PLC0415

        logs = stack_logs(project, stack, hours=FOLLOWED_HOURS if follow else hours)
    if follow:
        _follow(logs, stack, show, AWS_POLL_SECONDS if aws else POLL_SECONDS)
        return
    call = _named(logs, request_id, aws=aws) if request_id else _last_refused(logs)
    show(explained(call, stack=stack))


def _named(logs: Logs, name: str, *, aws: bool) -> LoggedCall:
    """The call with this id, or the newest refused call (or else the newest) of a certificate.

    Raises:
        PortcullisError: there is no such call.
    """
    passed = None
    for call in logs.newest(name):
        if call.is_refused or name in call.ids:
            return call
        passed = passed or call
    if passed is not None:
        return passed
    raise PortcullisError(
        f"No log has the call {name}. "
        + (
            "Look further back with --hours, and check --stack. A failed TLS handshake "
            "leaves no line on AWS; ask the partner for `curl -v`."
            if aws
            else "The laptop's logs begin with its last start; `--last` shows the last "
            "refused call."
        )
    )


def _last_refused(logs: Logs) -> LoggedCall:
    """Raises PortcullisError where no gate refused a call."""
    passed = 0
    for call in logs.newest():
        if call.is_refused:
            return call
        passed += 1
    raise PortcullisError(
        f"No gate refused any of the {passed:,} calls in the log. Give a REQUEST_ID to see "
        "one that passed."
    )


def _follow(
    logs: Logs, stack: str, show: Callable[[Explanation], None], poll_seconds: float
) -> None:
    seen = {(call.request_id, call.time) for call in logs.newest()}
    try:
        while True:
            fresh = [c for c in logs.newest() if (c.request_id, c.time) not in seen]
            for call in reversed(fresh):
                if call.is_refused:
                    show(explained(call, stack=stack))
                seen.add((call.request_id, call.time))
            time.sleep(poll_seconds)
    except KeyboardInterrupt:
        return


def _status(text: str) -> int | None:
    if text in {"", "none", "000"}:
        return None
    if not (text.isdigit() and len(text) == 3):  # noqa: PLR2004 - RFC 9110: three digits
        raise MisuseError(f"--status is {text!r}, but must be a number such as 403, or none.")
    return int(text)


def _headers(written: Iterable[str]) -> dict[str, str]:
    headers = {}
    for line in written:
        name, colon, value = line.partition(":")
        if not colon:
            raise MisuseError(f"--header is {line!r}, but must be NAME:VALUE.")
        headers[name.strip()] = value.strip()
    return headers


def _as_json(explanation: Explanation) -> None:
    call = asdict(explanation.call)
    typer.echo(json.dumps({**call, "what": explanation.what, "fix": explanation.fix}))


def _on_screen(explanation: Explanation) -> None:
    call = explanation.call
    console = Console(highlight=False, soft_wrap=False)
    passed = "" if call.is_refused else " (passed every gate)"
    when = "" if call.time is None else time.strftime("%H:%M:%S ", time.localtime(call.time))
    answer = "no HTTP answer" if call.status is None else str(call.status)
    head = Text(printable(f"{when}{call.method} {call.path} → {answer}".strip()), style="bold")
    console.print(head)
    rows = {
        "gate": f"{call.gate}{passed}",
        "reason": call.reason or "none logged",
        "client": call.facts.get("client", ""),
        "address": call.facts.get("address", ""),
        "certificate": call.facts.get("subject", ""),
        "serial number": call.facts.get("serial", ""),
        "thumbprint": call.facts.get("thumbprint", ""),
        "request id": call.request_id,
        "why": explanation.what,
        "fix": explanation.fix,
    } | {f"hint {number}": hint for number, hint in enumerate(call.hints, 1)}
    _table(console, rows)
    # The table may break a command into lines, which cannot be pasted.
    for command in re.findall(r"`(portcullis [^`]+)`", explanation.fix):
        console.print(f"  {printable(command)}", soft_wrap=True, markup=False)


def _table(console: Console, rows: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(printable(str(value))))
    console.print(table)


def _show_possibilities(
    status: int | None,
    body: str | None,
    headers: dict[str, str],
    stack: str,
    *,
    as_json: bool,
) -> None:
    found: list[Possibility] = possibilities(status, body, headers, stack=stack)
    if as_json:
        typer.echo(json.dumps([asdict(possibility) for possibility in found]))
        return
    console = Console(highlight=False)
    if not found:
        console.print(
            "No gate answers so. Check --status, --body and --header; the body is the whole text "
            'that the partner got, such as \'{"message":"Forbidden"}\'.'
        )
        return
    console.print(
        "Such an answer has one possible cause:"
        if len(found) == 1
        else f"Such an answer has {len(found)} possible causes, in the order of the gates:"
    )
    for possibility in found:
        console.print(Text(f"\n{possibility.gate}", style="bold"))
        _table(console, {"when": possibility.when, "fix": possibility.fix})
    console.print(
        "\nThe logs tell which: `portcullis explain NAME`, where NAME is the answer's header "
        "x-amzn-RequestId, or the client's id or the serial number of its certificate for its "
        "last refused call."
    )
