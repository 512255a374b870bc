"""`portcullis up`: the whole chain on this machine, and with --verify the proof that it holds."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvloop
from rich.console import Console

from portcullis.errors import ExitCode, MisuseError
from portcullis.laptop.laptop import Laptop
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.progress import Progress, ProgressStep
from portcullis.laptop.ready import Ready
from portcullis.settings.project import find_project, qualified
from portcullis.settings.setting import NAMESPACE

REHEARSAL = "This is a rehearsal in process: no `pulumi` engine, and no state."
INSTALL = "To deploy, install the CLI: https://www.pulumi.com/docs/install/"
VERIFY_LIMIT_SECONDS = 600.0
HOST = "127.0.0.1"


def up(
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run the attack matrix, then stop.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON on standard output when ready.")
    ] = False,
    stack: Annotated[str, typer.Option(help="Which Pulumi.STACK.yaml to run.")] = "local",
    port: Annotated[
        int | None, typer.Option(help="Of the custom domain; 8443, or a free one if it is taken.")
    ] = None,
    default_endpoint_port: Annotated[
        int | None, typer.Option(help="Of the default endpoint; 8444, or a free one.")
    ] = None,
    backend_port: Annotated[
        int | None, typer.Option(help="Of the PetStore backend; 8081, or a free one.")
    ] = None,
    backend_key_floor: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            hidden=True,  # for tests that replace the signing key
            help="Seconds until the PetStore asks again for an unknown key; 30 if left out.",
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
    folder = find_project(project.resolve())
    options = LaptopOptions(
        project=folder,
        stack=stack,
        state_directory=state_dir.resolve() if state_dir else None,
        port=port,
        default_endpoint_port=default_endpoint_port,
        backend_port=backend_port,
        backend_key_floor_seconds=backend_key_floor,
        config=dict(_setting(text) for text in config or []),
    )
    show = _Show(as_json=as_json)
    code = uvloop.run(_run(options, show, _verify if verify else None))
    raise typer.Exit(code)


Attack = Callable[["_Show", LaptopOptions], Awaitable[int]]


async def _run(options: LaptopOptions, show: "_Show", attack: Attack | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(_up(options, show, attack, stop))
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        if show.is_ready:
            stop.set()
        running.cancel() if attack or not show.is_ready else None

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await running
    except asyncio.CancelledError:
        if not interrupted:
            raise
        show.stopped()
        return ExitCode.FAILED if attack or not show.is_ready else ExitCode.OK


async def _up(
    options: LaptopOptions, show: "_Show", attack: Attack | None, stop: asyncio.Event
) -> int:
    show.begin(options)
    async with Laptop(options, Progress(show.step)) as laptop:
        show.ready(laptop.ready)
        if attack is not None:
            return await attack(show, options)
        await stop.wait()
        show.stopped()
    return ExitCode.OK


async def _verify(show: "_Show", options: LaptopOptions) -> int:
    """The matrix in a process of its own: it knows the wire and the run description, no more."""
    state = options.state_directory or options.project / ".portcullis"
    command = [sys.executable, "-m", "portcullis", "verify", "--state-dir", str(state)]
    if show.as_json:
        command.append("--json")
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(VERIFY_LIMIT_SECONDS):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _setting(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise MisuseError(f"--config {text!r} must look like portcullis:rateLimit=500.")
    return qualified(key, NAMESPACE), value


class _Show:
    """What a person sees; with --json, only the ready line reaches standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.is_ready = False
        self._console = Console(stderr=as_json, highlight=False)
        self._status = self._console.status("")

    def begin(self, options: LaptopOptions) -> None:
        self._say(f"[bold]Portcullis[/bold], stack {options.stack}. {_rehearsal()}")

    def step(self, step: ProgressStep) -> None:
        if step.seconds is None:
            self._status.update(f"{step.doing} …")
            self._status.start()
            return
        self._status.stop()
        self._say(
            f"  [green]✓[/green] {step.name:<13} {step.detail} [dim]{step.seconds:.1f} s[/dim]"
        )

    def ready(self, ready: Ready) -> None:
        self.is_ready = True
        if self.as_json:
            typer.echo(json.dumps(ready.to_json()))
            return
        self._say(_addresses(ready))
        self._say(_curl(ready))

    def stopped(self) -> None:
        self._status.stop()
        self._say("Stopped; every process it started has ended.")

    def _say(self, text: str) -> None:
        # Never wrapped by us: paths and curl lines are there to be copied.
        self._console.print(text, soft_wrap=True)


def _rehearsal() -> str:
    return REHEARSAL if shutil.which("pulumi") else f"{REHEARSAL} {INSTALL}"


def _addresses(ready: Ready) -> str:
    lines = (
        ("gateway", f"{ready.gateway}  (client certificate required)"),
        ("default endpoint", f"{ready.default_endpoint}  (closed, as on AWS)"),
        ("backend", f"{ready.backend}  (wants the gateway's token)"),
        ("access log", _short(ready.log)),
        ("which gate", _short(ready.gates)),
    )
    return "\n".join(f"  {name:<17} {value}" for name, value in lines)


def _curl(ready: Ready) -> str:
    address = urlsplit(ready.gateway)
    # The domain of another stack leads to AWS, or nowhere; the laptop listens on loopback.
    here = "" if ready.domain == "localhost" else f"--resolve {address.netloc}:{HOST} "

    def line(client: str) -> str:
        files = ready.clients[client]
        return (
            f"  curl --cacert {_short(ready.ca)} --cert {_short(files['certificate'])}"
            f" --key {_short(files['key'])} {here}{ready.gateway}/pets"
        )

    names = list(ready.clients)
    lines = ["", "  Call it:", *(line(name) for name in names[:1])]
    lines += ["  Be refused:", *(line(name) for name in names[-1:])]
    return "\n".join(lines)


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
