"""Builds the Allow policy for exactly the methods that a client's scopes permit.

API Gateway may cache an answer and reuse it for every method of the stage, so the policy covers all
permitted methods, not only the one of the call. Imports nothing beyond the standard library and
this folder: the packaging runs this code too, to refuse a contract that would exceed the limits.

Source: API Gateway Developer Guide, "Output from an API Gateway Lambda authorizer" (512 characters
for a Resource ARN) and "Statement reference of IAM policies for executing API in API Gateway".
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from authorizer.cache import BoundedCache
from authorizer.reasons import FailedError, Reason

MAX_RESOURCE_ARN_LENGTH = 512
# AWS names no figure for a whole policy; the quota of an API's resource policy is our budget.
MAX_POLICY_LENGTH = 8192
# In place of the stage's ARN, which is unknown before the deploy: a long region, a long stage.
LONG_STAGE_ARN: Final = (
    f"arn:aws-us-gov:execute-api:ap-northeast-1:{'0' * 12}:{'a' * 10}/{'s' * 32}"
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Effect = Literal["Allow", "Deny"]

SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,63}")  # fit for a token, a header and a log

_PATH = re.compile(r"/|(?:/(?:[A-Za-z0-9._~!$&'()+,;=:@%-]+|\{[A-Za-z0-9._-]+\+?\}))+")
_PARAMETER = re.compile(r"\{[A-Za-z0-9._-]+(\+?)\}")


class PolicyError(ValueError):
    """The contract cannot be written as a policy. Names the routes and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeStatement:
    """One statement; ``resources`` are what follows the stage's ARN, such as ``GET/orders/*``."""

    effect: Effect
    resources: tuple[str, ...]

    def document(self, stage_arn: str) -> dict[str, Any]:
        return {
            "Action": "execute-api:Invoke",
            "Effect": self.effect,
            "Resource": [f"{stage_arn}/{resource}" for resource in self.resources],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of the contract and the scope that permits it."""

    method: str
    path: str
    scope: str
    resource: str = field(init=False)  # as a policy names it: a parameter is a *

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise PolicyError(
                f"{self.method} {self.path}: a policy names each method; list "
                f"{', '.join(sorted(METHODS))} instead of {self.method!r}."
            )
        if not _PATH.fullmatch(self.path):
            raise PolicyError(
                f"{self.method} {self.path}: a path is / or segments that are plain text or one "
                "{parameter} each."
            )
        if not SCOPE.fullmatch(self.scope):
            raise PolicyError(
                f"{self.method} {self.path}: its scope is {self.scope!r}, but must be 1 to 64 "
                "letters, digits and : . _ / -, such as orders:read."
            )
        object.__setattr__(self, "resource", self.method + _PARAMETER.sub("*", self.path))


class Policies:
    """Turns scopes into policy documents, each combination once."""

    def __init__(self, routes: Iterable[Route], *, capacity: int = 1024) -> None:
        self._routes = tuple(routes)
        self._required = {(route.method, route.path): route.scope for route in self._routes}
        self._documents: BoundedCache[tuple[tuple[str, ...], str], dict[str, Any]] = BoundedCache(
            capacity
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read ``routes.json`` of the zip.

        Raises:
            FailedError: it is missing or no list of routes.
        """
        try:
            listed = json.loads(path.read_bytes())
            routes = [Route(**entry) for entry in listed]
        except (OSError, ValueError, TypeError) as error:
            raise FailedError(
                Reason.POLICY_FAILED, f"{path.name} is not readable: {type(error).__name__}"
            ) from error
        if not routes:
            raise FailedError(Reason.POLICY_FAILED, f"{path.name} lists no routes")
        return cls(routes)

    def required_scope(self, method: str, path: str) -> str | None:
        """The scope of a route, such as GET and /orders/{id}; None where there is none."""
        return self._required.get((method, path))

    def document(self, scopes: tuple[str, ...], stage_arn: str) -> dict[str, Any] | None:
        """The policy document of an Allow answer, or None where the scopes permit nothing.

        The same object is returned again and must not be changed.

        Raises:
            FailedError: ``policy_failed``: the packaging would have refused this contract.
        """
        known = self._documents.get((scopes, stage_arn))
        if known is not None:
            return known
        try:
            statements = self.statements(scopes)
            check_limits(statements, stage_arn)
        except PolicyError as error:
            raise FailedError(Reason.POLICY_FAILED, "no policy can tell this contract") from error
        if not statements:
            return None
        document = policy_document(statements, stage_arn)
        self._documents.put((scopes, stage_arn), document)
        return document

    def statements(self, scopes: Iterable[str]) -> tuple[InvokeStatement, ...]:
        """What the scopes permit; empty where they permit nothing.

        In an IAM resource ``*`` also covers slashes: ``GET/orders/*`` covers
        ``GET/orders/1/items``. Where that reaches a route of another scope, an explicit Deny takes
        it out again.

        Raises:
            PolicyError: the Deny would take a permitted route with it.
        """
        granted = frozenset(scopes)
        permitted = [route for route in self._routes if route.scope in granted]
        others = [route for route in self._routes if route.scope not in granted]
        if not permitted:
            return ()
        denied = {
            other.method + _PARAMETER.sub("*", path)
            for other in others
            for path in {other.path, other.path.rstrip("/") + "/"}  # a caller may add the slash
            if any(_intersect(_glob(r.resource), _instances(other.method, path)) for r in permitted)
        }
        for resource in sorted(denied):
            _check_denied(resource, permitted)
        allow = InvokeStatement(
            effect="Allow", resources=tuple(sorted({r.resource for r in permitted}))
        )
        if not denied:
            return (allow,)
        return (allow, InvokeStatement(effect="Deny", resources=tuple(sorted(denied))))


def policy_document(statements: Iterable[InvokeStatement], stage_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [statement.document(stage_arn) for statement in statements],
    }


def check_limits(statements: Sequence[InvokeStatement], stage_arn: str) -> None:
    """Refuse what API Gateway would refuse.

    Raises:
        PolicyError: a Resource ARN or the whole policy is too long.
    """
    for statement in statements:
        for resource in statement.resources:
            length = len(stage_arn) + 1 + len(resource)
            if length > MAX_RESOURCE_ARN_LENGTH:
                raise PolicyError(
                    f"{resource}: its ARN has {length} characters, but API Gateway takes "
                    f"{MAX_RESOURCE_ARN_LENGTH}. Shorten the path."
                )
    length = len(json.dumps(policy_document(statements, stage_arn), separators=(",", ":")))
    if length > MAX_POLICY_LENGTH:
        count = sum(len(statement.resources) for statement in statements)
        raise PolicyError(
            f"A policy of {count} methods has {length} characters, but at most "
            f"{MAX_POLICY_LENGTH} are safe. Spread the methods over more scopes or more APIs."
        )


def _check_denied(resource: str, permitted: Iterable[Route]) -> None:
    if "*" not in resource:
        return  # one path, which API Gateway routes to the more specific of two routes: this one
    for route in permitted:
        if _intersect(_glob(resource), _instances(route.method, route.path)):
            raise PolicyError(
                f"{route.method} {route.path} (scope {route.scope}) cannot be permitted without "
                f"{resource}, which needs another scope: in a policy * covers slashes too. "
                "Give both routes one scope, or rename a path."
            )


# Two small languages, to decide whether one text can belong to both. A pattern is a list of
# (characters, repeats): characters is one literal, _SEGMENT for all but the slash, or _ANY.
_Pattern = list[tuple[str, bool]]
_ANY = ""
_SEGMENT = "not /"


def _glob(resource: str) -> _Pattern:
    """What an IAM resource matches."""
    return [(_ANY, True) if c == "*" else (c, False) for c in resource]


def _instances(method: str, path: str) -> _Pattern:
    """Every method and path that API Gateway routes to this route."""
    pattern: _Pattern = [(c, False) for c in method]
    position = 0
    for parameter in _PARAMETER.finditer(path):
        pattern += [(c, False) for c in path[position : parameter.start()]]
        characters = _ANY if parameter[1] else _SEGMENT
        pattern += [(characters, False), (characters, True)]  # one character at least
        position = parameter.end()
    return pattern + [(c, False) for c in path[position:]]


def _intersect(left: _Pattern, right: _Pattern) -> bool:
    """Whether some text matches both: a walk over the pairs of positions."""
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        if i == len(left) and j == len(right):
            return True
        steps = []
        if i < len(left) and left[i][1]:
            steps.append((i + 1, j))
        if j < len(right) and right[j][1]:
            steps.append((i, j + 1))
        if i < len(left) and j < len(right) and _share_a_character(left[i][0], right[j][0]):
            steps.append((i if left[i][1] else i + 1, j if right[j][1] else j + 1))
        waiting += [step for step in steps if step not in seen]
        seen.update(steps)
    return False


def _share_a_character(left: str, right: str) -> bool:
    if _ANY in {left, right} or left == right:
        return True
    if _SEGMENT in {left, right}:
        return "/" not in {left, right}
    return False
