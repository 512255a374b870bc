"""Header mapping: the REST API with its routes, request validation, deployment and stage."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from components.access_log import ACCESS_LOG_FORMAT
from components.account_logging import account_logging
from components.api_body import BodyInputs, build_body
from components.arguments import LoggedArgs
from components.backend_certificates import backend_certificates, certificates_pem
from components.ip_families import endpoint_address_type
from components.jwks import PublishedKey, is_rsa, stage_variables
from components.log_groups import access_log_group, execution_log_group
from components.renewal_options import RenewalOptions
from portcullis.contract.contract import Contract
from portcullis.contract.renewal_route import METHOD, with_renewal
from portcullis.errors import MisuseError

# What callers see only after a new deployment, besides the body.
API_SETTINGS = {"disableExecuteApiEndpoint": True, "endpointTypes": "REGIONAL", "policy": None}


@dataclass(frozen=True, kw_only=True)
class ApiOptions:
    stage_name: str
    """The name of the one stage, such as `dev`."""

    backend_url: str | None = None
    """Where calls that passed every gate are forwarded to. Exactly one of this and
    `backend_function_arn` must be set. It must be known at preview."""

    backend_function_arn: str | None = None
    """A Lambda function of this account that gets the calls as events, with its alias or version if
    it has one. API Gateway may invoke it from the methods of this stage. It must be known at
    preview."""

    vpc_link_id: str | None = None
    """The VPC link through which `backend_url` is called, for a backend in a VPC."""

    load_balancer_arn: str | None = None
    """The Application or Network Load Balancer that a VPC link V2 leads to; left out for V1."""

    backend_certificates: Sequence[str] = ("first",)
    """Names of client certificates for an https backend. The stage presents the first; the others
    exist so that the backend can trust them before or after their time. With an empty list, and
    to a backend that is called without TLS, none is presented."""

    backend_timeout_seconds: int = 29
    """How many seconds a call waits for the backend before it is answered with 504: 1 to 29."""

    throttle_rate: int = 100
    """Calls per second of all clients together."""

    throttle_burst: int = 200
    """How many calls a short peak may have above `throttle_rate`."""

    execution_log_level: str = "ERROR"
    """API Gateway's execution log: `OFF`, `ERROR` or `INFO`. Bodies and headers are never
    logged."""

    manage_account_logging: bool = True
    """Set the role with which API Gateway writes logs. There is one for each account and region, so
    exactly one stack sets it."""


@dataclass(frozen=True, kw_only=True)
class RestApiArgs(ApiOptions, RenewalOptions, LoggedArgs):
    public_url: str
    """The address that partners call, such as `https://api.example.com`."""

    authorizer_uri: Input[str]
    """The authorizer's `uri`. It must be known at preview: the policy pack reads it in the body."""

    authorizer_function: Input[str]
    """The name of the authorizer's function, which the API may invoke."""

    authorizer_alias: Input[str]
    """The alias of that function, which `authorizer_uri` names."""

    published_keys: Sequence[PublishedKey]
    """The authorizer's public keys, for the route `/.well-known/jwks.json`: one or two. How many
    must be known at preview."""

    authorizer_cache_seconds: int = 0
    """How many seconds API Gateway reuses an answer of the authorizer for the same certificate. It
    must be that of the authorizer."""

    renewal_uri: str | None = None
    """The `uri` of the CertificateRenewal, where `certificate_renewal_key_arn` is set. It must be
    known at preview."""

    renewal_function: Input[str] | None = None
    """The name of the renewal's function, which the API may invoke from its route alone."""

    renewal_alias: Input[str] | None = None
    """The alias of that function, which `renewal_uri` names."""

    has_rate_plans: bool = False
    """Each call is counted under the API key that the authorizer names, and refused without one."""

    client_cert_header: bool = False
    """Send the client's certificate to the backend in the header Client-Cert (RFC 9440). It must be
    that of the authorizer."""

    dual_stack: bool = False
    """Accept IPv6 too: only with a web ACL that allows an IPv6 network."""

    xray: bool = True
    """Send X-Ray traces of the stage."""

    protect: bool = True
    """The REST API cannot be destroyed."""


@dataclass(frozen=True, kw_only=True)
class ContractApiArgs(RestApiArgs):
    contract_file: str
    """The contract: an OpenAPI 3.0 document in which each operation has a scope. The path is
    relative to the program's working directory."""


class ContractApi(pulumi.ComponentResource):
    """A regional REST API, a deployment per content, and one stage with logs and throttling.

    Its default endpoint is disabled: callers reach it through a custom domain only.
    Source: API Gateway Developer Guide, "Develop REST APIs using OpenAPI in API Gateway".
    """

    TYPE = "portcullis:index:ContractApi"

    rest_api_id: Output[str]
    """The REST API's id."""

    api_name: str
    """The REST API's name, as in its metrics."""

    stage_name: Output[str]
    """The stage's name."""

    stage_arn: Output[str]
    """The stage's ARN, for the web ACL."""

    default_endpoint: Output[str]
    """The execute-api address, which is disabled."""

    access_log_group_name: Output[str]
    """The log group with one JSON line for each call."""

    backend_certificates_pem: Output[str]
    """The client certificates that the backend has to trust, as PEM; empty without any."""

    def __init__(
        self, name: str, args: ContractApiArgs, opts: ResourceOptions | None = None
    ) -> None:
        _check_backend(args)
        contract = with_renewal(Contract.load(Path(args.contract_file)), args.renewal_route)
        super().__init__(self.TYPE, name, None, opts)
        self.api_name = args.prefix
        body = Output.from_input(args.authorizer_uri).apply(
            lambda uri: build_body(contract, _body_inputs(args, uri))
        )
        api = self._rest_api(name, args, contract.description, body)
        presented = _presented_certificates(args)
        certificates = backend_certificates(name, presented, prefix=args.prefix, parent=self)
        deployment = self._deployment(name, args, api, body)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-access-log",
            name=access_log_group(args.prefix),
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
            client_certificate_id=certificates[0].id if certificates else None,
            opts=ResourceOptions(parent=self, depends_on=logging),
        )
        self._method_settings(name, args, api, stage)
        self.rest_api_id = api.id
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.default_endpoint = stage.invoke_url
        self.access_log_group_name = log_group.name
        self.backend_certificates_pem = certificates_pem(certificates)
        self.presented_certificates = [one.pem_encoded_certificate for one in certificates]
        self.register_outputs(
            {"restApiId": self.rest_api_id, "stageName": stage.stage_name, "stageArn": stage.arn}
        )

    def _rest_api(
        self, name: str, args: ContractApiArgs, description: str, body: Output[str]
    ) -> aws.apigateway.RestApi:
        return aws.apigateway.RestApi(
            name,
            name=self.api_name,
            # Equal to the body's: otherwise the import and the provider change it in turn.
            description=description,
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

    def _deployment(
        self, name: str, args: ContractApiArgs, api: aws.apigateway.RestApi, body: Output[str]
    ) -> aws.apigateway.Deployment:
        certificate = next(iter(_presented_certificates(args)), None)
        return aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            description=f"Deployed by content by the stack {args.stage_name}.",
            # The body's own digest is what the policy pack can compare with the body.
            triggers={
                "content": body.apply(lambda text: content_hash(text, certificate)),
                "body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()),
            },
            # A route whose functions API Gateway may not call yet would answer 500.
            opts=ResourceOptions(parent=self, depends_on=self._permissions(name, args, api)),
        )

    def _permissions(
        self, name: str, args: ContractApiArgs, api: aws.apigateway.RestApi
    ) -> list[aws.lambda_.Permission]:
        """Let API Gateway invoke the functions of this API.

        Without a sourceAccount: the source ARN contains the account.
        """

        def invoke(
            whom: str, function: Input[str], qualifier: Input[str | None], source: str
        ) -> aws.lambda_.Permission:
            return aws.lambda_.Permission(
                f"{name}-{whom}",
                statement_id=f"ApiGatewayInvokes{whom.capitalize()}",
                action="lambda:InvokeFunction",
                function=function,
                qualifier=qualifier,
                principal="apigateway.amazonaws.com",
                source_arn=Output.concat(api.execution_arn, source),
                opts=ResourceOptions(parent=self),
            )

        # The ARN covers the API's authorizers and not its methods. The body declares exactly one
        # authorizer; API Gateway chooses its id, and an import may change it. A lookup would read
        # it too early, and every call would get 500 until the next update.
        function, alias = args.authorizer_function, args.authorizer_alias
        permissions = [invoke("authorizer", function, alias, "/authorizers/*")]
        if args.backend_function_arn is not None:
            backend, qualifier = split_qualifier(args.backend_function_arn)
            # Every method of the one stage, and no authorizer.
            permissions.append(invoke("backend", backend, qualifier, f"/{args.stage_name}/*/*"))
        if args.renewal_route is not None:
            if args.renewal_function is None or args.renewal_uri is None:
                raise MisuseError(
                    "ContractApi has certificate_renewal_key_arn, and needs renewal_uri, "
                    "renewal_function and renewal_alias of the CertificateRenewal with it."
                )
            # The one route: an event of any other would be one that this API did not make.
            route = f"/{args.stage_name}/{METHOD}{args.certificate_renewal_path}"
            permissions.append(invoke("renewal", args.renewal_function, args.renewal_alias, route))
        return permissions

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
                    name=api.id.apply(lambda api_id: execution_log_group(api_id, args.stage_name)),
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


def split_qualifier(function_arn: str) -> tuple[str, str | None]:
    """The ARN of a function without its alias or version, and that."""
    parts = function_arn.split(":")
    return (":".join(parts[:7]), parts[7] if len(parts) > 7 else None)  # noqa: PLR2004 - an ARN's


def content_hash(body: str, backend_certificate: str | None = None) -> str:
    """A digest that changes only when what callers or the backend get changes."""
    content: dict[str, object] = {"body": json.loads(body), "api": API_SETTINGS}
    if backend_certificate is not None:
        # Another certificate of the stage takes effect with the next deployment.
        content["backendCertificate"] = backend_certificate
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _presented_certificates(args: ApiOptions) -> Sequence[str]:
    return args.backend_certificates if (args.backend_url or "").startswith("https://") else ()


def _check_backend(args: ApiOptions) -> None:
    """Raises MisuseError unless there is exactly one backend."""
    if (args.backend_url is None) == (args.backend_function_arn is None):
        raise MisuseError(
            "ContractApi needs exactly one of backend_url and backend_function_arn: the backend is "
            "called over HTTP, or is a function."
        )


def _body_inputs(args: ContractApiArgs, authorizer_uri: str) -> BodyInputs:
    function = args.backend_function_arn
    return BodyInputs(
        title=args.prefix,
        public_url=args.public_url,
        backend_url=args.backend_url,
        vpc_link_id=args.vpc_link_id,
        load_balancer_arn=args.load_balancer_arn,
        backend_function_uri=None if function is None else args.place.invocation_uri(function),
        backend_timeout_seconds=args.backend_timeout_seconds,
        authorizer_uri=authorizer_uri,
        authorizer_cache_seconds=args.authorizer_cache_seconds,
        signing_key_count=len(args.published_keys),
        rsa_positions=frozenset(
            position for position, key in enumerate(args.published_keys, start=1) if is_rsa(key)
        ),
        has_rate_plans=args.has_rate_plans,
        client_cert_header=args.client_cert_header,
        renewal_path=None if args.renewal_route is None else args.certificate_renewal_path,
        renewal_function_uri=args.renewal_uri,
    )
