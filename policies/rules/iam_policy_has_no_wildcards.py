"""Refuses IAM policies with wildcards in actions or resources."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.foundation import are_permissions_founded
from policies.reading.iam import IamStatement, statements
from policies.reading.judged_apis import APIS
from policies.reading.node import Node, UndecidedError
from policies.reading.permissions import ATTACHMENTS, POLICY
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

INLINE = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy")
GROUP = "aws:iam/groupPolicy:GroupPolicy"
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
# They give a new resource, whose name AWS chooses, its first tags.
TAGGING = frozenset({"acm:addtagstocertificate", "kms:tagresource"})
# Their ARNs begin with the name itself; others have the kind before it, as in key/ and table/.
WITHOUT_KIND = frozenset({"s3", "sns", "sqs", "execute-api"})
# Every API, domain or web ACL.
EVERY_GATE = re.compile(r"/(restapis|apis|domainnames)/[*?].*|/[*?].*|(regional|global)/\w+/[*?].*")
BROAD_MANAGED = frozenset(
    {
        "AdministratorAccess",
        "PowerUserAccess",
        "IAMFullAccess",
        "AWSLambda_FullAccess",
        "AWSLambdaRole",
        "AWSWAFFullAccess",
        "AmazonAPIGatewayAdministrator",
        "AmazonS3FullAccess",
    }
)
# IAM User Guide, "IAM JSON policy elements: Condition operators".
SAME = frozenset({"stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase"})
# What a role that no guarded API stands on must not do to whatever resource: sign, mint a token,
# open a gate, or become somebody who does.
ACTIONS_ON_GATES = (
    "kms:Sign",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:InvokeFunction",
    "lambda:AddPermission",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:UpdateAlias",
    "apigateway:PATCH",
    "apigateway:POST",
    "apigateway:PUT",
    "apigateway:DELETE",
    "wafv2:UpdateWebACL",
    "wafv2:UpdateIPSet",
    "wafv2:UpdateRuleGroup",
    # wafv2:AssociateWebACL and DisassociateWebACL of a stage need it too.
    "apigateway:SetWebACL",
    "s3:PutObject",
    "s3:PutBucketPolicy",
    "dynamodb:PutItem",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
)


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    founded = are_permissions_founded(resource, stack)
    if resource.type in ATTACHMENTS:
        _, key = ATTACHMENTS[resource.type]
        for arn in resource[key].one_or_many() or [resource[key]]:
            yield from _managed(arn, resource, key, stack, is_founded=founded)
        return
    key = "policy"
    documents = [resource[key]]
    if resource.type == types.IAM_ROLE:
        for arn in resource["managedPolicyArns"].items():
            yield from _managed(arn, resource, "managedPolicyArns", stack, is_founded=founded)
        key = "inlinePolicies"
        documents = [one["policy"] for one in resource[key].items()]
    for document in documents:
        if not document.present or (not founded and _is_computed_text(document, resource, key)):
            continue
        for statement in statements(document):
            faults = list(_judge(statement, computed=bool(resource.uses(key)))) if founded else []
            yield from faults
            # A stack without an API has the roles that deploy APIs, whose ids AWS chooses.
            if (
                not faults
                and (not founded or stack.of_type(*APIS))
                and statement.allows
                and _reaches_the_gates(statement)
            ):
                yield f"{statement.node.path} allows to change or to use any guarded API."


def _is_computed_text(document: Node, resource: JudgedResource, key: str) -> bool:
    """Whether a preview does not know the text, and only what it is made of.

    Beside the roles of a guarded API, the same holds for the update.
    """
    return bool(resource.uses(key)) and (document.is_text or not document.known)


def _reaches_the_gates(statement: IamStatement) -> bool:
    """Whether a statement covers an action on the gates, and its resources may be the gates."""
    conditions = statement.conditions
    covered = [
        action
        for action in ACTIONS_ON_GATES
        if statement.covers(action) and not any(_keeps_away(action, one) for one in conditions)
    ]
    if not covered:
        return False
    if statement.node["NotResource"].present:
        return True
    if any(map(_is_narrowed_by, statement.conditions)):
        return False
    resources = statement.node["Resource"].one_or_many()
    texts = [node.text() for node in resources if node.known]
    return any(_is_anywhere(arn) or _is_nameless(arn) or _is_every_gate(arn) for arn in texts)


def _keeps_away(action: str, condition: tuple[str, str, Node]) -> bool:
    """Whether a condition keeps an action away from the roles and keys of a guarded API."""
    operator, key, value = condition
    texts = [str(one.leaf()).lower() for one in value.one_or_many() if one.known]
    if action == "iam:PassRole":
        runs_functions = any("*" in text or text.startswith("lambda.") for text in texts)
        return (
            key == "iam:passedtoservice" and operator in SAME and bool(texts) and not runs_functions
        )
    if action == "kms:CreateGrant":  # by a service of AWS for a resource of its own
        return key == "kms:grantisforawsresource" and operator == "bool" and texts == ["true"]
    return False


def _is_narrowed_by(condition: tuple[str, str, Node]) -> bool:
    """Whether a condition limits the resources; it must not pass without the key or for all."""
    operator, key, value = condition
    if key.partition("/")[0] not in NARROWING or operator.removeprefix("foranyvalue:") not in SAME:
        return False
    return not any(one.text().startswith(("*", "?")) for one in value.one_or_many())


def _is_without_other_tag(condition: tuple[str, str, Node]) -> bool:
    """Whether a condition leaves out every resource that has another value of a tag already."""
    operator, key, value = condition
    texts = [one.text() for one in value.one_or_many()]
    return (
        operator == "stringequalsifexists"
        and key.startswith("aws:resourcetag/")
        and not any("*" in text for text in texts)
    )


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
    narrowed = any(map(_is_narrowed_by, statement.conditions)) or (
        set(actions) <= TAGGING and any(map(_is_without_other_tag, statement.conditions))
    )
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


def _is_every_gate(arn: str) -> bool:
    """Like ``…:/restapis/*`` and ``…:regional/webacl/*/*``."""
    _, _, service, _, _, resource = arn.split(":", 5)
    return service in {"apigateway", "wafv2"} and EVERY_GATE.fullmatch(resource) is not None


def _managed(
    arn: Node,
    resource: JudgedResource,
    key: str,
    stack: Stack,
    *,
    is_founded: bool,
) -> Iterator[str]:
    if not arn.known:
        if is_founded and not stack.used_by(resource, key, POLICY):
            raise UndecidedError(f"{arn.path} does not refer to a policy of this stack")
        return
    name = arn.text().rpartition("/")[2]
    if name in BROAD_MANAGED or (is_founded and name.endswith("FullAccess")):
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
        "ARN that is the output of another resource names that resource. A role that no guarded "
        "API stands on is refused only what would reach every API, function or key."
    ),
    fix=(
        '{"Action": "dynamodb:GetItem", '
        '"Resource": f"arn:aws:dynamodb:{region}:{account}:table/{name}"}'
    ),
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
    types=frozenset({POLICY, types.IAM_ROLE, *INLINE, GROUP, *ATTACHMENTS}),
    check=_check,
)
