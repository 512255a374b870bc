"""The registry that a command changes: a file or a DynamoDB table; and the change itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from portcullis.cli.clients.options import LOCAL
from portcullis.cli.clients.project import known_rate_plans, known_scopes, stack_of_table
from portcullis.cli.output import print_json
from portcullis.errors import MisuseError
from portcullis.registry.file_store import FilePlan, FileStore
from portcullis.registry.store import Edit, Plan, Store

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


IN_A_TABLE = "It takes effect after registryCacheSeconds + authorizerCacheSeconds at the latest."


def apply(where: Store, edit: Edit, *, dry_run: bool, as_json: bool) -> None:
    """Show the change, make it, and say when it takes effect."""
    plan = where.plan(edit)
    is_written = bool(plan.diff) and not dry_run
    if not as_json:
        typer.echo(plan.diff, nl=False)
    if is_written:
        plan.write()
    effect = effect_of(plan) if is_written else None
    if as_json:
        print_json({"diff": plan.diff, "written": is_written, "effect": effect})
    elif effect is not None:
        typer.echo(f"Written. {effect}", err=True)
    elif plan.diff:
        typer.echo("Nothing was written (--dry-run).", err=True)
    else:
        typer.echo("Nothing to change.", err=True)


def effect_of(plan: Plan) -> str:
    if not isinstance(plan, FilePlan):
        return IN_A_TABLE
    if plan.path.name == f"clients.{LOCAL}.yaml":
        return "It takes effect on the laptop with `portcullis reload` or its next start"
    return "It takes effect with the next deploy: pulumi up"


def store_of(file: Path | None, stack: str, table: str | None) -> Store:
    if table is not None:
        if file is not None:
            raise MisuseError("--file and --table were both given. Choose one of them.")
        from portcullis.registry.table_store import TableStore  # noqa: PLC0415 - see dynamodb

        scopes = known_scopes(stack_of_table(table) or stack)
        return TableStore(dynamodb(), table, known_scopes=scopes)
    return FileStore(file or _file_of(stack), known_scopes=known_scopes(stack))


def _file_of(stack: str) -> Path:
    file = Path(f"clients.{stack}.yaml")
    if file.exists():
        return file
    others = ", ".join(sorted(path.name for path in Path().glob("clients.*.yaml")))
    raise MisuseError(
        f"There is no {file} in {Path.cwd()}. "
        + (
            f"Here: {others}. Choose one with --stack or --file."
            if others
            else "Run this in the project's folder, or say where: --file FILE or --table NAME."
        )
    )


def dynamodb() -> "DynamoDBClient":
    # The import takes half a second, and only --table needs it.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.client("dynamodb")
    except (BotoCoreError, ValueError) as error:  # a bad endpoint or number is a ValueError
        raise MisuseError(
            f"--table needs AWS: {error} Set AWS_REGION and credentials as for `aws`."
        ) from error


def rate_plans(file: Path | None, stack: str, table: str | None) -> frozenset[str] | None:
    """The rate plans of the stack that the registry belongs to; None if that is unknown."""
    if table is not None:
        owner = stack_of_table(table)
        return None if owner is None else known_rate_plans(owner)
    return known_rate_plans(stack) if file is None else None
