"""`portcullis keys`: the keys that sign tokens, and the three steps that replace one.

The commands edit Pulumi.<stack>.yaml and nothing else: each step takes effect with a `pulumi up`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from portcullis.cli.clients.options import LOCAL
from portcullis.cli.options import Project, command_group
from portcullis.cli.output import columns
from portcullis.errors import ExitCode, MisuseError
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.operations import OperationSettings
from portcullis.settings.key_rotation import (
    RotationState,
    RotationStep,
    in_utc,
    last_step_time,
    minutes,
    utc_text,
    write_next_step,
)
from portcullis.settings.project import StackConfig, find_project, load_stack_config

PROTECTED_KEY = (
    "urn:pulumi:{stack}::{project}::portcullis:index:GuardedApi$portcullis:index:JwtAuthorizer"
    "$aws:kms/key:Key::authorizer-signing-{label}"
)

app = command_group("List and rotate the keys that sign tokens.")

Stack = Annotated[str, typer.Option(help="Which Pulumi.STACK.yaml to read and change.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
stdout = Console(highlight=False, soft_wrap=True)


@app.command("list")
def list_keys(*, stack: Stack, project: Project = Path(), as_json: Json = False) -> None:
    """Show which keys are published, which one signs, and what comes next."""
    file, state, _ = _read(stack, project)
    since = last_step_time(file)
    is_idle = state.next_step is RotationStep.PUBLISH
    safe_at = None if is_idle or since is None else state.safe_at(since)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "published": list(state.published),
                    "signer": state.signer,
                    "next": state.next_step,
                    "since": since and since.isoformat(),
                    "safe_at": safe_at and safe_at.isoformat(),
                }
            )
        )
        return
    keys = [(label, "yes", "yes" if label == state.signer else "no") for label in state.published]
    for line in columns([("KEY", "PUBLISHED", "SIGNS"), *keys]):
        stdout.print(line)
    stdout.print(_next_step_text(state, safe_at, stack))


@app.command()
def rotate(
    *,
    stack: Stack,
    project: Project = Path(),
    deployed: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            help="When the `pulumi up` of the last step ended, in UTC, as 2026-01-31T12:20:00Z.",
            formats=["%Y-%m-%dT%H:%M:%SZ"],
        ),
    ] = None,
    step: Annotated[
        RotationStep | None, typer.Option(help="Refuse to do any other step than this one.")
    ] = None,
) -> None:
    """Write the next step of a rotation into the stack's settings: publish, sign, retire.

    Each step takes effect with `pulumi up`. A step that would make valid calls fail is refused:
    a new key signs only when every backend may know it, and an old one goes only when its last
    token has expired. Exit codes: 0 written, 1 too early, 2 the request cannot be honoured.
    """
    file, state, config = _read(stack, project)
    taken = state.next_step
    if step is not None and step is not taken:
        raise MisuseError(
            f"The next step is {taken}, not {step}. See: portcullis keys list --stack {stack}"
        )
    after = write_next_step(
        file, state, now=datetime.now(UTC), deployed=deployed and in_utc(deployed)
    )
    stdout.print(f"{file.name}: {_taken_text(taken, state, after)}")
    if taken is RotationStep.RETIRE and OperationSettings.read(config).protect:
        urn = PROTECTED_KEY.format(stack=stack, project=config.project, label=state.published[0])
        stdout.print(f"The old key is protected. First: pulumi state unprotect '{urn}'")
    deploy = "portcullis reload" if stack == LOCAL else f"pulumi up --stack {stack}"
    stdout.print(f"Now run: {deploy}")
    if taken is not RotationStep.RETIRE:
        stdout.print(
            f"Then wait {minutes(after.wait)}, and run: portcullis keys rotate --stack {stack}"
        )
    raise typer.Exit(ExitCode.OK)


def _read(stack: str, project: Path) -> tuple[Path, RotationState, StackConfig]:
    folder = find_project(project.resolve())
    config = load_stack_config(folder, stack)
    state = RotationState.of(AuthorizerSettings.read(config))
    return folder / f"Pulumi.{stack}.yaml", state, config


def _taken_text(step: RotationStep, before: RotationState, after: RotationState) -> str:
    return {
        RotationStep.PUBLISH: f"{after.published[-1]} is published beside {before.signer}, which "
        "still signs.",
        RotationStep.SIGN: f"{after.signer} signs, {before.signer} stays published.",
        RotationStep.RETIRE: f"{before.published[0]} is no longer published; KMS keeps it for 30 "
        "days.",
    }[step]


def _next_step_text(state: RotationState, safe_at: datetime | None, stack: str) -> str:
    if state.next_step is RotationStep.PUBLISH:
        return f"No rotation is under way. To begin one: portcullis keys rotate --stack {stack}"
    when = (
        f"not before {utc_text(safe_at)}"
        if safe_at
        else f"{minutes(state.wait)} after the last one"
    )
    return f"A rotation is under way. Next step: {state.next_step}, {when}."
