"""A whole guarded stack from raw resources: none of our components, and nothing missing."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from tests.policies import acls, apis, truststores

ROLE = "arn:aws:iam::000000000000:role/example-authorizer"
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "kms:Sign",
            "Resource": "*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}},
        },
    ],
}
PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "kms:Sign",
            "Resource": "arn:aws:kms:eu-central-1:000000000000:key/*",
            "Condition": {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/example-signing"]}
            },
        }
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class Clean:
    """The resources of a clean program that a further line may refer to."""

    api: aws.apigateway.RestApi
    stage: aws.apigateway.Stage
    domain: aws.apigateway.DomainName
    key: aws.kms.Key
    function: aws.lambda_.Function
    guards: list[pulumi.Resource]  # the web ACL association


def from_a_body(without: str = "", web_acl_arn: str = "") -> Clean:
    """Routes in an OpenAPI document.

    ``without`` names the guard to leave out; ``web_acl_arn`` is of a web ACL of another stack.
    """
    api = apis.rest_api()
    digest = hashlib.sha256(json.dumps(apis.BODY).encode()).hexdigest()
    return around(api, digest, without, web_acl_arn)


def from_methods(without: str = "", **changes: dict[str, Any]) -> Clean:
    """The same routes as Method and Integration resources; ``changes`` as for the API."""
    api = apis.method_api(api={"disable_execute_api_endpoint": True}, **changes)
    parts = pulumi.Output.json_dumps([part.id for part in apis.PARTS])
    digest = parts.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())
    return around(api, digest, without)


def around(
    api: aws.apigateway.RestApi,
    digest: pulumi.Input[str],
    without: str = "",
    web_acl_arn: str = "",
) -> Clean:
    """Everything else of a guarded stack."""
    key, function = _authorizer(api)
    stage = apis.stage_of(api, digest=digest)
    apis.settings_of(api, stage)
    aws.cloudwatch.LogGroup(
        "execution-log",
        name=pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, "/stage"),
        retention_in_days=30,
    )
    guards: list[pulumi.Resource] = []
    if web_acl_arn:
        association = aws.wafv2.WebAclAssociation(
            "association", resource_arn=stage.arn, web_acl_arn=web_acl_arn
        )
        guards = [association]
    elif without != "web ACL":
        acl = acls.web_acl()
        acls.logged(acl)
        guards = [acls.guarded(stage, acl)]
    domain = truststores.domain(mutual_tls=without != "mutual TLS")
    aws.apigateway.BasePathMapping(
        "mapping",
        domain_name=domain.domain_name,
        rest_api=api.id,
        stage_name=stage.stage_name,
        opts=pulumi.ResourceOptions(depends_on=guards),
    )
    return Clean(api=api, stage=stage, domain=domain, key=key, function=function, guards=guards)


def _authorizer(api: aws.apigateway.RestApi) -> tuple[aws.kms.Key, aws.lambda_.Function]:
    key = aws.kms.Key(
        "signing",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        policy=json.dumps(KEY_POLICY),
    )
    role = aws.iam.Role("role", name="example-authorizer", assume_role_policy=json.dumps(TRUST))
    aws.iam.RolePolicy("permissions", role=role.name, policy=json.dumps(PERMISSIONS))
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/authorizer", retention_in_days=30)
    function = aws.lambda_.Function("authorizer", name="authorizer", role=role.arn)
    aws.lambda_.Permission(
        "permission",
        statement_id="gateway",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/authorizers/*"),
    )
    return key, function
