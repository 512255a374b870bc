"""The rights of deployer and reader as IAM policy documents, each within IAM's size limit."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bootstrap.actions import actions_of
from bootstrap.operations import OPERATIONS
from bootstrap.scopes import RightsScope, Scopes

MAX_POLICY_CHARACTERS = 6_144  # IAM and AWS STS quotas; whitespace is not counted
MAX_POLICIES_OF_A_ROLE = 10  # the same page, managed policies attached to a role
READS = ("Get", "List", "Describe", "GET")  # API Gateway's actions are HTTP methods
Document = dict[str, Any]


def deployer_policies(scopes: Scopes, *, state_bucket: str = "") -> list[Document]:
    """The documents, in an order that is the same in every run."""
    return _policies(
        scopes,
        lambda _: True,
        _state_backend(scopes, state_bucket, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
    )


def reader_policies(scopes: Scopes, *, state_bucket: str = "") -> list[Document]:
    """What a preview and a check for drift need: the deployer's rights that change nothing."""
    return _policies(scopes, is_read, _state_backend(scopes, state_bucket, ["s3:GetObject"]))


def is_read(action: str) -> bool:
    return action.partition(":")[2].startswith(READS)


def _policies(
    scopes: Scopes, is_granted: Callable[[str], bool], state: list[Document]
) -> list[Document]:
    by_scope: dict[str, tuple[RightsScope, set[str]]] = {}
    for resource_type in OPERATIONS:
        for action in filter(is_granted, actions_of(resource_type)):
            for scope in scopes.of(action):
                by_scope.setdefault(scope.sid, (scope, set()))[1].add(action)
    statements = [_statement(scope, actions) for scope, actions in by_scope.values()]
    return _packed(sorted([*statements, *state], key=lambda statement: str(statement["Sid"])))


def _statement(scope: RightsScope, actions: Iterable[str]) -> Document:
    statement: Document = {
        "Sid": scope.sid,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": list(scope.resources),
    }
    if scope.condition:
        statement["Condition"] = _plain(scope.condition)
    return statement


def _plain(condition: Mapping[str, Mapping[str, Any]]) -> Document:
    return {operator: dict(keys) for operator, keys in condition.items()}


def _state_backend(scopes: Scopes, bucket: str, actions: Iterable[str]) -> list[Document]:
    if not bucket:
        return []
    arn = f"arn:{scopes.place.partition}:s3:::{bucket}"
    return [
        _statement(RightsScope(sid="StateBucket", resources=(arn,)), ["s3:ListBucket"]),
        _statement(RightsScope(sid="StateObjects", resources=(f"{arn}/*",)), actions),
    ]


def _packed(statements: Iterable[Document]) -> list[Document]:
    documents: list[Document] = []
    for statement in statements:
        if documents:
            larger = _document([*documents[-1]["Statement"], statement])
            if size(larger) <= MAX_POLICY_CHARACTERS:
                documents[-1] = larger
                continue
        documents.append(_document([statement]))
    return documents


def _document(statements: list[Document]) -> Document:
    return {"Version": "2012-10-17", "Statement": statements}


def size(document: Document) -> int:
    """The characters that IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))
