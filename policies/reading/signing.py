"""Finds the keys of a stack that may sign tokens, and the roles that may use them.

A key signs tokens if an authorizer is connected with it: its function, its role and the role's
policies refer to the key or name it, or the key's policy or grants name the role. If no key is
connected with an authorizer, each key that can sign may be meant.
"""

import fnmatch
from collections.abc import Iterator
from typing import NamedTuple

from policies.reading import types
from policies.reading.judged_apis import (
    OF_AUTHORIZER,
    authorizers,
    is_called,
    parts_of_judged_apis,
)
from policies.reading.node import Node
from policies.reading.permissions import Permissions, allowed_by_aws, permissions_of
from policies.reading.principals import roles_named_in
from policies.reading.resource import JudgedResource, Stack, once_per_stack

SIGN_VERIFY = "SIGN_VERIFY"
MAC = "GENERATE_VERIFY_MAC"
KEYS = (types.KMS_KEY, types.KMS_EXTERNAL_KEY)
ALIAS = "aws:kms/alias:Alias"
FUNCTION = ":function:"  # of an ARN
INVOKES = ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:InvokeAsync")


class _Surroundings(NamedTuple):
    """What belongs to the authorizers of a stack: its references, its strings and its roles."""

    references: frozenset[str]
    text: str
    roles: frozenset[str]


def signs(key: JudgedResource) -> bool:
    """Whether a key signs with a private key."""
    return key["keyUsage"].text("") == SIGN_VERIFY


def signs_tokens(key: JudgedResource, stack: Stack) -> bool:
    """Whether a key may be meant to sign tokens, rightly declared or not."""
    return key.urn in _token_keys(stack)


def is_named_by_authorizers(name: Node, stack: Stack) -> bool:
    """Whether the function, the role or the policies of an authorizer contain a name."""
    if not name.is_text:
        return bool(authorizer_functions(stack))  # it may be any name
    return name.text() in _around_authorizers(stack).text


def may_get_tokens(role: JudgedResource, stack: Stack) -> bool:
    """Whether a role is an authorizer's, may use a token key, or may call an authorizer.

    Or it may assume such a role.
    """
    return role.urn in _with_assuming(stack)


def may_sign(role: JudgedResource, stack: Stack) -> bool:
    """Whether a policy of the role lets it sign, such as with the key of a client CA."""
    return role.urn in _signing_roles(stack)


@once_per_stack
def _signing_roles(stack: Stack) -> frozenset[str]:
    return frozenset(
        one.urn
        for one in stack.of_type(types.IAM_ROLE)
        if any("kms:Sign" in text for text in _texts_of(one, stack))
    )


@once_per_stack
def _token_keys(stack: Stack) -> frozenset[str]:
    keys = [key for key in stack.of_type(*KEYS) if _may_sign(key)]
    if len(keys) > 1:
        keys = [key for key in keys if _is_connected(key, stack)] or keys
    return frozenset(key.urn for key in keys)


def _may_sign(key: JudgedResource) -> bool:
    spec_name = "customerMasterKeySpec" if key.type == types.KMS_KEY else "keySpec"
    usage, spec, policy = key["keyUsage"], key[spec_name], key["policy"]
    if (usage.present and not usage.is_text) or usage.text("") in {SIGN_VERIFY, MAC}:
        return True
    if spec.present and (not spec.is_text or spec.text().startswith(("HMAC", "ECC"))):
        return True
    return policy.is_text and "kms:Sign" in policy.text()


@once_per_stack
def _with_assuming(stack: Stack) -> frozenset[str]:
    """URNs of roles that get tokens, and of those that may assume one of them in turn."""
    waiting = [*_roles_of_authorizers(stack), *_of_keys(stack), *_callers_of_authorizers(stack)]
    found = {role.urn for role in waiting}
    while waiting:
        role = waiting.pop()
        trust = role["assumeRolePolicy"]
        assuming = stack.used_by(role, "assumeRolePolicy", types.IAM_ROLE)
        if trust.is_text:
            assuming += roles_named_in(trust.text(), stack)
        waiting += [one for one in assuming if one.urn not in found]
        found |= {one.urn for one in assuming}
    return frozenset(found)


def _of_keys(stack: Stack) -> Iterator[JudgedResource]:
    """The roles that a policy or a grant of a token key names."""
    for key in [one for one in stack.of_type(*KEYS) if signs_tokens(one, stack)]:
        for document in _policies(key, stack):
            if document.is_text:
                yield from roles_named_in(document.text(), stack)
        for grant in stack.users_of(key, "keyId", types.KMS_GRANT):
            yield from stack.used_by(grant, "granteePrincipal", types.IAM_ROLE)


def _callers_of_authorizers(stack: Stack) -> Iterator[JudgedResource]:
    """The roles that a permission of an authorizer, or a policy of their own, lets invoke it."""
    functions = authorizer_functions(stack)
    if not functions:
        return
    for permission in stack.of_type(types.LAMBDA_PERMISSION):
        if is_called(permission, "function", stack, calls=OF_AUTHORIZER):
            yield from stack.used_by(permission, "principal", types.IAM_ROLE)
            if permission["principal"].is_text:
                yield from roles_named_in(permission["principal"].text(), stack)
    for role in stack.of_type(types.IAM_ROLE):
        if allowed_by_aws(role, INVOKES, stack) or any(
            invoke_authorizer(one, stack) for one in permissions_of(role, stack)
        ):
            yield role


def invoke_authorizer(permissions: Permissions, stack: Stack) -> bool:
    """Whether a policy document lets its identity invoke the function of an authorizer."""
    functions = authorizer_functions(stack)
    if permissions.document.is_text and FUNCTION not in permissions.document.text():
        return False  # most have none
    names = [function["name"].text() for function in functions if function["name"].is_text]

    def is_named(arn: str) -> bool:
        return bool(fnmatch.filter(names, arn.partition(FUNCTION)[2].partition(":")[0]))

    return permissions.reach(INVOKES, frozenset(one.urn for one in functions), is_named)


def _texts_of(role: JudgedResource, stack: Stack) -> list[str]:
    documents = [one.document for one in permissions_of(role, stack)]
    return [document.text() for document in documents if document.is_text]


def _roles_of_authorizers(stack: Stack) -> Iterator[JudgedResource]:
    for function in authorizer_functions(stack):
        yield from stack.used_by(function, "role", types.IAM_ROLE)
        if function["role"].is_text:
            yield from roles_named_in(function["role"].text(), stack)


@once_per_stack
def authorizer_functions(stack: Stack) -> list[JudgedResource]:
    """The functions of this stack that authorize calls of guarded APIs."""
    called = authorizers(stack)
    return [
        one
        for one in stack.of_type(types.FUNCTION)
        if one.urn in called or (one["name"].is_text and one["name"].text() in called)
    ]


@once_per_stack
def _around_authorizers(stack: Stack) -> _Surroundings:
    found = list(_parts_around_authorizers(stack))
    return _Surroundings(
        references=frozenset(urn for one in found for urn in one.references),
        text="\n".join(text for one in found for _, text in one.properties.strings()),
        roles=frozenset(role.urn for role in _roles_of_authorizers(stack)),
    )


def _parts_around_authorizers(stack: Stack) -> Iterator[JudgedResource]:
    """The functions of authorizers, their roles and policies, and the parts of guarded APIs."""
    yield from (part for own in parts_of_judged_apis(stack) for part in own)
    yield from authorizer_functions(stack)
    for role in _roles_of_authorizers(stack):
        yield role
        yield from (permissions.holder for permissions in permissions_of(role, stack))


def _is_connected(key: JudgedResource, stack: Stack) -> bool:
    around = _around_authorizers(stack)
    aliases = stack.users_of(key, "targetKeyId", ALIAS)
    if not around.references.isdisjoint({key.urn, *(alias.urn for alias in aliases)}):
        return True
    names = [alias["name"] for alias in aliases] + [key["keyId"], key["arn"]]
    if any(name.is_text and name.text() and name.text() in around.text for name in names):
        return True
    grants = stack.users_of(key, "keyId", types.KMS_GRANT)
    return any(_may_name(around.roles, one, stack) for one in _policies(key, stack)) or any(
        _is_for(around.roles, one, stack) for one in grants
    )


def _policies(key: JudgedResource, stack: Stack) -> list[Node]:
    holders = [key, *stack.users_of(key, "keyId", types.KMS_KEY_POLICY)]
    return [one["policy"] for one in holders if one["policy"].present]


def _may_name(roles: frozenset[str], policy: Node, stack: Stack) -> bool:
    """Whether a key policy names one of the roles, or is not known before the update."""
    if not policy.is_text:
        return True
    return any(role.urn in roles for role in roles_named_in(policy.text(), stack))


def _is_for(roles: frozenset[str], grant: JudgedResource, stack: Stack) -> bool:
    grantees = stack.used_by(grant, "granteePrincipal", types.IAM_ROLE)
    if not grantees and grant["granteePrincipal"].is_text:
        grantees = roles_named_in(grant["granteePrincipal"].text(), stack)
    return not grantees or any(role.urn in roles for role in grantees)
