"""Header mapping: the REST API with its routes, request validation, deployment and stage."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from components.access_log import ACCESS_LOG_FORMAT
from components.api_body import BodyInputs, build_body
from components.arn import Place
from components.contract import Contract
from components.jwks import PublishedKey, stage_variables

# Everything of the API that callers only see after a new deployment.
API_SETTINGS = {"disableExecuteApiEndpoint": True, "endpointTypes": "REGIONAL", "policy": None}
LOGGING_POLICY = "arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


@dataclass(frozen=True, kw_only=True)
class PetStoreApiArgs:
    prefix: str
    place: Place
    contract: Contract
    stage_name: str
    public_url: str
    backend_url: str
    authorizer_uri: str
    authorizer_alias: aws.lambda_.Alias
    published_keys: Sequence[PublishedKey]
    authorizer_cache_seconds: int = 0
    has_rate_plans: bool = False
    backend_timeout_seconds: int = 29
    throttle_rate: int = 100
    throttle_burst: int = 200
    log_retention_days: int = 30
    execution_log_level: str = "ERROR"
    xray: bool = True
    manage_account_logging: bool = True
    protect: bool = True


class PetStoreApi(pulumi.ComponentResource):
    """A regional REST API, its deployment by content, and one stage that logs and throttles.

    Outputs: ``rest_api_id``, ``stage_name``, ``stage_arn``, ``default_endpoint`` (closed),
    ``access_log_group_name``, and ``api_name``, the name its metrics carry.
    Source: API Gateway Developer Guide, "Develop REST APIs using OpenAPI in API Gateway".
    """

    def __init__(
        self, name: str, args: PetStoreApiArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:PetStoreApi", name, None, opts)
        self.api_name = args.prefix
        body = build_body(args.contract, _body_inputs(args))
        api = self._rest_api(name, args, body)
        permission = self._permission(name, args, api)
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            description=f"Deployed by content by the stack {args.stage_name}.",
            triggers={"content": content_hash(body)},
            # Callers never meet a route whose authorizer API Gateway may not call yet.
            opts=ResourceOptions(parent=self, depends_on=[permission]),
        )
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-access-log",
            name=f"/aws/apigateway/{args.prefix}/access",
            retention_in_days=args.log_retention_days,
            opts=ResourceOptions(parent=self),
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=args.stage_name,
            description="The one stage; partners reach it through the custom domain.",
            variables=stage_variables(args.published_keys),
            access_log_settings={"destination_arn": log_group.arn, "format": ACCESS_LOG_FORMAT},
            xray_tracing_enabled=args.xray,
            # API Gateway refuses a stage with logs while the region has no logging role.
            opts=ResourceOptions(parent=self, depends_on=self._account_logging(name, args)),
        )
        self._method_settings(name, args, api, stage)
        self.rest_api_id = api.id
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.default_endpoint = stage.invoke_url
        self.access_log_group_name = log_group.name
        self.register_outputs(
            {"restApiId": self.rest_api_id, "stageName": stage.stage_name, "stageArn": stage.arn}
        )

    def _rest_api(self, name: str, args: PetStoreApiArgs, body: str) -> aws.apigateway.RestApi:
        return aws.apigateway.RestApi(
            name,
            name=self.api_name,
            # The body's own, or every import would change it and the provider change it back.
            description=args.contract.description,
            body=body,
            put_rest_api_mode="overwrite",
            # A warning means that API Gateway left out something that the contract promises.
            fail_on_warnings=True,
            disable_execute_api_endpoint=True,
            endpoint_configuration={"types": "REGIONAL", "ip_address_type": "dualstack"},
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _permission(
        self, name: str, args: PetStoreApiArgs, api: aws.apigateway.RestApi
    ) -> aws.lambda_.Permission:
        return aws.lambda_.Permission(
            f"{name}-authorizer",
            statement_id="ApiGatewayAuthorizer",
            action="lambda:InvokeFunction",
            function=args.authorizer_alias.function_name,
            qualifier=args.authorizer_alias.name,
            principal="apigateway.amazonaws.com",
            source_account=args.place.account_id,
            # This API's authorizers, not its methods. The body declares exactly one, and its id is
            # API Gateway's own: a lookup would read it before an update that may change it, and
            # leave every call with 500 until the next one.
            source_arn=Output.concat(api.execution_arn, "/authorizers/*"),
            opts=ResourceOptions(parent=self),
        )

    def _account_logging(self, name: str, args: PetStoreApiArgs) -> list[Resource]:
        """The role that API Gateway logs with: one per region, so it outlives the stack."""
        if not args.manage_account_logging:
            return []
        kept = ResourceOptions(parent=self, retain_on_delete=True)
        role = aws.iam.Role(
            f"{name}-logging-role",
            # No explicit name: a kept role must not stand in the way of the next stack's.
            description="API Gateway writes its logs with this role, for the whole region.",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "apigateway.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                sort_keys=True,
            ),
            opts=kept,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-logging-permissions",
            role=role.name,
            policy_arn=LOGGING_POLICY.format(partition=args.place.partition),
            opts=kept,
        )
        account = aws.apigateway.Account(
            f"{name}-account",
            cloudwatch_role_arn=role.arn,
            opts=ResourceOptions(parent=self, retain_on_delete=True, depends_on=[attachment]),
        )
        return [account]

    def _method_settings(
        self,
        name: str,
        args: PetStoreApiArgs,
        api: aws.apigateway.RestApi,
        stage: aws.apigateway.Stage,
    ) -> None:
        before: list[Resource] = []
        if args.execution_log_level != "OFF":
            # API Gateway would make this group itself, and keep its lines for ever.
            before.append(
                aws.cloudwatch.LogGroup(
                    f"{name}-execution-log",
                    name=Output.concat(
                        "API-Gateway-Execution-Logs_", api.id, f"/{args.stage_name}"
                    ),
                    retention_in_days=args.log_retention_days,
                    opts=ResourceOptions(parent=self),
                )
            )
        aws.apigateway.MethodSettings(
            f"{name}-settings",
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "throttling_rate_limit": float(args.throttle_rate),
                "throttling_burst_limit": args.throttle_burst,
                "logging_level": args.execution_log_level,
                # Never on: it would write headers and bodies, the token among them.
                "data_trace_enabled": False,
                "metrics_enabled": True,
                "caching_enabled": False,
            },
            opts=ResourceOptions(parent=self, depends_on=before),
        )


def content_hash(body: str) -> str:
    """Changes when what callers get changes, and not otherwise."""
    content = json.dumps({"body": json.loads(body), "api": API_SETTINGS}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _body_inputs(args: PetStoreApiArgs) -> BodyInputs:
    return BodyInputs(
        title=args.prefix,
        public_url=args.public_url,
        backend_url=args.backend_url,
        backend_timeout_seconds=args.backend_timeout_seconds,
        authorizer_uri=args.authorizer_uri,
        authorizer_cache_seconds=args.authorizer_cache_seconds,
        signing_key_count=len(args.published_keys),
        has_rate_plans=args.has_rate_plans,
    )
