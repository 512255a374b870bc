"""Refuses a signing key whose key policy does not restrict kms:Sign."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.guarded import has_guarded_api
from policies.reading.iam import IamStatement, statements
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

SIGN_VERIFY = "SIGN_VERIFY"
SIGN = "kms:Sign"
CALLER = "aws:principalarn"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if has_guarded_api(stack):
        yield from _check_guarded(resource, stack)
    elif _is_of_signing_key(resource, stack) and resource["policy"].is_text:
        for statement in statements(resource["policy"]):
            yield from _judge_principals(statement)


def _is_of_signing_key(resource: JudgedResource, stack: Stack) -> bool:
    keys = [resource]
    if resource.type != types.KMS_KEY:
        keys = stack.used_by(resource, "keyId", types.KMS_KEY)
    return any(key["keyUsage"].is_text and _signs(key) for key in keys)


def _check_guarded(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    if resource.type == types.KMS_KEY:
        if not _signs(resource):
            return
        separate = stack.users_of(resource, "keyId", types.KMS_KEY_POLICY)
        if resource["policy"].present:
            yield from _judge(resource["policy"], complete=not separate)
        elif not separate:
            yield "policy is missing: by default every administrator of the account can sign."
        return
    if resource.type == types.KMS_REPLICA_KEY:
        yield from _check_replica(resource, stack)
        return
    keys = stack.used_by(resource, "keyId", types.KMS_KEY)
    if not keys and stack.trusts("keys", resource["keyId"], resource):
        return
    if not keys:
        raise UndecidedError("keyId does not refer to a key of this stack")
    if not any(_signs(key) for key in keys):
        return
    if resource.type == types.KMS_KEY_POLICY:
        yield from _judge(resource["policy"], complete=True)
    else:
        yield from _check_grant(resource, stack)


def _check_replica(replica: JudgedResource, stack: Stack) -> Iterator[str]:
    """A replica in another region signs with the same key under a key policy of its own."""
    if not any(_signs(key) for key in stack.used_by(replica, "primaryKeyArn", types.KMS_KEY)):
        return
    if replica["policy"].present:
        yield from _judge(replica["policy"], complete=True)
    else:
        yield "policy is missing: by default every administrator of the account can sign."


def _signs(key: JudgedResource) -> bool:
    return key["keyUsage"].text("") == SIGN_VERIFY


def _check_grant(grant: JudgedResource, stack: Stack) -> Iterator[str]:
    """A grant permits an operation in addition to the key policy."""
    operations = {one.text().lower() for one in grant["operations"].items()}
    if operations.isdisjoint({"sign", "creategrant"}):
        return
    grantee = grant["granteePrincipal"]
    if stack.used_by(grant, "granteePrincipal", types.IAM_ROLE):
        return
    if not stack.trusts("principals", grantee, grant):
        yield "granteePrincipal may sign and does not refer to a role of this stack."


def _judge(policy: Node, *, complete: bool) -> Iterator[str]:
    """A policy is complete unless a KeyPolicy replaces it after the key is created."""
    declared = list(statements(policy))
    for statement in declared:
        yield from _judge_principals(statement)
    grants = [s for s in declared if s.allows and s.covers(SIGN)]
    if complete and any(_is_account(s) for s in grants) and not any(map(_limits_signers, declared)):
        yield f"policy allows {SIGN} for the whole account without a Deny for other principals."


def _judge_principals(statement: IamStatement) -> Iterator[str]:
    if statement.allows and statement.is_about_everybody and not _names_the_caller(statement):
        yield f"{statement.node.path} allows every principal."


def _is_account(statement: IamStatement) -> bool:
    """The account's root as principal: whoever IAM lets, which an administrator decides."""
    return any(value.endswith(":root") or value.isdigit() for _, value in statement.principals)


def _names_the_caller(statement: IamStatement) -> bool:
    """A condition on the caller's whole ARN; it must not be one that passes without the key."""
    return any(
        key == CALLER
        and operator in {"arnequals", "stringequals"}
        and not any("*" in v.text() or "?" in v.text() for v in value.one_or_many())
        for operator, key, value in statement.conditions
    )


def _limits_signers(statement: IamStatement) -> bool:
    """A Deny of kms:Sign for every caller but the ones it names.

    A further condition narrows a Deny: callers that do not meet it can sign.
    """
    return (
        not statement.allows
        and statement.covers(SIGN)
        and ("AWS", "*") in statement.principals
        and all(key == CALLER for _, key, _ in statement.conditions)
        and any(
            key == CALLER and "notequals" in operator.replace("notlike", "notequals")
            for operator, key, _ in statement.conditions
        )
        and not any(
            "*" in v.text() or "?" in v.text()
            for _, k, c in statement.conditions
            if k == CALLER
            for v in c.one_or_many()
        )
    )


RULE = StackRule(
    name="kms-signing-key-restricts-signers",
    title="Only named principals sign with the signing key.",
    severity=Severity.HIGH,
    why=(
        "The default key policy delegates to IAM, so any role with kms:* can sign a token for any "
        "client. The key policy must name the principals that sign, or deny all others. In a stack "
        "without a guarded API only a policy that allows every principal is refused."
    ),
    fix=(
        '{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:Sign", "Resource": "*", '
        '"Condition": {"ArnNotEquals": {"aws:PrincipalArn": role_arn}}}'
    ),
    page="Key policies in AWS KMS",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    frameworks=(
        "Security Hub KMS.5",
        "Checkov CKV_AWS_33",
        "cfn-guard KMS_NO_WILDCARD_PRINCIPAL",
        "Prowler kms_key_not_publicly_accessible",
    ),
    types=frozenset({types.KMS_KEY, types.KMS_KEY_POLICY, types.KMS_GRANT, types.KMS_REPLICA_KEY}),
    everywhere=True,
    check=_check,
)
