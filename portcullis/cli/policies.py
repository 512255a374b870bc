"""`portcullis policies`: judge a stack with the policy pack, and test the pack with mutants."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from portcullis.analyzer.configuration_file import read_policy_config
from portcullis.analyzer.own_pack import write_pack
from portcullis.analyzer.pack_folder import INSTALLED, OF_A_PROJECT, pack_of
from portcullis.analyzer.process import pack_process
from portcullis.analyzer.proof import ProofFormat
from portcullis.analyzer.reports import ReportFormat
from portcullis.awsmodels.finding import FaultKind, ModelFinding, ModelJudgement
from portcullis.cli.options import Project, Settings, command_group
from portcullis.cli.setting_option import split_setting
from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.graph.in_process import record
from portcullis.graph.resource import Graph
from portcullis.settings.project import find_project, load_stack_config

DEFAULT_STACK = "local"

app = command_group("Judge a stack with the policy pack, and prove that it refuses broken stacks.")

Stack = Annotated[
    str | None,
    typer.Option(help=f"Which Pulumi.STACK.yaml supplies settings; {DEFAULT_STACK} if left out."),
]
Pack = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The policy pack; policies/ of the project, or else the one of `policies path`.",
    ),
]
PolicyConfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Levels and thresholds of rules, as for `pulumi preview --policy-pack-config`.",
    ),
]
Output = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the report here, not to the terminal.")
]


# Long because every option of the command is a parameter.
@app.command()
def check(
    *,
    stack: Stack = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Judge a `pulumi stack export` instead.")
    ] = None,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="text, json, junit or sarif")
    ] = ReportFormat.TEXT,
    output: Output = None,
    sarif: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as SARIF too, here.")
    ] = None,
    project: Project = Path(),
    policy_pack: Pack = None,
    policy_config: PolicyConfig = None,
    config: Settings = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List the compliant rules in a text report too.")
    ] = False,
    aws_models: Annotated[
        bool, typer.Option(help="Hold every resource to AWS's own models and limits too.")
    ] = True,
    engine: Annotated[
        bool,
        typer.Option(
            "--engine",
            help="Preview with the `pulumi` CLI and a stand-in for AWS: for programs in other "
            "languages, and for remote components.",
        ),
    ] = False,
) -> None:
    """Judge what the program would deploy, as at `pulumi preview`: nothing is created.

    Exit codes: 0 no mandatory violation and no finding of AWS's models, 1 at least one, 2 the
    program could not be judged, or wrong usage.
    """
    if state is not None and (stack is not None or config or engine):
        raise MisuseError(
            "--state already selects a stack: leave out --stack, --config and --engine."
        )
    overrides = dict(map(split_setting, config or ()))
    levels = read_policy_config(policy_config) if policy_config else None

    def graph_to_judge() -> Graph:
        if state is not None:
            from portcullis.graph.state import read_export  # noqa: PLC0415 - see below

            return read_export(state)
        directory = find_project(project.resolve())
        return _preview(directory, stack or DEFAULT_STACK, overrides, engine=engine)

    pack = policy_pack or pack_of(find_project(project.resolve()))
    # The program and the pack start side by side, each with imports of about a second. This process
    # imports everything else meanwhile.
    with _judging(), ExitStack() as opened, ThreadPoolExecutor(2) as workers:
        recording = workers.submit(graph_to_judge)
        starting = workers.submit(opened.enter_context, pack_process(pack))

        from portcullis.analyzer.applied import judge_applied  # noqa: PLC0415
        from portcullis.analyzer.harness import connected_pack  # noqa: PLC0415
        from portcullis.analyzer.reports.render import render  # noqa: PLC0415
        from portcullis.analyzer.reports.subject import Subject  # noqa: PLC0415
        from portcullis.awsmodels.judge import judge  # noqa: PLC0415

        running = opened.enter_context(connected_pack(pack, starting.result()))
        graph = recording.result()
        judging = workers.submit(judge, graph) if aws_models else None
        verdict = judge_applied(running.judge(graph, preview=state is None, config=levels), graph)
        models = judging.result() if judging else None
    if models and models.unmapped_types:
        types = ", ".join(models.unmapped_types)
        typer.echo(f"note: AWS's models do not describe {types}: not held to them.", err=True)
        models = models.of_mapped_types()
    subject = Subject(
        project=graph.project,
        stack=graph.stack,
        semantics="preview" if state is None else "state",
    )
    if sarif is not None:
        _write(render(verdict, subject, ReportFormat.SARIF, models), sarif)
    _write(render(verdict, subject, format_, models, verbose=verbose), output)
    if verdict.mandatory or (models and any(map(_is_refused, models.findings))):
        raise typer.Exit(ExitCode.FAILED)
    _require_judged(graph, models)


def _preview(directory: Path, stack: str, config: dict[str, str], *, engine: bool) -> Graph:
    if not engine:
        return record(directory, stack, preview=True, config=config)
    # Imported here: gRPC and the provider take a third of a second.
    from portcullis.graph.engine_preview import preview  # noqa: PLC0415

    return preview(load_stack_config(directory, stack, config))


@contextmanager
def _judging() -> Iterator[None]:
    """Exit code 1 is a verdict. Without one, whatever failed, it is 2."""
    try:
        yield
    except PortcullisError as error:
        error.exit_code = ExitCode.MISUSE
        raise


def _is_refused(finding: ModelFinding) -> bool:
    return finding.kind is not FaultKind.UNMAPPED


def _require_judged(graph: Graph, models: ModelJudgement | None) -> None:
    """Raises MisuseError for a stack without a violation of which a part was not judged."""
    remote = [resource.name for resource in graph if resource.flags.remote]
    if remote:
        raise MisuseError(
            f"The resources of the remote component {remote[0]!r} were not judged, because another "
            "process registers them. Run: portcullis policies check --engine"
        )
    if models and models.findings:
        first = models.findings[0]
        raise MisuseError(
            f"{first.path} of {first.resource} was not held to AWS's models: {first.because}. "
            "To judge by the policy pack only, add: --no-aws-models"
        )


@app.command("prove")
def prove_stack(
    *,
    stack: Stack = None,
    format_: Annotated[
        ProofFormat, typer.Option("--format", help="text, markdown or json")
    ] = ProofFormat.TEXT,
    output: Output = None,
    project: Project = Path(),
    policy_pack: Pack = None,
    config: Settings = None,
) -> None:
    """Break one guard of the stack at a time, and show which rules refuse it.

    Exit codes: 0 every mutant is refused, 1 at least one survives, 2 the program could not be
    judged, or wrong usage.
    """
    from portcullis.analyzer.proof.mutants import mutants  # noqa: PLC0415 - `check` needs none
    from portcullis.analyzer.proof.prove import prove  # noqa: PLC0415
    from portcullis.analyzer.proof.table import render_proof  # noqa: PLC0415

    directory = find_project(project.resolve())
    with _judging():
        overrides = dict(map(split_setting, config or ()))
        graph = record(directory, stack or DEFAULT_STACK, preview=True, config=overrides)
    broken = list(mutants(graph))

    from rich.console import Console  # noqa: PLC0415 - `check` in a pipe needs no terminal
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Breaking one guard at a time", total=len(broken))
        proof = prove(
            graph,
            broken,
            pack=policy_pack or pack_of(directory),
            progress=lambda _: bar.advance(task),
        )
    _write(render_proof(proof, format_), output)
    if proof.survivors:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def init(*, project: Project = Path(), policy_pack: Pack = None) -> None:
    """Make the project's own pack: these rules, with a configuration and waivers of its own."""
    folder = policy_pack or find_project(project.resolve()) / OF_A_PROJECT
    for file in write_pack(folder):
        typer.echo(file)


@app.command()
def path() -> None:
    """Show the folder of the installed pack, for `pulumi preview --policy-pack`."""
    typer.echo(INSTALLED)


def _write(report: str, output: Path | None) -> None:
    if output is None:
        if sys.stdout.isatty():
            from rich.console import Console  # noqa: PLC0415 - as in prove_stack

            from portcullis.analyzer.reports.terminal import coloured  # noqa: PLC0415

            Console(soft_wrap=True).print(coloured(report), end="")
        else:
            typer.echo(report, nl=False)
        return
    try:
        output.write_text(report, encoding="utf-8")
    except OSError as error:
        raise MisuseError(f"The report cannot be written to {output}: {error.strerror}.") from error
