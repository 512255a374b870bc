"""Answers ``aws.iam.get_policy_document``, which the provider computes without a call to AWS.

Source: Terraform AWS provider, data source aws_iam_policy_document.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from portcullis.errors import ExitCode, PortcullisError

POLICY_DOCUMENT_LOOKUP = "aws:iam/getPolicyDocument:getPolicyDocument"
VERSION = "2012-10-17"
ELEMENTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


class MergedDocumentsError(PortcullisError):
    exit_code = ExitCode.MISUSE

    def __init__(self) -> None:
        super().__init__(
            "The stand-in cannot merge documents in getPolicyDocument. "
            "Run: pulumi preview --policy-pack policies"
        )


def policy_document(args: Mapping[str, Any]) -> dict[str, Any]:
    """The document of these statements.

    Raises:
        MergedDocumentsError: the statements are merged with other documents.
    """
    if args.get("sourcePolicyDocuments") or args.get("overridePolicyDocuments"):
        raise MergedDocumentsError
    document: dict[str, Any] = {"Version": args.get("version", VERSION)}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = [_statement(one) for one in args.get("statements") or ()]
    text = json.dumps(document, indent=2)
    return {**args, "id": "0", "json": text, "minifiedJson": json.dumps(document)}


def _statement(declared: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": declared.get("effect", "Allow")}
    if declared.get("sid"):
        statement["Sid"] = declared["sid"]
    for key, element in ELEMENTS.items():
        if declared.get(key):
            statement[element] = _one_or_many(declared[key])
    for key, element in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if declared.get(key):
            statement[element] = _principals(declared[key])
    conditions: dict[str, dict[str, Any]] = {}
    for condition in declared.get("conditions") or ():
        values = _one_or_many(condition["values"])
        conditions.setdefault(condition["test"], {})[condition["variable"]] = values
    if conditions:
        statement["Condition"] = conditions
    return statement


def _principals(declared: Sequence[Mapping[str, Any]]) -> Any:
    if any(one["type"] == "*" for one in declared):
        return "*"
    merged: dict[str, list[str]] = {}
    for one in declared:
        merged.setdefault(one["type"], []).extend(one["identifiers"])
    return {kind: _one_or_many(identifiers) for kind, identifiers in merged.items()}


def _one_or_many(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)
