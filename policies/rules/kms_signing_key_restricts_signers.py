"""Refuses a signing key whose key policy does not restrict kms:Sign."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.account import account_of_arn, is_own_account
from policies.reading.guarded import has_guarded_api
from policies.reading.iam import IamStatement, statements
from policies.reading.node import Node, UndecidedError
from policies.reading.principals import is_declared_role, is_own_root, is_trusted_principal
from policies.reading.resource import JudgedResource, Stack
from policies.reading.signing import ALIAS, KEYS, is_named_by_authorizers, signs, signs_tokens
from policies.rule import Settings, StackRule

REPLICAS = (types.KMS_REPLICA_KEY, "aws:kms/replicaExternalKey:ReplicaExternalKey")
SIGN = "kms:Sign"
GRANT = "kms:CreateGrant"
# A principal of another account that may do this decides who signs.
CHANGES = ("kms:PutKeyPolicy", "kms:ReplicateKey")
CALLER = "aws:principalarn"
# IAM User Guide, "IAM JSON policy elements: Condition operators". Without wildcards in the value,
# Like compares as Equals does. A negated operator is true if the request has no such key.
SAME = frozenset({"arnequals", "arnlike", "stringequals", "stringlike"})
NEGATED = ("arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike")
OTHER = frozenset(
    spelling
    for operator in NEGATED
    for spelling in (operator, f"{operator}ifexists", f"forallvalues:{operator}")
)
# What a public key is for. Everybody may do it.
HARMLESS = frozenset({"kms:getpublickey", "kms:verify", "kms:describekey"})
NOT_A_KEY = "does not refer to a key of this stack"
NOT_DECLARED = "is neither a role of this stack nor trusted"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type == ALIAS:
        yield from _check_alias(resource, stack)
        return
    keys = [resource] if resource.type in KEYS else _keys_of(resource, stack)
    of_tokens = not keys or any(signs_tokens(key, stack) for key in keys)
    if has_guarded_api(stack) and of_tokens:
        yield from _check_guarded(resource, stack)
    elif any(key["keyUsage"].is_text and signs(key) for key in keys) and resource["policy"].is_text:
        for statement in statements(resource["policy"]):
            yield from _judge_everybody(statement)


def _check_alias(alias: JudgedResource, stack: Stack) -> Iterator[str]:
    """An authorizer that names an alias signs with the key that the alias leads to."""
    target = alias["targetKeyId"]
    if not has_guarded_api(stack) or stack.used_by(alias, "targetKeyId", *KEYS):
        return
    if is_named_by_authorizers(alias["name"], stack) and not stack.trusts("keys", target, alias):
        yield f"{target.path} {NOT_A_KEY}: an authorizer uses the alias."


def _keys_of(resource: JudgedResource, stack: Stack) -> list[JudgedResource]:
    key = "primaryKeyArn" if resource.type in REPLICAS else "keyId"
    return stack.used_by(resource, key, *KEYS)


def _check_guarded(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    if resource.type in KEYS:
        if not signs(resource):
            return
        if resource.type == types.KMS_EXTERNAL_KEY:
            yield "its key material is imported: anyone with a copy can sign without KMS."
        separate = stack.users_of(resource, "keyId", types.KMS_KEY_POLICY)
        if resource["policy"].present:
            yield from _judge(resource, stack, complete=not separate)
        elif not separate:
            yield "policy is missing: by default every administrator of the account can sign."
        return
    if resource.type in REPLICAS:
        yield from _check_replica(resource, stack)
        return
    keys = stack.used_by(resource, "keyId", *KEYS)
    if not keys and stack.trusts("keys", resource["keyId"], resource):
        return
    if not keys:
        raise UndecidedError(f"keyId {NOT_A_KEY}")
    if not any(signs(key) for key in keys):
        return
    if resource.type == types.KMS_KEY_POLICY:
        yield from _judge(resource, stack, complete=True)
    else:
        yield from _check_grant(resource, stack)


def _check_replica(replica: JudgedResource, stack: Stack) -> Iterator[str]:
    """A replica in another region signs with the same key under a key policy of its own."""
    keys = stack.used_by(replica, "primaryKeyArn", *KEYS)
    if not any(signs(key) for key in keys):
        return
    if replica["policy"].present:
        yield from _judge(replica, stack, complete=True)
    else:
        yield "policy is missing: by default every administrator of the account can sign."


def _check_grant(grant: JudgedResource, stack: Stack) -> Iterator[str]:
    """A grant permits an operation in addition to the key policy."""
    operations = {one.text().lower() for one in grant["operations"].items()}
    if operations.isdisjoint({"sign", "creategrant"}):
        return
    grantee = grant["granteePrincipal"]
    if stack.used_by(grant, "granteePrincipal", types.IAM_ROLE):
        return
    if not grantee.known and stack.trusts("principals", grantee, grant):
        return
    if not (grantee.known and _may_sign(grantee.text(), grant, stack)):
        yield "granteePrincipal may sign and does not refer to a role of this stack."


def _judge(resource: JudgedResource, stack: Stack, *, complete: bool) -> Iterator[str]:
    """A policy is complete unless a KeyPolicy replaces it after the key is created."""
    declared = list(statements(resource["policy"]))
    limits = [exempted for s in declared if (exempted := _exempted(s)) is not None]
    for statement in declared:
        yield from _judge_everybody(statement)
        yield from _judge_named(statement, resource, stack, is_limited=bool(limits))
    for node in (one for exempted in limits for one in exempted):
        if not (is_own_root(node.text(), stack) or _may_sign(node.text(), resource, stack)):
            yield f"{node.path} lets a principal sign that {NOT_DECLARED}."
    grants = [s for s in declared if s.allows and s.covers(SIGN)]
    if complete and any(_is_account(s) for s in grants) and not limits:
        yield f"policy allows {SIGN} for the whole account without a Deny for other principals."


def _judge_everybody(statement: IamStatement) -> Iterator[str]:
    actions = {action.lower() for action in statement.texts("Action")}
    if not statement.allows or (actions and actions <= HARMLESS):
        return
    if statement.is_about_everybody and _callers(statement) is None:
        yield f"{statement.node.path} allows every principal."


def _judge_named(
    statement: IamStatement, resource: JudgedResource, stack: Stack, *, is_limited: bool
) -> Iterator[str]:
    """The principals that may sign, or may permit it, are roles of this stack or trusted.

    The account itself is judged as a whole: its administrators may change the policy anyway.
    """
    named = statement.principals
    if statement.is_about_everybody:
        named = [("AWS", node.text()) for node in _callers(statement) or []]
    if not statement.allows or statement.node["NotPrincipal"].present:
        return
    for kind, principal in named:
        actions = [SIGN]
        if kind != "AWS" or not is_own_account(account_of_arn(principal), stack):
            actions += [GRANT, *CHANGES]
        elif not is_limited:
            actions += [GRANT]
        is_declared = is_own_root(principal, stack) or _may_sign(principal, resource, stack)
        if any(map(statement.covers, actions)) and not is_declared:
            yield f"{statement.node.path} lets a principal sign that {NOT_DECLARED}."
            return


def _may_sign(principal: str, resource: JudgedResource, stack: Stack) -> bool:
    return is_declared_role(principal, stack) or is_trusted_principal(principal, stack, resource)


def _is_account(statement: IamStatement) -> bool:
    """The account's root as principal: whom IAM lets, which an administrator decides."""
    return any(value.endswith(":root") or value.isdigit() for _, value in statement.principals)


def _callers(statement: IamStatement) -> list[Node] | None:
    """The ARNs to which a condition limits the caller; None if no condition does.

    A condition that passes without the key, or for a wildcard, does not limit the caller.
    """
    for operator, key, value in statement.conditions:
        if key == CALLER and operator in SAME and not any(map(_has_wildcard, value.one_or_many())):
            return value.one_or_many()
    return None


def _exempted(statement: IamStatement) -> list[Node] | None:
    """The ARNs that a Deny of kms:Sign for every other caller leaves out; None for another one.

    A further condition narrows a Deny: callers that do not meet it can sign. So does a resource:
    in a key policy only ``*`` is the key.
    """
    if (
        statement.allows
        or not statement.covers(SIGN)
        or ("AWS", "*") not in statement.principals
        or not statement.node["Resource"].present
        or "*" not in statement.texts("Resource")
    ):
        return None
    conditions = statement.conditions
    if not conditions or any(key != CALLER or op not in OTHER for op, key, _ in conditions):
        return None
    exempted = [node for _, _, value in conditions for node in value.one_or_many()]
    return None if any(map(_has_wildcard, exempted)) else exempted


def _has_wildcard(arn: Node) -> bool:
    return "*" in arn.text() or "?" in arn.text()


RULE = StackRule(
    name="kms-signing-key-restricts-signers",
    title="Only named principals sign with the signing key.",
    severity=Severity.HIGH,
    why=(
        "The default key policy delegates to IAM, so any role with kms:* can sign a token for any "
        "client. The key policy must name the principals that sign, or deny all others. Each of "
        "them, and each that a Deny leaves out, must be a role of the stack, or trusted in the "
        "configuration of the pack: a service or a role of another account can sign as well. In a "
        "stack without a guarded API only a policy that allows every principal is refused."
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
    types=frozenset({*KEYS, *REPLICAS, types.KMS_KEY_POLICY, types.KMS_GRANT, ALIAS}),
    everywhere=True,
    check=_check,
)
