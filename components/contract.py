"""The API's contract: an OpenAPI document whose every operation says who may call it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import MisuseError

CONTRACT_FILE = Path(__file__).with_name("petstore.openapi.yaml")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FORBIDDEN_IN_CONTRACT = ("security", "x-amazon-apigateway-integration", "x-amazon-apigateway-auth")


class ContractError(MisuseError):
    """An operation of the contract does not say who may call it, or says it twice."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path; ``scope`` is None only for the key set."""

    method: str
    path: str
    scope: str | None


@dataclass(frozen=True)
class Contract:
    """An OpenAPI document whose every operation names its scope."""

    document: Mapping[str, Any]

    def __post_init__(self) -> None:
        for path, method, operation in each_operation(self.document):
            _check(path, method, operation)
        if not self.scopes:
            raise ContractError("The contract must have an operation with an x-scope.")

    @classmethod
    def load(cls, path: Path = CONTRACT_FILE) -> "Contract":
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    @property
    def description(self) -> str:
        return str(self.document["info"]["description"])

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(
            Operation(method=method.upper(), path=path, scope=operation.get("x-scope"))
            for path, method, operation in each_operation(self.document)
        )

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(o.scope for o in self.operations if o.scope is not None)


def each_operation(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation object, in the document's order."""
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _check(path: str, method: str, operation: Mapping[str, Any]) -> None:
    where = f"{method.upper()} {path} in {CONTRACT_FILE.name}"
    scope, is_jwks = operation.get("x-scope"), operation.get("x-jwks") is True
    if (scope is None) == (not is_jwks):
        raise ContractError(
            f"{where} must have either x-scope, the scope a client needs for it, or x-jwks: true "
            "where it serves the public keys. Add the one that fits."
        )
    if scope is not None and not re.fullmatch(r"[a-z][a-z0-9:._-]*", str(scope)):
        raise ContractError(f"{where} has the x-scope {scope!r}; write it like pets:read.")
    for extra in FORBIDDEN_IN_CONTRACT:
        if extra in operation:
            raise ContractError(f"{where} sets {extra}, which the program adds. Remove it.")
    declared = {p["name"] for p in operation.get("parameters", ()) if p.get("in") == "path"}
    if declared != set(re.findall(r"\{([^}+]+)\+?\}", path)):
        raise ContractError(f"{where} must declare exactly its path's parameters.")
