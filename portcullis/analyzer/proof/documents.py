"""Mutants of IAM documents: each statement gets a wildcard, is weakened or is removed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import Mutant, with_document, with_value
from portcullis.graph.resource import UNKNOWN, Graph, Resource

Statement = dict[str, Any]
PUBLIC_WRITE: Statement = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "*",
}
WRITE_BUT_ONE: Statement = {
    "Effect": "Allow",
    "NotPrincipal": {"AWS": "arn:aws:iam::000000000000:role/reader"},
    "Action": "s3:PutObject",
    "Resource": "*",
}
FOREIGN_WRITE: Statement = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
    "Action": "s3:PutObject",
    "Resource": "*",
}
WRITERS: dict[str, Statement] = {
    "every principal": PUBLIC_WRITE,
    "every principal but one": WRITE_BUT_ONE,
    "another account": FOREIGN_WRITE,
}
CALLER = "aws:PrincipalArn"
FOREIGN_ROLE = "arn:aws:iam::999999999999:role/signer"
FOREIGN_ACCOUNT = {"AWS": "arn:aws:iam::999999999999:root"}
SIGNERS = {
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
        for what, edit in _edits(json.loads(text)["Statement"], elements):
            yield Mutant(
                target=resource.name,
                what=f"{name}: {what}",
                graph=with_document(graph, resource, name, edit),
            )
        if resource.type == types.BUCKET_POLICY:
            for who, statement in WRITERS.items():
                yield _opened(graph, resource, name, who, statement)
        if resource.type == types.KEY and resource.inputs.get("keyUsage") == "SIGN_VERIFY":
            yield from _signed_by_others(graph, resource, name)
        if resource.type == types.ROLE and _is_signer(resource, graph):
            statement = {"Effect": "Allow", "Action": "sts:AssumeRole"}
            yield Mutant(
                target=resource.name,
                what=f"{name}: another account may become the signer",
                graph=with_document(
                    graph, resource, name, _adding(statement | {"Principal": FOREIGN_ACCOUNT})
                ),
            )


def _is_signer(role: Resource, graph: Graph) -> bool:
    """Whether the policy of a key names the role."""
    arn_part = f':role/{role.inputs.get("name")}"'
    return any(arn_part in str(key.inputs.get("policy")) for key in graph.of_type(types.KEY))


def _edits(
    statements: list[Statement], elements: tuple[str, ...]
) -> Iterator[tuple[str, Callable[[dict[str, Any]], None]]]:
    for index, statement in enumerate(statements):
        label = statement.get("Sid", f"statement {index}")
        if statement["Effect"] == "Allow":
            for element in elements:
                if statement[element] not in WILDCARDS:
                    yield f"{element} of {label} is a wildcard", _set(index, element, "*")
                    if element == "Action":
                        part = _with_wildcard(statement[element])
                        yield f"Action of {label} contains a wildcard", _set(index, element, part)
                elif "Condition" in statement:
                    yield f"{label} without its condition", _unconditional(index)
        else:
            yield from _deny_edits(index, label, statement)


def _deny_edits(
    index: int, label: str, statement: Statement
) -> Iterator[tuple[str, Callable[[dict[str, Any]], None]]]:
    condition = statement.get("Condition", {})
    if "kms:SigningAlgorithm" in json.dumps(condition):
        return  # P-256 keys support ES256 only, so removing this condition changes nothing
    yield f"{label} not denied", _remove(index)
    yield f"{label} allowed instead", _set(index, "Effect", "Allow")
    yield f"{label} denied to one role only", _set(index, "Principal", {"AWS": "arn:aws:iam::1:x"})
    if CALLER in json.dumps(condition):
        yield f"{label} not denied to a role of another account", _exempt(index)


def _with_wildcard(actions: str | list[str]) -> str:
    """``kms:Sign`` becomes ``kms:Si*``."""
    first = actions if isinstance(actions, str) else actions[0]
    return f"{first[:-2]}*"


def _set(index: int, element: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"][index][element] = value

    return edit


def _exempt(index: int) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        for pairs in document["Statement"][index]["Condition"].values():
            if CALLER in pairs:
                own = pairs[CALLER]
                pairs[CALLER] = [*([own] if isinstance(own, str) else own), FOREIGN_ROLE]

    return edit


def _signed_by_others(graph: Graph, key: Resource, name: str) -> Iterator[Mutant]:
    for who, principal in SIGNERS.items():
        statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:Si*"}
        yield Mutant(
            target=key.name,
            what=f"{name}: {who} may sign",
            graph=with_document(graph, key, name, _adding(statement | {"Resource": "*"})),
        )


def _adding(statement: Statement) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"].append(statement)

    return edit


def _unconditional(index: int) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        del document["Statement"][index]["Condition"]

    return edit


def _remove(index: int) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        del document["Statement"][index]

    return edit


def _opened(graph: Graph, resource: Resource, name: str, who: str, statement: Statement) -> Mutant:
    return Mutant(
        target=resource.name,
        what=f"{name}: {who} may write",
        graph=with_document(graph, resource, name, _adding(statement)),
    )
