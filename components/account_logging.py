"""The role that API Gateway writes logs with: one per account and region."""

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.arn import Place
from components.policy_documents import trust_json

LOGGING_POLICY = "arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


def account_logging(name: str, *, place: Place, parent: Resource) -> aws.apigateway.Account:
    """Register the role and set it for the region. Both are kept when the stack is destroyed."""
    kept = ResourceOptions(parent=parent, retain_on_delete=True)
    role = aws.iam.Role(
        f"{name}-logging-role",
        # No explicit name: a role kept by an earlier stack would have it already.
        description="API Gateway writes its logs with this role, for the whole region.",
        assume_role_policy=trust_json("apigateway.amazonaws.com"),
        opts=kept,
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-logging-permissions",
        role=role.name,
        policy_arn=LOGGING_POLICY.format(partition=place.partition),
        opts=kept,
    )
    return aws.apigateway.Account(
        f"{name}-account",
        cloudwatch_role_arn=role.arn,
        opts=ResourceOptions(parent=parent, retain_on_delete=True, depends_on=[attachment]),
    )
