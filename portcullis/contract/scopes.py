"""Finds the scope that a client needs for an operation: ``x-scope`` or an OAuth 2 requirement."""

import re
from collections.abc import Mapping
from typing import Any

from portcullis.contract.faults import Keys
from portcullis.contract.references import References
from portcullis.contract.source import ContractSource

_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,63}")  # authorizer/policy.py accepts these
_WITH_SCOPES = ("oauth2", "openIdConnect")
_MISSING = (
    "has no scope. Write x-scope: orders:read, the scope that a client needs for it, or require "
    "one scope of an oauth2 scheme under security. (x-jwks: true where it serves the public keys.)"
)


class ScopeReader:
    def __init__(self, source: ContractSource) -> None:
        self._source = source

    def of_operation(self, operation: Mapping[str, Any], keys: Keys) -> str | None:
        """The scope of an operation; None after noting a fault."""
        named = operation.get("x-scope")
        required = self._required(operation, keys)
        if "x-scope" in operation:
            if not isinstance(named, str) or not _SCOPE.fullmatch(named):
                self._source.add(
                    (*keys, "x-scope"),
                    f"is {named!r}. Write one scope of 1 to 64 letters, digits and : . _ / -, "
                    "such as orders:read.",
                )
                return None
            if operation.get("security") == []:
                self._source.add(
                    (*keys, "security"),
                    "is empty, so that anyone may call it, but x-scope requires a scope. Remove "
                    "security.",
                )
            if "security" in operation and required and named not in required:
                self._source.add(
                    (*keys, "security"),
                    f"requires {_listed(required)}, but x-scope is {named}. Write one of "
                    "those as x-scope, or remove security.",
                )
            return named
        if len(required) > 1:
            self._source.add(
                keys,
                f"requires the scopes {_listed(required)}, and an operation has one here. Write "
                "one of them as x-scope.",
            )
            return None
        if not required:
            self._source.add(keys, _MISSING)
            return None
        (scope,) = required
        if not _SCOPE.fullmatch(scope):
            self._source.add(
                keys,
                f"requires the scope {scope!r}, but a scope has 1 to 64 letters, digits and "
                ": . _ / -. Write x-scope: orders:read.",
            )
            return None
        return scope

    def _required(self, operation: Mapping[str, Any], keys: Keys) -> set[str]:
        """The scopes of the security requirement of an operation or of the whole document."""
        holder, at = (operation, keys) if "security" in operation else (self._source.document, ())
        alternatives = holder.get("security", [])
        if not isinstance(alternatives, list) or not all(
            isinstance(one, Mapping) for one in alternatives
        ):
            self._source.add((*at, "security"), "must be a list of security requirements.")
            return set()
        if {} in alternatives:  # an alternative without any requirement: anyone may call it
            return set()
        found: set[str] = set()
        for requirement in alternatives:
            scopes: set[str] = set()
            for name, listed in requirement.items():
                if self._kind(str(name), at) in _WITH_SCOPES and isinstance(listed, list):
                    scopes |= {str(scope) for scope in listed}
            if not scopes:  # an alternative without a scope, such as a bearer token alone
                return set()
            found |= scopes
        return found

    def _kind(self, name: str, at: Keys) -> Any:
        schemes = self._source.components("securitySchemes")
        if not isinstance(schemes.get(name), Mapping):
            self._source.add(
                (*at, "security"), f"{name} does not exist. Add it to components.securitySchemes."
            )
            return None
        scheme, _ = References(self._source).resolve(
            schemes[name], ("components", "securitySchemes", name), "securitySchemes"
        )
        return scheme.get("type")


def _listed(scopes: set[str]) -> str:
    return ", ".join(sorted(scopes))
