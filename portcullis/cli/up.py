"""`portcullis up`: the whole chain on this machine, and with --verify the proof that it holds."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.markup import escape

from portcullis.cli.collector import keep_what_is_loaded
from portcullis.cli.curl_lines import curl_lines, short_path
from portcullis.cli.inspecting import (
    InspectorOption,
    InspectorPortOption,
    choose_inspector_port,
    inspecting,
)
from portcullis.cli.setting_option import read_setting
from portcullis.cli.step_display import StepDisplay
from portcullis.cli.until_stopped import until_stopped
from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.laptop.backend_choice import OPTION_HELP as BACKEND_HELP
from portcullis.laptop.backend_choice import read_backend
from portcullis.laptop.laptop import Laptop
from portcullis.laptop.options import DEFAULT_HANDLER, EngineChoice, LaptopOptions
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Ready
from portcullis.laptop.rehearsed_stack import CONTRACT_FILE
from portcullis.laptop.reload import RefusedReloadError
from portcullis.package import NAME
from portcullis.settings.project import find_project

VERIFY_LIMIT_SECONDS = 600.0


# Long because every option of the command is a parameter.
def up(
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run the attack matrix, then stop.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Reload whenever a file of the project has changed.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON on standard output when ready.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line per call.")] = False,
    stack: Annotated[str, typer.Option(help="Which Pulumi.STACK.yaml to run.")] = "local",
    engine: Annotated[
        EngineChoice,
        typer.Option(
            help="How the program is deployed to the stand-in: by `pulumi up`, or in process "
            "without state. auto takes the CLI where one is on PATH."
        ),
    ] = EngineChoice.AUTO,
    contract: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="OpenAPI contract of this run; short for --config contractFile=FILE.",
        ),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            metavar="URL|COMMAND",
            help=f"{BACKEND_HELP} Left out: the sample for its contract.",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Of the custom domain; 8443, or a free one if it is taken.")
    ] = None,
    default_endpoint_port: Annotated[
        int | None, typer.Option(help="Of the default endpoint; 8444, or a free one.")
    ] = None,
    backend_port: Annotated[
        int | None, typer.Option(help="Of a backend that is started; 8081, or a free one.")
    ] = None,
    inspector: InspectorOption = True,
    inspector_port: InspectorPortOption = None,
    backend_code: Annotated[
        Path | None,
        typer.Option(help="Zip or folder of the function that backendFunctionArn names."),
    ] = None,
    backend_handler: Annotated[
        str, typer.Option(help="Its handler: MODULE.FUNCTION.")
    ] = DEFAULT_HANDLER,
    backend_key_floor: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            hidden=True,  # for tests that replace the signing key
            help="Seconds until the sample asks again for an unknown key; 30 if left out.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE: override a setting of the stack.")
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="Certificates, logs and caches; .portcullis if left out.")
    ] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml, or one below it.")] = Path(),
) -> None:
    """Run the real program behind all four gates on this machine.

    The program is judged by the policy pack first: a mandatory violation stops the run before
    anything listens. Ctrl-C or SIGTERM ends every process that was started.
    """
    if verify and watch:
        raise MisuseError("--verify stops when the matrix ends, so it cannot be used with --watch.")
    folder = find_project(project.resolve())
    options = LaptopOptions(
        project=folder,
        stack=stack,
        engine=engine,
        state_directory=state_dir.resolve() if state_dir else None,
        port=port,
        default_endpoint_port=default_endpoint_port,
        backend=None if backend is None else read_backend(backend, directory=Path.cwd()),
        backend_port=backend_port,
        backend_key_floor_seconds=backend_key_floor,
        backend_code=backend_code.resolve() if backend_code else None,
        backend_handler=backend_handler,
        config=_settings(config or [], contract),
    )
    display = StepDisplay(as_json=as_json, is_quiet=quiet or verify)
    recent = RecentCalls() if inspector and not verify else None
    page_port = choose_inspector_port(inspector_port)

    async def start(stop: asyncio.Event) -> int:
        starting = Laptop(options, Progress(display.step, display.call, recent))
        way = escape(starting.describe())
        display.say(f"[bold]Portcullis[/bold], stack {options.stack}. {way}")
        async with (
            starting as laptop,
            inspecting(recent, lambda: laptop.ready, stack=stack, port=page_port) as page,
        ):
            _show_ready(laptop.ready, display, page)
            keep_what_is_loaded()
            if verify:
                return await _verify(display, options)
            async with _watching(laptop, display) if watch else nullcontext():
                await stop.wait()
            display.stopped()
        return ExitCode.OK

    raise typer.Exit(uvloop.run(until_stopped(start, display, ends_by_itself=verify)))


@asynccontextmanager
async def _watching(laptop: Laptop, display: StepDisplay) -> AsyncIterator[None]:
    """Reload whenever a file has changed, until the block ends."""

    async def reload_forever() -> None:
        files = laptop.watch()
        while True:
            changed = await files.changed()
            display.say(f"[dim]{escape(_named(changed))} changed[/dim]")
            try:
                display.say((await laptop.reload()).describe())
            except RefusedReloadError as error:
                display.say(f"[red]{escape(str(error))}[/red]")

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(reload_forever())
        yield
        watching.cancel()


def _named(changed: Sequence[Path]) -> str:
    first = short_path(str(changed[0]))
    return first if len(changed) == 1 else f"{first} and {len(changed) - 1} more"


async def _verify(display: StepDisplay, options: LaptopOptions) -> int:
    """The matrix in a process of its own: it knows the wire and the run description, no more."""
    state = options.state_directory or options.project / ".portcullis"
    command = [sys.executable, "-m", NAME, "verify", "--state-dir", str(state)]
    if display.as_json:
        command.append("--json")
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(VERIFY_LIMIT_SECONDS):
            return await process.wait()
    except TimeoutError:
        raise PortcullisError(
            f"The attack matrix did not end within {VERIFY_LIMIT_SECONDS:g} seconds. The stack's "
            "rates may be too low for one run. Run: portcullis up, and portcullis verify in "
            "another terminal"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _settings(config: list[str], contract: Path | None) -> dict[str, str]:
    """The settings of --config, with the contract's absolute path: a setting's is the project's."""
    given = dict(read_setting(text) for text in config)
    if contract is None:
        return given
    if CONTRACT_FILE in given:
        raise MisuseError(
            f"--contract and --config {CONTRACT_FILE} both name the contract. Leave out one of "
            "them."
        )
    return {**given, CONTRACT_FILE: str(contract.resolve())}


def _show_ready(ready: Ready, display: StepDisplay, page: str | None) -> None:
    display.is_ready = True
    if display.as_json:
        typer.echo(json.dumps({**ready.to_json(), "inspector": page}))
        return
    display.say(_addresses(ready, page))
    display.say(curl_lines(ready))


def _addresses(ready: Ready, page: str | None) -> str:
    lines = (
        ("gateway", f"{ready.gateway}  (client certificate required)"),
        ("default endpoint", f"{ready.default_endpoint}  (closed, as on AWS)"),
        ("backend", ready.backend or "a Lambda function"),
        (
            "token keys",
            f"{short_path(ready.jwks)}  (issuer {ready.issuer}, audience {ready.audience})",
        ),
        ("access log", short_path(ready.log)),
        ("which gate", short_path(ready.gates)),
        ("injections", ready.injection_matches),
        *((("live calls", page),) if page else ()),
    )
    return "\n".join(f"  {name:<17} {value}" for name, value in lines)
