"""`portcullis serve --state`: the gateway from the export of any stack."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from portcullis.cli.collector import keep_what_is_loaded
from portcullis.cli.curl_lines import curl_lines, short_path
from portcullis.cli.inspecting import choose_inspector_port, inspecting
from portcullis.cli.options import (
    DefaultEndpointPort,
    Inspector,
    InspectorPort,
    Port,
    Quiet,
    ReadyAsJson,
)
from portcullis.cli.step_display import StepDisplay
from portcullis.cli.until_stopped import until_stopped
from portcullis.errors import ExitCode
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.laptop.backend_choice import OPTION_HELP as BACKEND_HELP
from portcullis.laptop.backend_choice import read_backend
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Served
from portcullis.laptop.served_state import ServedState, ServeOptions


# Long because every option of the command is a parameter.
def serve(
    *,
    state: Annotated[Path, typer.Option(help="The file that `pulumi stack export` wrote.")],
    truststore: Annotated[
        Path | None,
        typer.Option(help="PEM bundle in place of the truststore's object in S3."),
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option(help="ZIP or FUNCTION=ZIP: a function's code for this machine."),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(metavar="URL|COMMAND", help=BACKEND_HELP),
    ] = None,
    clients: Annotated[
        Path | None,
        typer.Option(
            help="Clients file: issues their certificates, and fills the registry's table."
        ),
    ] = None,
    source_ip: Annotated[
        str | None,
        typer.Option(help="Address that every call comes from, for the web ACL and the logs."),
    ] = None,
    port: Port = None,
    default_endpoint_port: DefaultEndpointPort = None,
    inspector: Inspector = True,
    inspector_port: InspectorPort = None,
    state_dir: Annotated[
        Path, typer.Option(help="Certificates, logs and caches of this gateway.")
    ] = Path(".portcullis"),
    as_json: ReadyAsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the gateway from an exported stack, also one that is deployed to AWS.

    What only AWS has is replaced: the server certificate and the signing keys by the laptop's own,
    the truststore, code and backend by the options. A part that is missing ends the run before
    anything listens.
    """
    options = ServeOptions(
        state=state,
        state_directory=state_dir.resolve(),
        truststore=truststore,
        code=dict(_code(text) for text in code or []),
        backend=None if backend is None else read_backend(backend, directory=Path.cwd()),
        clients=clients,
        source_ip=source_ip,
        port=port,
        default_endpoint_port=default_endpoint_port,
    )
    display = StepDisplay(as_json=as_json, is_quiet=quiet)
    recent = RecentCalls() if inspector else None
    choose_inspector_port(inspector_port)  # a wrong one ends it before the start

    async def start(stop: asyncio.Event) -> int:
        starting = ServedState(options, Progress(display.step, display.call, recent))
        async with (
            starting as running,
            inspecting(
                recent, lambda: running.served, stack=running.stack, wanted=inspector_port
            ) as page,
        ):
            _show_ready(running.served, display, page)
            keep_what_is_loaded()
            await stop.wait()
            display.stopped()
        return ExitCode.OK

    raise typer.Exit(uvloop.run(until_stopped(start, display)))


def _code(text: str) -> tuple[str, Path]:
    name, separator, file = text.partition("=")
    return (name, Path(file)) if separator else ("", Path(text))


def _show_ready(served: Served, display: StepDisplay, page: str | None) -> None:
    display.is_ready = True
    if display.as_json:
        typer.echo(json.dumps({**served.to_json(), "inspector": page}))
        return
    lines = (
        ("gateway", f"{served.gateway}  (client certificate required)"),
        ("default endpoint", served.default_endpoint),
        ("backend", served.backend or "none"),
        ("access log", short_path(served.log)),
        ("which gate", short_path(served.gates)),
        *((("live calls", page),) if page else ()),
    )
    display.say("\n".join(f"  {name:<17} {value}" for name, value in lines))
    display.say(curl_lines(served))
