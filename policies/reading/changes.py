"""Decides whether a role may change a gate: the authorizer, the API, its web ACL or its data."""

import fnmatch
from collections.abc import Collection, Iterator
from contextlib import suppress

from policies.reading import types
from policies.reading.foundation import is_founded
from policies.reading.guarded import requires_certificate
from policies.reading.judged_apis import APIS, DOMAINS, apis_left_out
from policies.reading.node import UndecidedError
from policies.reading.permissions import POLICY, allowed_by_aws, permissions_of
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.signing import (
    ALIAS,
    INVOKES,
    KEYS,
    authorizer_functions,
    may_get_tokens,
    signs_tokens,
)
from policies.reading.truststore import truststore_buckets
from policies.reading.web_acl import may_guard_api

TABLE = "aws:dynamodb/table:Table"
CHANGES = (
    "lambda:AddPermission",
    "lambda:CreateAlias",
    "lambda:CreateFunctionUrlConfig",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:UpdateFunctionUrlConfig",
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:UpdateAlias",
    "apigateway:DELETE",
    "apigateway:PATCH",
    "apigateway:POST",
    "apigateway:PUT",
    "apigateway:SetWebACL",
    "wafv2:AssociateWebACL",
    "wafv2:DeleteLoggingConfiguration",
    "wafv2:DisassociateWebACL",
    "wafv2:PutLoggingConfiguration",
    "wafv2:UpdateIPSet",
    "wafv2:UpdateRuleGroup",
    "wafv2:UpdateWebACL",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:PutResourcePolicy",
    "dynamodb:UpdateItem",
    "dynamodb:UpdateTable",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutReplicationConfiguration",
    "s3:ReplicateObject",
)
# What a caller could also do through a role that an API lends it.
MINTS = (*INVOKES, "kms:GenerateMac", "kms:Sign", "sts:AssumeRole")
# The property that an ARN contains, and what stands before it in the ARN.
NAMES = {
    types.FUNCTION: ("name", "lambda:function:"),
    types.IAM_ROLE: ("name", "iam:role/"),
    POLICY: ("name", "iam:policy/"),
    types.KMS_KEY: ("keyId", "kms:key/"),
    ALIAS: ("name", "kms:"),
    types.KMS_EXTERNAL_KEY: ("id", "kms:key/"),
    types.REST_API: ("id", "apigateway:/restapis/"),
    types.HTTP_API: ("id", "apigateway:/apis/"),
    types.REST_DOMAIN: ("domainName", "apigateway:/domainnames/"),
    types.HTTP_DOMAIN: ("domainName", "apigateway:/domainnames/"),
    types.WEB_ACL: ("name", "wafv2:webacl/"),
    types.IP_SET: ("name", "wafv2:ipset/"),
    types.RULE_GROUP: ("name", "wafv2:rulegroup/"),
    TABLE: ("name", "dynamodb:table/"),
    **dict.fromkeys(types.BUCKETS, ("bucket", "s3:")),
}
NOT_KNOWN = "\0"
# The ARN of an API is also the ARN of what may be called, and of what may only be read.
READABLE = frozenset({types.REST_API, types.HTTP_API})


def may_change_gates(
    role: JudgedResource, stack: Stack, actions: Collection[str] = CHANGES
) -> bool:
    """Whether a policy of a role of this stack lets it do an action to a gate of a guarded API."""
    gates = _gates(stack)
    urns = frozenset(gate.urn for gate in gates if gate.type not in READABLE)

    def is_named(arn: str) -> bool:
        pattern = _place(arn)
        return any(fnmatch.fnmatchcase(_name(gate), pattern) for gate in gates)

    services = {_name(gate).partition(":")[0] for gate in gates}
    if any(a.partition(":")[0] in services for a in allowed_by_aws(role, actions, stack)):
        return True
    return any(one.reach(actions, urns, is_named) for one in permissions_of(role, stack))


@once_per_stack
def _gates(stack: Stack) -> list[JudgedResource]:
    return list(_guards(stack))


def _guards(stack: Stack) -> Iterator[JudgedResource]:
    for function in authorizer_functions(stack):
        yield function
        yield from stack.used_by(function, "s3Bucket", *types.BUCKETS)  # its code
    for role in (one for one in stack.of_type(types.IAM_ROLE) if may_get_tokens(one, stack)):
        yield role
        held = (one.holder for one in permissions_of(role, stack))
        yield from (one for one in held if one.type == POLICY)
    for key in (one for one in stack.of_type(*KEYS) if signs_tokens(one, stack)):
        yield key
        yield from stack.users_of(key, "targetKeyId", ALIAS)
    yield from (one for one in stack.of_type(*APIS) if one.urn not in apis_left_out(stack))
    yield from (one for one in stack.of_type(TABLE) if is_founded(one, stack))
    yield from (one for one in stack.of_type(types.WEB_ACL) if may_guard_api(one, stack))
    yield from stack.of_type(types.IP_SET, types.RULE_GROUP)
    for domain in filter(requires_certificate, stack.of_type(*DOMAINS)):
        yield domain
        with suppress(UndecidedError):  # the rules on truststores
            yield from truststore_buckets(domain, stack)


def _name(gate: JudgedResource) -> str:
    """Service, kind and name; a name that is not known yet is only matched by a wildcard."""
    key, prefix = NAMES[gate.type]
    return prefix + (gate[key].text() if gate[key].is_text else NOT_KNOWN)


def _place(arn: str) -> str:
    """Service, kind and name of an ARN, as in ``wafv2:webacl/partners``; it may be a pattern."""
    _, _, service, _, _, resource = (*arn.split(":", 5), *[""] * 5)[:6]
    if service == "lambda":
        return f"{service}:{':'.join(resource.split(':')[:2])}"
    if service == "iam":
        return f"{service}:{resource.partition('/')[0]}/{resource.rpartition('/')[2]}"
    parts = resource.split("/")
    if service == "wafv2":
        return f"{service}:{'/'.join(parts[1:3])}"
    return f"{service}:{'/'.join(parts[: {'s3': 1, 'apigateway': 3}.get(service, 2)])}"
