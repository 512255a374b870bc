"""Header mapping: the REST API with its routes, request validation, deployment and stage."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from components.access_log import ACCESS_LOG_FORMAT
from components.account_logging import account_logging
from components.api_body import BodyInputs, build_body
from components.arn import Place
from components.ip_families import endpoint_address_type
from components.jwks import PublishedKey, stage_variables
from portcullis.contract.contract import Contract

# What callers see only after a new deployment, besides the body.
API_SETTINGS = {"disableExecuteApiEndpoint": True, "endpointTypes": "REGIONAL", "policy": None}


@dataclass(frozen=True, kw_only=True)
class ContractApiArgs:
    prefix: str
    place: Place
    contract: Contract
    stage_name: str
    public_url: str
    backend_url: str
    dual_stack: bool  # accept IPv6 too
    authorizer_uri: str
    authorizer_alias: aws.lambda_.Alias
    published_keys: Sequence[PublishedKey]
    authorizer_cache_seconds: int
    has_rate_plans: bool
    backend_timeout_seconds: int
    throttle_rate: int
    throttle_burst: int
    log_retention_days: int
    kms_key_arn: str | None  # for the log groups; None for a key of AWS
    execution_log_level: str
    xray: bool
    manage_account_logging: bool
    protect: bool


class ContractApi(pulumi.ComponentResource):
    """A regional REST API, a deployment per content, and one stage with logs and throttling.

    Outputs: ``rest_api_id``, ``stage_name``, ``stage_arn``, ``default_endpoint`` (disabled),
    ``access_log_group_name``, and ``api_name``, the name in its metrics.
    Source: API Gateway Developer Guide, "Develop REST APIs using OpenAPI in API Gateway".
    """

    TYPE = "portcullis:index:ContractApi"

    def __init__(
        self, name: str, args: ContractApiArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__(self.TYPE, name, None, opts)
        self.api_name = args.prefix
        body = build_body(args.contract, _body_inputs(args))
        api = self._rest_api(name, args, body)
        permission = self._permission(name, args, api)
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            description=f"Deployed by content by the stack {args.stage_name}.",
            # The body's own digest is what the policy pack can compare with the body.
            triggers={
                "content": content_hash(body),
                "body": hashlib.sha256(body.encode()).hexdigest(),
            },
            # A route whose authorizer API Gateway may not call yet would answer 500.
            opts=ResourceOptions(parent=self, depends_on=[permission]),
        )
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-access-log",
            name=f"/aws/apigateway/{args.prefix}/access",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=ResourceOptions(parent=self),
        )
        # API Gateway refuses a stage with logs while the region has no logging role.
        logging = (
            [account_logging(name, place=args.place, parent=self)]
            if args.manage_account_logging
            else []
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
            opts=ResourceOptions(parent=self, depends_on=logging),
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

    def _rest_api(self, name: str, args: ContractApiArgs, body: str) -> aws.apigateway.RestApi:
        return aws.apigateway.RestApi(
            name,
            name=self.api_name,
            # Equal to the body's: otherwise the import and the provider change it in turn.
            description=args.contract.description,
            body=body,
            # The body says so too, but after each import the provider restores what it knows.
            api_key_source="AUTHORIZER" if args.has_rate_plans else None,
            # The API's own policy, which may apply to calls through the domain too. Mutual TLS
            # excludes the enhanced policies.
            security_policy="TLS_1_2",
            put_rest_api_mode="overwrite",
            # A warning means that API Gateway ignored a part of the contract.
            fail_on_warnings=True,
            disable_execute_api_endpoint=True,
            endpoint_configuration={
                "types": "REGIONAL",
                "ip_address_type": endpoint_address_type(dual_stack=args.dual_stack),
            },
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _permission(
        self, name: str, args: ContractApiArgs, api: aws.apigateway.RestApi
    ) -> aws.lambda_.Permission:
        return aws.lambda_.Permission(
            f"{name}-authorizer",
            statement_id="ApiGatewayInvokesAuthorizer",
            action="lambda:InvokeFunction",
            function=args.authorizer_alias.function_name,
            qualifier=args.authorizer_alias.name,
            principal="apigateway.amazonaws.com",
            # No sourceAccount: this ARN contains the account. The ARN covers the API's authorizers
            # and not its methods. The body declares exactly one authorizer; API Gateway chooses its
            # id, and an import may change it. A lookup would read it too early, and every call
            # would get 500 until the next update.
            source_arn=Output.concat(api.execution_arn, "/authorizers/*"),
            opts=ResourceOptions(parent=self),
        )

    def _method_settings(
        self,
        name: str,
        args: ContractApiArgs,
        api: aws.apigateway.RestApi,
        stage: aws.apigateway.Stage,
    ) -> None:
        before: list[Resource] = []
        if args.execution_log_level != "OFF":
            # API Gateway would create this group itself, without retention.
            before.append(
                aws.cloudwatch.LogGroup(
                    f"{name}-execution-log",
                    name=Output.concat(
                        "API-Gateway-Execution-Logs_", api.id, f"/{args.stage_name}"
                    ),
                    retention_in_days=args.log_retention_days,
                    kms_key_id=args.kms_key_arn,
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
                # Never on: it writes headers and bodies, and with them the token.
                "data_trace_enabled": False,
                "metrics_enabled": True,
                "caching_enabled": False,
            },
            opts=ResourceOptions(parent=self, depends_on=before),
        )


def content_hash(body: str) -> str:
    """A digest that changes only when what callers get changes."""
    content = json.dumps({"body": json.loads(body), "api": API_SETTINGS}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _body_inputs(args: ContractApiArgs) -> BodyInputs:
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
