"""Finds the policy documents of IAM roles, users and groups, wherever a program attaches them."""

import fnmatch
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from policies.reading import types
from policies.reading.iam import IamStatement, statements
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack, once_per_stack

POLICY = "aws:iam/policy:Policy"
POLICY_IN_ARN = ":policy/"
# The properties that name the identities, and the one that names the policies.
ATTACHMENTS: dict[str, tuple[tuple[str, ...], str]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (("role",), "policyArn"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": (("user",), "policyArn"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": (("group",), "policyArn"),
    "aws:iam/policyAttachment:PolicyAttachment": (("roles", "users", "groups"), "policyArn"),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": (
        ("roleName",),
        "policyArns",
    ),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": (
        ("userName",),
        "policyArns",
    ),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": (
        ("groupName",),
        "policyArns",
    ),
}
OF_AWS = ":iam::aws:policy/"
EVERYTHING = ("apigateway:*", "dynamodb:*", "kms:*", "lambda:*", "s3:*", "states:*", "wafv2:*")
# AWS Managed Policy Reference: what they allow on every resource, as far as it is about a gate.
MANAGED: dict[str, tuple[str, ...]] = {
    "AdministratorAccess": (*EVERYTHING, "iam:*", "sts:*"),
    "PowerUserAccess": EVERYTHING,
    "IAMFullAccess": ("iam:*",),
    "AWSLambda_FullAccess": ("lambda:*", "iam:PassRole"),
    "AWSLambdaRole": ("lambda:InvokeFunction",),
    "AWSCodeDeployRoleForLambda": ("lambda:UpdateAlias",),
    "AmazonAPIGatewayAdministrator": ("apigateway:*",),
    "AmazonDynamoDBFullAccess": ("dynamodb:*",),
    "AmazonDynamoDBFullAccess_v2": ("dynamodb:*",),
    "AmazonS3FullAccess": ("s3:*",),
    "AWSStepFunctionsFullAccess": ("states:*",),
    "AWSWAFConsoleFullAccess": ("wafv2:*", "apigateway:SetWebACL"),
    "AWSWAFFullAccess": ("wafv2:*", "apigateway:SetWebACL"),
    "SystemAdministrator": ("lambda:*",),
    "DatabaseAdministrator": ("dynamodb:*", "lambda:*"),
}
OF_PEOPLE = ("aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy")
PEOPLE = frozenset({"user", "users", "userName", "group", "groups", "groupName"})


class Permissions(NamedTuple):
    """A policy document, in the property ``key`` of ``holder``."""

    holder: JudgedResource
    key: str
    document: Node

    def reach(
        self, actions: Iterable[str], urns: frozenset[str], is_named: Callable[[str], bool]
    ) -> bool:
        """Whether a statement allows one of the actions on one of the resources.

        ``urns`` are the resources; ``is_named`` says whether an ARN, or a pattern, is of one. A
        document or an ARN that is not known is of the resources that it refers to.
        """
        refers = not urns.isdisjoint(self.holder.uses(self.key))
        if not self.document.known:
            return refers
        try:
            return any(
                is_named(arn.text()) if arn.is_text else refers
                for statement in statements(self.document)
                if statement.allows and any(map(statement.covers, actions))
                for arn in _resources(statement)
            )
        except UndecidedError:
            return refers  # iam-policy-has-no-wildcards reports what is malformed


def _resources(statement: IamStatement) -> list[Node]:
    return statement.node["Resource"].one_or_many()


def permissions_of(role: JudgedResource, stack: Stack) -> list[Permissions]:
    """The documents of a role: its own, those of role policies, and attached ones."""
    return _of_roles(stack).get(role.urn, [])


def permissions_of_people(resource: JudgedResource, stack: Stack) -> list[Permissions]:
    """The documents that a resource gives to users or groups; none of another resource."""
    if resource.type in OF_PEOPLE:
        return [Permissions(resource, "policy", resource["policy"])]
    keys, policies = ATTACHMENTS.get(resource.type, ((), ""))
    if any(resource[key].present for key in keys if key in PEOPLE):
        return list(_attached(resource, policies, stack))
    return []


@once_per_stack
def _of_roles(stack: Stack) -> dict[str, list[Permissions]]:
    found: defaultdict[str, list[Permissions]] = defaultdict(list)
    for policy in stack.of_type(types.ROLE_POLICY):
        for role in _roles(policy, "role", stack):
            found[role.urn].append(Permissions(policy, "policy", policy["policy"]))
    for type_, (keys, policies) in ATTACHMENTS.items():
        for attachment in stack.of_type(type_):
            for role in (r for key in keys for r in _roles(attachment, key, stack)):
                found[role.urn] += _attached(attachment, policies, stack)
    for role in stack.of_type(types.IAM_ROLE):
        inline = role["inlinePolicies"]
        for one in inline.items() if inline.known else ():
            found[role.urn].append(Permissions(role, "inlinePolicies", one["policy"]))
        found[role.urn] += _attached(role, "managedPolicyArns", stack)
    return found


@once_per_stack
def _managed_by_aws(stack: Stack) -> dict[str, set[str]]:
    """By URN of a role: the names of the policies of AWS that are attached to it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for role in stack.of_type(types.IAM_ROLE):
        found[role.urn].update(_names_of_aws(role["managedPolicyArns"]))
    for type_, (keys, policies) in ATTACHMENTS.items():
        for attachment in stack.of_type(type_):
            for role in (r for key in keys for r in _roles(attachment, key, stack)):
                found[role.urn].update(_names_of_aws(attachment[policies]))
    return found


def _names_of_aws(arns: Node) -> list[str]:
    return [arn.rpartition("/")[2] for arn in _texts(arns) if OF_AWS in arn]


def allowed_by_aws(role: JudgedResource, actions: Iterable[str], stack: Stack) -> list[str]:
    """The actions that a policy of AWS lets a role do to any resource."""
    patterns = [p for name in _managed_by_aws(stack)[role.urn] for p in MANAGED.get(name, ())]
    return [action for action in actions if any(fnmatch.fnmatchcase(action, p) for p in patterns)]


def _roles(resource: JudgedResource, key: str, stack: Stack) -> list[JudgedResource]:
    named = [role for name in _texts(resource[key]) for role in stack.named(types.IAM_ROLE, name)]
    return [*stack.used_by(resource, key, types.IAM_ROLE), *named]


def _attached(resource: JudgedResource, key: str, stack: Stack) -> Iterator[Permissions]:
    """The documents of the policies of this stack that a property refers to or names."""
    policies = stack.used_by(resource, key, POLICY)
    for arn in _texts(resource[key]):
        policies += stack.named(POLICY, arn.partition(POLICY_IN_ARN)[2].rpartition("/")[2])
    for policy in {one.urn: one for one in policies}.values():
        yield Permissions(policy, "policy", policy["policy"])


def _texts(node: Node) -> list[str]:
    return [str(leaf.leaf()) for leaf in node.leaves()]
