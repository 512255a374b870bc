"""Mutants of IAM documents: each statement gets a wildcard, is weakened or is removed."""

import json
from collections.abc import Iterator
from typing import Any

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import Mutant, with_document, with_value
from portcullis.graph.resource import UNKNOWN, Graph, Resource

Statement = dict[str, Any]
CALLER = "aws:PrincipalArn"
FOREIGN_ROLE = "arn:aws:iam::999999999999:role/signer"
FOREIGN_ACCOUNT = {"AWS": "arn:aws:iam::999999999999:root"}
WRITERS: dict[str, Statement] = {
    "every principal": {"Principal": "*"},
    "every principal but one": {"NotPrincipal": {"AWS": "arn:aws:iam::000000000000:role/reader"}},
    "another account": {"Principal": FOREIGN_ACCOUNT},
}
SIGNERS: dict[str, Statement] = {
    "a role of another account": {"AWS": FOREIGN_ROLE},
    "the root of another account": FOREIGN_ACCOUNT,
    "a service": {"Service": "lambda.amazonaws.com"},
}
WILDCARDS = ("*", {"AWS": "*"})  # a principal may be written either way
# The property that contains the document, and the elements of a statement that guard.
DOCUMENTS = {
    types.ROLE_POLICY: ("policy", ("Action", "Resource")),
    types.ROLE: ("assumeRolePolicy", ("Principal",)),
    types.KEY: ("policy", ("Principal",)),
    types.BUCKET_POLICY: ("policy", ()),
}


def document_mutants(graph: Graph) -> Iterator[Mutant]:
    for resource in graph:
        if resource.type not in DOCUMENTS:
            continue
        name, elements = DOCUMENTS[resource.type]
        text = resource.inputs.get(name)
        if not isinstance(text, str) or text == UNKNOWN:
            continue
        yield Mutant(
            target=resource.name,
            what=f"{name} unknown in a preview",
            graph=with_value(graph, resource, (name,), UNKNOWN),
        )
        statements = json.loads(text)["Statement"]
        if isinstance(statements, dict):  # a single statement needs no list
            statements = [statements]
        edits = [
            *_weaker_lists(statements, elements),
            *((what, [*statements, added]) for what, added in _additions(graph, resource)),
        ]
        for what, edited in edits:
            yield Mutant(
                target=resource.name,
                what=f"{name}: {what}",
                graph=with_document(graph, resource, name, ("Statement",), edited),
            )


def _additions(graph: Graph, resource: Resource) -> Iterator[tuple[str, Statement]]:
    """Statements that allow too much when they are added."""
    if resource.type == types.BUCKET_POLICY:
        written: Statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
        for who, principals in WRITERS.items():
            yield f"{who} may write", written | principals
    if resource.type == types.KEY and resource.inputs.get("keyUsage") == "SIGN_VERIFY":
        signed: Statement = {"Effect": "Allow", "Action": "kms:Si*", "Resource": "*"}
        for who, principal in SIGNERS.items():
            yield f"{who} may sign", signed | {"Principal": principal}
    if resource.type == types.ROLE and _is_signer(resource, graph):
        assumed: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        yield "another account may become the signer", assumed | {"Principal": FOREIGN_ACCOUNT}


def _is_signer(role: Resource, graph: Graph) -> bool:
    """Whether the policy of a key names the role."""
    arn_part = f':role/{role.inputs.get("name")}"'
    return any(arn_part in str(key.inputs.get("policy")) for key in graph.of_type(types.KEY))


def _weaker_lists(
    statements: list[Statement], elements: tuple[str, ...]
) -> Iterator[tuple[str, list[Statement]]]:
    """The list with one statement weakened or removed."""
    for index, statement in enumerate(statements):
        label = statement.get("Sid", f"statement {index}")
        edits: Iterator[tuple[str, Statement | None]] = (
            _allow_edits(label, statement, elements)
            if statement["Effect"] == "Allow"
            else _deny_edits(label, statement)
        )
        for what, edited in edits:
            kept = [] if edited is None else [edited]
            yield what, [*statements[:index], *kept, *statements[index + 1 :]]


def _allow_edits(
    label: str, statement: Statement, elements: tuple[str, ...]
) -> Iterator[tuple[str, Statement]]:
    for element in elements:
        if element not in statement:
            continue  # the statement has the negated element, such as NotAction
        value = statement[element]
        if value not in WILDCARDS:
            yield f"{element} of {label} is a wildcard", statement | {element: "*"}
            if element == "Action":
                part = _with_wildcard(value)
                yield f"Action of {label} contains a wildcard", statement | {element: part}
        elif "Condition" in statement:
            yield f"{label} without its condition", _without_condition(statement)


def _deny_edits(label: str, statement: Statement) -> Iterator[tuple[str, Statement | None]]:
    """The edits of a statement that denies; None removes it."""
    condition = statement.get("Condition", {})
    if "kms:SigningAlgorithm" in json.dumps(condition):
        return  # P-256 keys support ES256 only, so removing this condition changes nothing
    yield f"{label} not denied", None
    yield f"{label} allowed instead", statement | {"Effect": "Allow"}
    yield f"{label} denied to one role only", statement | {"Principal": {"AWS": "arn:aws:iam::1:x"}}
    if CALLER in json.dumps(condition):
        exempted = {operator: _with_foreign_role(pairs) for operator, pairs in condition.items()}
        changed = statement | {"Condition": exempted}
        yield f"{label} not denied to a role of another account", changed


def _with_wildcard(actions: str | list[str]) -> str:
    """``kms:Sign`` becomes ``kms:Si*``."""
    first = actions if isinstance(actions, str) else actions[0]
    return f"{first[:-2]}*"


def _without_condition(statement: Statement) -> Statement:
    return {element: value for element, value in statement.items() if element != "Condition"}


def _with_foreign_role(pairs: dict[str, Any]) -> dict[str, Any]:
    if CALLER not in pairs:
        return pairs
    own = pairs[CALLER]
    return pairs | {CALLER: [*([own] if isinstance(own, str) else own), FOREIGN_ROLE]}
