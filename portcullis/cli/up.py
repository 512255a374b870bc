"""`portcullis up`: the whole chain on this machine, and with --verify the proof that it holds."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.collector import collecting_late
from portcullis.cli.options import (
    DefaultEndpointPort,
    Inspector,
    InspectorPort,
    Port,
    Project,
    Quiet,
    ReadyAsJson,
    Settings,
)
from portcullis.errors import MisuseError
from portcullis.laptop.backend_choice import OPTION_HELP as BACKEND_HELP
from portcullis.laptop.backend_choice import read_backend
from portcullis.laptop.kept_processes import IMPORTS_FILE, KeptProcesses, begun
from portcullis.laptop.options import DEFAULT_HANDLER, EngineChoice, LaptopOptions, uses_engine
from portcullis.settings.project import find_project


# Long because every option of the command is a parameter.
def up(
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run the attack matrix, then stop.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Reload whenever a file of the project has changed.")
    ] = False,
    as_json: ReadyAsJson = False,
    quiet: Quiet = False,
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
    port: Port = None,
    default_endpoint_port: DefaultEndpointPort = None,
    backend_port: Annotated[
        int | None, typer.Option(help="Of a backend that is started; 8081, or a free one.")
    ] = None,
    inspector: Inspector = True,
    inspector_port: InspectorPort = None,
    backend_code: Annotated[
        Path | None,
        typer.Option(help="Zip or folder of the function that backendFunctionArn names."),
    ] = None,
    backend_handler: Annotated[
        str, typer.Option(help="Its handler: MODULE.FUNCTION.")
    ] = DEFAULT_HANDLER,
    config: Settings = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="Certificates, logs and caches; .portcullis if left out.")
    ] = None,
    project: Project = Path(),
) -> None:
    """Run the real program behind all four gates on this machine.

    The program is judged by the policy pack first: a mandatory violation stops the run before
    anything listens. Ctrl-C or SIGTERM ends every process that was started.
    """
    if verify and watch:
        raise MisuseError("--verify stops when the matrix ends, so it cannot be used with --watch.")
    folder = find_project(project.resolve())
    state = state_dir.resolve() if state_dir else None
    with collecting_late(), _begun(engine, folder) as processes:
        # Imported here: gateway and inspector take most of a second, in which the program's and
        # the policy pack's processes start.
        from portcullis.cli.up_run import run, settings_of  # noqa: PLC0415

        options = LaptopOptions(
            project=folder,
            stack=stack,
            engine=engine,
            state_directory=state,
            port=port,
            default_endpoint_port=default_endpoint_port,
            backend=None if backend is None else read_backend(backend, directory=Path.cwd()),
            backend_port=backend_port,
            backend_code=backend_code.resolve() if backend_code else None,
            backend_handler=backend_handler,
            config=settings_of(config, contract),
        )
        code = run(
            options,
            processes,
            verify=verify,
            watch=watch,
            as_json=as_json,
            quiet=quiet,
            inspector=inspector,
            inspector_port=inspector_port,
        )
        raise typer.Exit(code)


def _begun(engine: EngineChoice, project: Path) -> AbstractContextManager[KeptProcesses | None]:
    """The processes of a run without the CLI, which has its own."""
    return nullcontext() if uses_engine(engine) else begun(project, project / IMPORTS_FILE)
