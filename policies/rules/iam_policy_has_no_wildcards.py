"""Refuses IAM policies with wildcards in actions or resources."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.iam import IamStatement, statements
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
INLINE = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy")
GROUP = "aws:iam/groupPolicy:GroupPolicy"
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
)
# Service Authorization Reference: actions without a resource that they could name, or on one
# whose name AWS chooses when it is created.
WITHOUT_RESOURCE = frozenset(
    {
        "acm:requestcertificate",
        "kms:createkey",
        "kms:listaliases",
        "logs:createlogdelivery",
        "logs:deletelogdelivery",
        "logs:deleteresourcepolicy",
        "logs:describeloggroups",
        "logs:describeresourcepolicies",
        "logs:putresourcepolicy",
        "route53:getchange",
        "sns:getsubscriptionattributes",
        "sns:setsubscriptionattributes",
        "sns:unsubscribe",
        "xray:puttracesegments",
        "xray:puttelemetryrecords",
        "cloudwatch:putmetricdata",
        "ec2:createnetworkinterface",
        "ec2:describenetworkinterfaces",
        "ec2:deletenetworkinterface",
    }
)
# A condition on one of these narrows a resource that has no name before it exists.
NARROWING = frozenset({"kms:resourcealiases", "aws:resourcetag"})
# Their ARNs begin with the name itself; others have the kind before it, as in key/ and table/.
WITHOUT_KIND = frozenset({"s3", "sns", "sqs", "execute-api"})
BROAD_MANAGED = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type in ATTACHMENTS:
        yield from _managed(resource["policyArn"], resource, "policyArn", stack)
        return
    key = "policy"
    documents = [resource[key]]
    if resource.type == ROLE:
        for arn in resource["managedPolicyArns"].items():
            yield from _managed(arn, resource, "managedPolicyArns", stack)
        key = "inlinePolicies"
        documents = [one["policy"] for one in resource[key].items()]
    for document in documents:
        if document.present:
            for statement in statements(document):
                yield from _judge(statement, computed=bool(resource.uses(key)))


def _judge(statement: IamStatement, *, computed: bool) -> Iterator[str]:
    """``computed``: the document refers to resources, so an unknown ARN is the ARN of one."""
    if not statement.allows:
        return
    where = statement.node.path
    for negated in ("NotAction", "NotResource"):
        if statement.node[negated].present:
            yield f"{where}.{negated} allows everything except what it names."
    actions = [action.lower() for action in statement.texts("Action")]
    if any("*" in action or "?" in action for action in actions):
        yield f"{where}.Action contains a wildcard."
    if set(actions) <= WITHOUT_RESOURCE:
        return
    narrowed = any(key.partition("/")[0] in NARROWING for _, key, _ in statement.conditions)
    for node in statement.node["Resource"].one_or_many():
        if computed and not node.known:
            continue
        arn = node.text()
        if _is_anywhere(arn) or (_is_nameless(arn) and not narrowed):
            yield f"{where}.Resource must name a specific resource."


def _is_anywhere(arn: str) -> bool:
    """``*``, or an ARN with a wildcard for the service, the region or the account."""
    parts = arn.split(":", 5)
    return len(parts) < 6 or "*" in "".join(parts[:5])  # noqa: PLR2004 - an ARN's parts


def _is_nameless(arn: str) -> bool:
    """Like ``…:key/*`` and ``…:s3:::*``; ``…:bucket/*`` names its bucket."""
    _, _, service, _, _, resource = arn.split(":", 5)
    name = resource if service in WITHOUT_KIND else re.split("[:/]", resource, maxsplit=1)[-1]
    return name.startswith(("*", "?"))


def _managed(arn: Node, resource: JudgedResource, key: str, stack: Stack) -> Iterator[str]:
    if not arn.known:
        if not stack.used_by(resource, key, POLICY):
            raise UndecidedError(f"{arn.path} does not refer to a policy of this stack")
        return
    name = arn.text().rpartition("/")[2]
    if name in BROAD_MANAGED or name.endswith("FullAccess"):
        yield f"{arn.path} is an AWS managed policy with administrator or full access."


RULE = StackRule(
    name="iam-policy-has-no-wildcards",
    title="IAM policies name specific actions and resources.",
    severity=Severity.HIGH,
    why=(
        "The authorizer's role can sign tokens. If the function is compromised, every other "
        "permission of the role is, too. A wildcard also grants actions that AWS adds later. "
        "Exempt are actions that do not support resource-level permissions, and resources that a "
        "condition on an alias or a tag restricts. In a document that is given as a mapping, an "
        "ARN that is the output of another resource names that resource."
    ),
    fix='{"Action": "kms:Sign", "Resource": key_arn}',
    page="Security best practices in IAM",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    frameworks=(
        "Security Hub IAM.21",
        "CIS AWS Foundations 3.0.0 1.16",
        "Checkov CKV_AWS_63",
        "Checkov CKV_AWS_355",
        "cdk-nag AwsSolutions-IAM5",
        "cfn-guard IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE",
        "cfn-guard IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
        "Prowler iam_inline_policy_no_administrative_privileges",
        "AWS Config iam-policy-no-statements-with-full-access",
    ),
    types=frozenset({POLICY, ROLE, *INLINE, GROUP, *ATTACHMENTS}),
    check=_check,
)
