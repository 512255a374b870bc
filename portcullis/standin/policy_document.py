"""Answers ``aws.iam.get_policy_document``, which the provider computes without a call to AWS.

Source: Terraform AWS provider, data source aws_iam_policy_document.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.resource import UNKNOWN

POLICY_DOCUMENT_LOOKUP = "aws:iam/getPolicyDocument:getPolicyDocument"
VERSION = "2012-10-17"
ELEMENTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


class UnreadableDocumentError(PortcullisError):
    exit_code = ExitCode.MISUSE

    def __init__(self, why: str) -> None:
        super().__init__(f"getPolicyDocument cannot merge its source documents: {why}.")


def policy_document(args: Mapping[str, Any]) -> dict[str, Any]:
    """The document of these statements, merged with others as the provider merges them.

    Statements of later documents replace earlier ones with the same Sid. A source document with an
    unknown part makes the result unknown.

    Raises:
        UnreadableDocumentError: a document is not JSON, or two sources have the same Sid.
    """
    own: dict[str, Any] = {"Version": args.get("version", VERSION)}
    if args.get("policyId"):
        own["Id"] = args["policyId"]
    own["Statement"] = [_statement(one) for one in args.get("statements") or ()]
    sources = args.get("sourcePolicyDocuments") or ()
    overrides = args.get("overridePolicyDocuments") or ()
    unknown = [text for text in (*sources, *overrides) if UNKNOWN in text]
    if unknown:
        return {**args, "id": "0", "json": unknown[0], "minifiedJson": unknown[0]}
    parsed = [_parsed(text) for text in sources]
    _require_unique(parsed)
    document: dict[str, Any] = {"Statement": []}
    for one in (*parsed, own, *map(_parsed, overrides)):
        document = _merged(document, one)
    text = json.dumps(document, indent=2)
    return {**args, "id": "0", "json": text, "minifiedJson": json.dumps(document)}


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnreadableDocumentError("one of them is not a JSON object")
    return document


def _require_unique(documents: Sequence[Mapping[str, Any]]) -> None:
    sids = [one["Sid"] for document in documents for one in _statements(document) if one.get("Sid")]
    for sid in sids:
        if sids.count(sid) > 1:
            raise UnreadableDocumentError(f"the Sid {sid!r} is in two of them")


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    statements = document.get("Statement") or []
    return statements if isinstance(statements, list) else [statements]


def _merged(before: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """``later`` over ``before``: a statement with the same Sid takes the other's place."""
    statements = list(_statements(before))
    for statement in _statements(later):
        sid = statement.get("Sid")
        places = [n for n, one in enumerate(statements) if sid and one.get("Sid") == sid]
        if places:
            statements[places[0]] = statement
        else:
            statements.append(statement)
    others = {key: value for key, value in {**before, **later}.items() if key != "Statement"}
    return {**others, "Statement": statements}


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
