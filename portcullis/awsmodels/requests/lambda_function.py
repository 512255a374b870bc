"""Lambda functions, versions' aliases and permissions."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same

_FUNCTION: Final = {
    "name": "FunctionName",
    "role": "Role",
    "runtime": "Runtime",
    "handler": "Handler",
    "description": "Description",
    "timeout": "Timeout",
    "memorySize": "MemorySize",
    "publish": "Publish",
    "packageType": "PackageType",
    "architectures": "Architectures",
    "environment": "Environment",
    "kmsKeyArn": "KMSKeyArn",
    "layers": "Layers",
    "tracingConfig": "TracingConfig",
    "snapStart": "SnapStart",
    "loggingConfig": "LoggingConfig",
    "ephemeralStorage": "EphemeralStorage",
    "deadLetterConfig": "DeadLetterConfig",
    "vpcConfig": "VpcConfig",
    "tags": "Tags",
}


def _function(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    code = {
        "S3Bucket": moved(inputs, "s3Bucket"),
        "S3Key": moved(inputs, "s3Key"),
        "S3ObjectVersion": moved(inputs, "s3ObjectVersion"),
        "ImageUri": moved(inputs, "imageUri"),
    }
    parameters: dict[str, Any] = {
        member: moved(inputs, name)
        for name, member in _FUNCTION.items()
        if inputs.get(name) is not None
    }
    parameters["Code"] = {name: value for name, value in code.items() if value is not None}
    return parameters


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:lambda/alias:Alias": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="lambda:CreateAlias",
                members=same(
                    "name", "description", "functionName", "functionVersion", "routingConfig"
                ),
            ),
        ),
    ),
    "aws:lambda/function:Function": TypeRequests(
        auto_named="name",
        sent=(
            Sent(operation="lambda:CreateFunction", reshape=_function),
            Sent(
                operation="lambda:PutFunctionConcurrency",
                members={"name": "FunctionName", **same("reservedConcurrentExecutions")},
                only_if=("reservedConcurrentExecutions",),
            ),
        ),
        not_sent={
            "code": "a file; its size is a limit of its own",
            "sourceCodeHash": "the provider's own",
            "skipDestroy": "the provider's own",
        },
    ),
    "aws:lambda/invocation:Invocation": TypeRequests(
        sent=(
            Sent(
                operation="lambda:Invoke",
                members={"input": "Payload", **same("functionName", "qualifier")},
            ),
        ),
        not_sent={
            "triggers": "the provider's own",
            "lifecycleScope": "the provider's own",
            "terraformKey": "the provider's own",
        },
    ),
    "aws:lambda/permission:Permission": TypeRequests(
        sent=(
            Sent(
                operation="lambda:AddPermission",
                members={
                    "function": "FunctionName",
                    **same(
                        "statementId",
                        "action",
                        "principal",
                        "sourceArn",
                        "sourceAccount",
                        "qualifier",
                        "eventSourceToken",
                        "functionUrlAuthType",
                        "principalOrgId",
                    ),
                },
            ),
        )
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": TypeRequests(
        sent=(
            Sent(
                operation="lambda:PutProvisionedConcurrencyConfig",
                members=same("functionName", "qualifier", "provisionedConcurrentExecutions"),
            ),
        ),
        not_sent={"skipDestroy": "the provider's own"},
    ),
}
