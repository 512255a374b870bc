"""The ids and computed outputs of Lambda."""

from collections.abc import Mapping

from portcullis.standin.invented import hexadecimal
from portcullis.standin.location import Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id


def _function(location: Location, name: str, inputs: Inputs) -> Created:
    function = physical_name(name, inputs)
    arn = location.arn("lambda", f"function:{function}")
    version = "1" if inputs.get("publish") else "$LATEST"
    qualified = f"{arn}:{version}"
    return Created(
        id=function,
        computed={
            "name": function,
            "arn": arn,
            "invokeArn": location.invoke_arn(arn),
            "version": version,
            "qualifiedArn": qualified,
            "qualifiedInvokeArn": location.invoke_arn(qualified),
            "lastModified": "2026-01-01T00:00:00.000+0000",
            "codeSha256": inputs.get("sourceCodeHash", ""),
        },
    )


def _function_alias(location: Location, name: str, inputs: Inputs) -> Created:
    alias = physical_name(name, inputs)
    arn = location.arn("lambda", f"function:{inputs['functionName']}:{alias}")
    return Created(
        id=arn, computed={"name": alias, "arn": arn, "invokeArn": location.invoke_arn(arn)}
    )


def _permission(_: Location, name: str, inputs: Inputs) -> Created:
    statement = str(inputs.get("statementId") or f"{name}-{hexadecimal(7, name)}")
    return Created(id=statement, computed={"statementId": statement})


ROWS: Mapping[str, Row] = {
    "aws:lambda/alias:Alias": _function_alias,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": _permission,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        with_id("{functionName},{qualifier}")
    ),
}
