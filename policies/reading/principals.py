"""Decides whether a principal of a policy document or a permission is declared in the stack."""

import re
from typing import NamedTuple

from policies.reading import types
from policies.reading.account import is_foreign, is_own_account
from policies.reading.resource import JudgedResource, Stack, once_per_stack

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role(/(?:.*/)?)([^/]+)")
_ROLE_IN_TEXT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role(/(?:[\w+=,.@-]+/)*)([\w+=,.@-]+)")
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([^/]+)/[^/]+")
_ROOT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")


class _RoleName(NamedTuple):
    path: str
    name: str


def is_declared_role(principal: str, stack: Stack) -> bool:
    """Whether a principal is the ARN of a role of this stack, or of a session of one."""
    if match := _ROLE.fullmatch(principal):
        account, path, name = match.groups()
        return is_own_account(account, stack) and _RoleName(path, name) in _roles(stack)
    if match := _SESSION.fullmatch(principal):
        account, name = match.groups()
        named = {role.name for role in _roles(stack)}
        return is_own_account(account, stack) and name in named
    return False


def is_own_root(principal: str, stack: Stack) -> bool:
    """Whether a principal is the stack's own account, which delegates to its IAM policies."""
    match = _ROOT.fullmatch(principal)
    return match is not None and is_own_account(match[1], stack)


def is_trusted_principal(principal: str, stack: Stack, resource: JudgedResource) -> bool:
    """Whether the configuration trusts a principal; an account may be written in both ways."""
    match = _ROOT.fullmatch(principal)
    spellings = {principal, *([match[1]] if match else [])}
    return any(stack.trusts_name("principals", name, resource) for name in sorted(spellings))


def is_foreign_principal(kind: str, principal: str, stack: Stack, resource: JudgedResource) -> bool:
    """Whether a principal of a statement belongs to another account, and is not trusted."""
    return (
        kind == "AWS"
        and is_foreign(principal, stack, resource)
        and not is_trusted_principal(principal, stack, resource)
    )


def roles_named_in(text: str, stack: Stack) -> list[JudgedResource]:
    """The roles of this stack whose ARNs are in a text, in any account."""
    if ":role/" not in text:  # most texts are long documents without one
        return []
    named = {_RoleName(path, name) for _, path, name in _ROLE_IN_TEXT.findall(text)}
    return [
        role
        for path, name in sorted(named)
        for role in stack.named(types.IAM_ROLE, name)
        if _name_of(role) == (path, name)
    ]


@once_per_stack
def _roles(stack: Stack) -> frozenset[_RoleName]:
    names = map(_name_of, stack.of_type(types.IAM_ROLE))
    return frozenset(name for name in names if name is not None)


def _name_of(role: JudgedResource) -> _RoleName | None:
    """Path and name, where both are known."""
    if not role["name"].is_text or (role["path"].present and not role["path"].is_text):
        return None
    return _RoleName(role["path"].text("/"), role["name"].text())
