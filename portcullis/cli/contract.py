"""`portcullis contract`: check an OpenAPI document as the deploy checks it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from authorizer.policy import LONG_STAGE_ARN, Policies, PolicyError, Route, check_limits
from portcullis.cli.options import AsJson, command_group
from portcullis.cli.output import columns, print_json
from portcullis.contract.contract import Contract
from portcullis.contract.operations import ContractOperation

MAX_RESOURCES = 300  # API Gateway quotas, resources of a REST API
KEY_SET = "none: the public keys"

app = command_group("Check an OpenAPI document as the deploy checks it.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenAPI 3.0, YAML or JSON.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show each route with its scope, what is validated, and what API Gateway ignores.

    Exit codes: 0 API Gateway can import the contract, 2 it cannot.
    """
    found = Contract.load(file)
    if as_json:
        listed = [_summary(operation) for operation in found.operations]
        print_json({"file": str(file), "routes": listed, "ignored": list(found.ignored)})
        return
    for line in columns(_rows(found)):
        typer.echo(line)
    for operation in found.operations:
        for line in operation.ignored:
            typer.echo(f"Ignored: {operation.method} {operation.path}: {line}.")
    for line in found.ignored:
        typer.echo(f"Ignored: components: {line}.")
    if found.resource_count > MAX_RESOURCES:
        typer.echo(
            f"Quota: the paths need {found.resource_count} resources, and API Gateway creates "
            f"{MAX_RESOURCES} for each API until its quota Resources per API is raised."
        )
    for line in _policy_notes(found):
        typer.echo(line)
    typer.echo(
        "API Gateway checks that required parameters are there, not their values, and a body only "
        "if its type is application/json."
    )


def _policy_notes(found: Contract) -> list[str]:
    """The scopes that no client can have alone, and whether one client can have all of them.

    The deploy checks the clients of the registry.
    """
    scoped = [o for o in found.operations if o.scope is not None]
    policies = Policies(Route(method=o.method, path=o.path, scope=str(o.scope)) for o in scoped)
    notes = []
    for scope in sorted(found.scopes):
        try:
            check_limits(policies.statements([scope]), LONG_STAGE_ARN)
        except PolicyError as error:
            notes.append(f"Clients: no policy can give a client only the scope {scope}. {error}")
    try:
        check_limits(policies.statements(found.scopes), LONG_STAGE_ARN)
    except PolicyError as error:
        notes.append(f"Clients: no policy can give a client every scope. {error}")
    return notes


def _rows(found: Contract) -> list[tuple[str, ...]]:
    return [
        ("METHOD", "PATH", "SCOPE", "VALIDATED"),
        *(
            (o.method, o.path, o.scope or KEY_SET, ", ".join(o.validated) or "nothing")
            for o in found.operations
        ),
    ]


def _summary(operation: ContractOperation) -> dict[str, Any]:
    return {
        "method": operation.method,
        "path": operation.path,
        "scope": operation.scope,
        "validated": list(operation.validated),
        "ignored": list(operation.ignored),
    }
