"""Runs what `portcullis up` was asked for: starts the laptop, then verifies, watches or waits."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import typer
import uvloop
from rich.markup import escape

from portcullis.cli.collector import keep_what_is_loaded
from portcullis.cli.curl_lines import curl_lines, short_path
from portcullis.cli.inspecting import choose_inspector_port, inspecting
from portcullis.cli.setting_option import read_settings
from portcullis.cli.step_display import StepDisplay
from portcullis.cli.until_stopped import until_stopped
from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.laptop import Laptop
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Ready
from portcullis.laptop.rehearsed_stack import CONTRACT_FILE
from portcullis.laptop.reload import RefusedReloadError
from portcullis.package import NAME

VERIFY_LIMIT_SECONDS = 600.0


def run(
    options: LaptopOptions,
    processes: KeptProcesses | None,
    *,
    verify: bool,
    watch: bool,
    as_json: bool,
    quiet: bool,
    inspector: bool,
    inspector_port: int | None,
) -> int:
    """The exit code, when it was stopped or the matrix has ended."""
    display = StepDisplay(as_json=as_json, is_quiet=quiet or verify)
    recent = RecentCalls() if inspector and not verify else None
    choose_inspector_port(inspector_port)  # a wrong one ends it before the start

    async def start(stop: asyncio.Event) -> int:
        progress = Progress(display.step, display.call, recent)
        starting = Laptop(options, progress, processes=processes)
        way = escape(starting.describe())
        display.say(f"[bold]Portcullis[/bold], stack {options.stack}. {way}")
        async with (
            starting as laptop,
            inspecting(
                recent, lambda: laptop.ready, stack=options.stack, wanted=inspector_port
            ) as page,
        ):
            _show_ready(laptop.ready, display, page)
            keep_what_is_loaded()
            if verify:
                return await _verify(display, options)
            watched = "Save a file of the project to serve it. " if watch else ""
            display.say(f"\n  {watched}Ctrl-C stops the laptop.")
            async with _watching(laptop, display) if watch else nullcontext():
                await stop.wait()
            display.stopped()
        return ExitCode.OK

    return uvloop.run(until_stopped(start, display, ends_by_itself=verify))


@asynccontextmanager
async def _watching(laptop: Laptop, display: StepDisplay) -> AsyncIterator[None]:
    """Reload whenever a file has changed, until the block ends."""

    async def reload_forever() -> None:
        while True:
            changed = await laptop.watch.changed()
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


def settings_of(config: list[str] | None, contract: Path | None) -> dict[str, str]:
    """The settings of --config, with the contract's absolute path: a setting's is the project's."""
    given = read_settings(config)
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
        ("default endpoint", f"{ready.default_endpoint}  (disabled, as on AWS)"),
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
