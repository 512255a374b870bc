"""`portcullis doctor`: check everything that a deploy needs, before it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from portcullis.cli.options import AsJson, Pki, Project
from portcullis.cli.output import print_json
from portcullis.doctor.diagnosis import Diagnosis, Health
from portcullis.doctor.examination import examine
from portcullis.errors import ExitCode
from portcullis.pki.layout import DEFAULT_FOLDER
from portcullis.settings.project import find_project

COLOURS = {Health.OK: "green", Health.WARN: "yellow", Health.FAIL: "red", Health.SKIPPED: "dim"}


def doctor(
    context: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option(envvar="PULUMI_STACK", help="Which Pulumi.STACK.yaml to check.")
    ] = "local",
    pki: Pki = DEFAULT_FOLDER,
    project: Project = Path(),
    as_json: AsJson = False,
) -> None:
    """Check toolchain, settings, files and the AWS account, before a deploy and after.

    One line per check: ok, warn, fail or skipped, and how to fix it. Nothing is changed. Exit code
    1 when a check fails; a warning does not count.
    """
    folder = find_project(project.resolve())
    where = pki if pki.is_absolute() or pki != DEFAULT_FOLDER else folder / pki
    diagnoses = examine(folder, stack, where, context.find_object(datetime))
    found = list(diagnoses) if as_json else list(_shown(diagnoses))
    if as_json:
        print_json([asdict(diagnosis) for diagnosis in found])
    if any(diagnosis.health is Health.FAIL for diagnosis in found):
        raise typer.Exit(ExitCode.FAILED)


def _shown(diagnoses: Iterable[Diagnosis]) -> Iterable[Diagnosis]:
    """Print each line as soon as it is known."""
    console = Console(highlight=False, soft_wrap=True)
    for diagnosis in diagnoses:
        line = Text(f"{diagnosis.health:8}", style=COLOURS[diagnosis.health])
        line.append(f"{diagnosis.check:20} {diagnosis.found}", style="default")
        if diagnosis.fix:
            line.append(f". {diagnosis.fix}", style="default")
        console.print(line)
        yield diagnosis
