"""Finds the keys of a stack that may sign tokens, and the roles that may use them."""

from collections.abc import Iterator

from policies.reading import types
from policies.reading.judged_apis import authorizers
from policies.reading.principals import roles_named_in
from policies.reading.resource import JudgedResource, Stack

SIGN_VERIFY = "SIGN_VERIFY"
MAC = "GENERATE_VERIFY_MAC"
KEYS = (types.KMS_KEY, types.KMS_EXTERNAL_KEY)
KEY_SIGNING_KEY = "aws:route53/keySigningKey:KeySigningKey"
DNSSEC = "dnssec-route53.amazonaws.com"


def signs(key: JudgedResource, stack: Stack) -> bool:
    """Whether a key signs with a private key. DNSSEC's key signs no token."""
    return key["keyUsage"].text("") == SIGN_VERIFY and not _is_for_dnssec(key, stack)


def is_for_signing(key: JudgedResource, stack: Stack) -> bool:
    """Whether a key may be meant to sign tokens, rightly declared or not."""
    spec_name = "customerMasterKeySpec" if key.type == types.KMS_KEY else "keySpec"
    usage, spec, policy = key["keyUsage"], key[spec_name], key["policy"]
    if _is_for_dnssec(key, stack):
        return False
    if (usage.present and not usage.is_text) or usage.text("") in {SIGN_VERIFY, MAC}:
        return True
    if spec.present and (not spec.is_text or spec.text().startswith(("HMAC", "ECC"))):
        return True
    return policy.is_text and "kms:Sign" in policy.text()


def is_signer(role: JudgedResource, stack: Stack) -> bool:
    """Whether a role is an authorizer's, or may sign.

    It may where a policy or a grant of a signing key names it, or by a policy of its own, such as
    with the key of a client CA.
    """
    found: frozenset[str] = stack.memo(
        "signers", lambda: frozenset(one.urn for one in _signers(stack))
    )
    return role.urn in found


def _signers(stack: Stack) -> Iterator[JudgedResource]:
    for function in stack.of_type(types.FUNCTION):
        if _is_authorizer(function, stack):
            yield from stack.used_by(function, "role", types.IAM_ROLE)
            if function["role"].is_text:
                yield from roles_named_in(function["role"].text(), stack)
    for policy in stack.of_type(types.ROLE_POLICY):
        if policy["policy"].is_text and "kms:Sign" in policy["policy"].text():
            yield from stack.used_by(policy, "role", types.IAM_ROLE)
    for key in [one for one in stack.of_type(*KEYS) if is_for_signing(one, stack)]:
        for resource in [key, *stack.users_of(key, "keyId", types.KMS_KEY_POLICY)]:
            if resource["policy"].is_text:
                yield from roles_named_in(resource["policy"].text(), stack)
        for grant in stack.users_of(key, "keyId", types.KMS_GRANT):
            yield from stack.used_by(grant, "granteePrincipal", types.IAM_ROLE)


def _is_authorizer(function: JudgedResource, stack: Stack) -> bool:
    found = authorizers(stack)
    return function.urn in found or (function["name"].is_text and function["name"].text() in found)


def _is_for_dnssec(key: JudgedResource, stack: Stack) -> bool:
    """Whether Route 53 signs a zone with the key, and another key is there to sign tokens."""
    policy = key["policy"]
    if not policy.is_text or DNSSEC not in policy.text():
        return False
    used = stack.users_of(key, "keyManagementServiceArn", KEY_SIGNING_KEY)
    others = [
        other
        for other in stack.of_type(types.KMS_KEY)
        if other is not key and not (other["policy"].is_text and DNSSEC in other["policy"].text())
    ]
    return bool(used) and any(other["keyUsage"].text("") == SIGN_VERIFY for other in others)
