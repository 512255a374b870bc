"""What the graph says about domains, APIs, stages and functions, linked as AWS links them.

Resources find each other by output values (ids, names, ARNs), never by our own names for them. What
is in the graph and would change an answer on AWS, but is not emulated, refuses to start.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.gateway.resources.arn import account_of, function_arn, region_of
from portcullis.gateway.resources.openapi import ImportedApi, read_body
from portcullis.gateway.resources.overlays import Overlay, overlay, overlays_of_body
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.specs import DomainSpec, FunctionSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import SIGNATURE, Graph, Resource, archive_path

REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
RESPONSE = "aws:apigateway/response:Response"
DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
BASE_PATH_MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
BUCKET_OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")

# Of these services every type is either read by a gate, without effect on a call, or refused.
EMULATED = frozenset(
    {
        REST_API,
        STAGE,
        DEPLOYMENT,
        RESPONSE,
        DOMAIN_NAME,
        BASE_PATH_MAPPING,
        WEB_ACL_ASSOCIATION,
        "aws:apigateway/account:Account",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/documentationPart:DocumentationPart",
        "aws:apigateway/documentationVersion:DocumentationVersion",
        "aws:apigateway/methodSettings:MethodSettings",
        "aws:apigateway/usagePlan:UsagePlan",
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "aws:wafv2/ipSet:IpSet",
        "aws:wafv2/regexPatternSet:RegexPatternSet",
        "aws:wafv2/ruleGroup:RuleGroup",
        "aws:wafv2/webAcl:WebAcl",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    }
)
REFUSED_SERVICES = ("apigateway", "apigatewayv2", "wafv2", "waf", "wafregional")
_INSTEAD = {
    "apigateway": "Describe the API in the RestApi's OpenAPI body; it is the one form read here.",
    "apigatewayv2": "HTTP and WebSocket APIs have no mutual TLS with a web ACL; use a REST API.",
}
MINIMUM_TLS_VERSIONS = {"TLS_1_2": "TLSv1.2"}
DEFAULT_SECURITY_POLICY = "TLS_1_2"
NO_BASE_PATH = frozenset({"", "(none)"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """One REST API with its deployed contract."""

    id: str
    execution_arn: str
    contract: ImportedApi
    has_default_endpoint: bool
    overlays: Mapping[str, Overlay]
    place: str

    @property
    def account(self) -> str:
        return account_of(self.execution_arn)

    @property
    def region(self) -> str:
        return region_of(self.execution_arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageModel:
    api: ApiModel
    name: str
    deployment_id: str
    variables: Mapping[str, str]
    access_log_format: str | None
    web_acl_arn: str | None
    traces: bool
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingModel:
    """A base path of a custom domain; without a stage the next path segment names it."""

    base_path: str
    api_id: str
    stage_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainModel:
    spec: DomainSpec
    mappings: tuple[MappingModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphModel:
    apis: tuple[ApiModel, ...]
    stages: tuple[StageModel, ...]
    domains: tuple[DomainModel, ...]


def read_graph(graph: Graph) -> GraphModel:
    """Raises UnsupportedError, naming the resource and the feature."""
    _refuse_strangers(graph)
    apis = {api.id: api for api in (_api(r, graph) for r in graph.of_type(REST_API))}
    if not apis:
        raise UnsupportedError("The graph", "it has no REST API", "Nothing would answer.")
    stages = tuple(_stage(r, graph, apis) for r in graph.of_type(STAGE))
    domains = tuple(_domain(r, graph, apis, stages) for r in graph.of_type(DOMAIN_NAME))
    names = {d.spec.domain_name for d in domains}
    for resource in graph.of_type(BASE_PATH_MAPPING):
        block = Block.of(resource)
        if block.required_text("domainName") not in names:
            raise UnsupportedError(block.place, "its domainName is no custom domain of the graph")
    return GraphModel(apis=tuple(apis.values()), stages=stages, domains=domains)


def domain_specs(graph: Graph) -> tuple[DomainSpec, ...]:
    """Every custom domain, for the listener. Raises UnsupportedError."""
    return tuple(_domain_spec(Block.of(r), graph) for r in graph.of_type(DOMAIN_NAME))


def function_specs(graph: Graph) -> tuple[FunctionSpec, ...]:
    """Every Lambda function, for the runtime. Raises UnsupportedError."""
    return tuple(_function_spec(r, graph) for r in graph.of_type(FUNCTION))


def _refuse_strangers(graph: Graph) -> None:
    for resource in graph:
        package, _, rest = resource.type.partition(":")
        service = rest.partition("/")[0]
        if package == "aws" and service in REFUSED_SERVICES and resource.type not in EMULATED:
            raise UnsupportedError(
                f"{resource.type} {resource.name!r}",
                "this resource is not emulated",
                _INSTEAD.get(service, ""),
            )


def _api(resource: Resource, graph: Graph) -> ApiModel:
    block = Block.of(resource)
    api_id = block.required_text("id")
    body = block.text("body")
    if body is None:
        raise UnsupportedError(block.place, "it has no OpenAPI body", _INSTEAD["apigateway"])
    if block.text("policy"):
        raise UnsupportedError(block.place, "a resource policy is not emulated")
    if (block.text("minimumCompressionSize") or "-1") != "-1":
        raise UnsupportedError(block.place, "compression of responses is not emulated")
    if block.texts("binaryMediaTypes"):
        raise UnsupportedError(block.place, "binary media types are not emulated")
    if any(value != "ignore" for value in block.text_map("parameters").values()):
        raise UnsupportedError(block.place, "import parameters are not emulated")
    _regional(block)
    contract = read_body(body, block.place)
    overlays = overlays_of_body(contract.gateway_responses)
    for response in graph.of_type(RESPONSE):
        own = Block.of(response)
        if own.required_text("restApiId") == api_id:
            name = own.required_text("responseType")
            overlays[name] = overlay(name, own)
    disabled = block.flag("disableExecuteApiEndpoint") or contract.disables_default_endpoint
    return ApiModel(
        id=api_id,
        execution_arn=block.required_text("executionArn"),
        contract=contract,
        has_default_endpoint=not disabled,
        overlays=overlays,
        place=block.place,
    )


def _stage(resource: Resource, graph: Graph, apis: Mapping[str, ApiModel]) -> StageModel:
    block = Block.of(resource)
    api = apis.get(block.required_text("restApi"))
    if api is None:
        raise UnsupportedError(block.place, "its restApi is not in the graph")
    for feature in ("canarySettings", "clientCertificateId"):
        if feature in block:
            raise UnsupportedError(block.place, f"{feature} is not emulated")
    if block.flag("cacheClusterEnabled"):
        raise UnsupportedError(block.place, "caching of responses is not emulated")
    deployment_id = block.required_text("deployment")
    deployments = [Block.of(r) for r in graph.of_type(DEPLOYMENT)]
    if not any(
        d.required_text("id") == deployment_id and d.required_text("restApi") == api.id
        for d in deployments
    ):
        raise UnsupportedError(block.place, "its deployment is not one of its API in the graph")
    log_settings = block.block("accessLogSettings")
    return StageModel(
        api=api,
        name=block.required_text("stageName"),
        deployment_id=deployment_id,
        variables=block.text_map("variables"),
        access_log_format=None if log_settings is None else log_settings.required_text("format"),
        web_acl_arn=_web_acl_arn(block.required_text("arn"), graph),
        traces=block.flag("xrayTracingEnabled"),
        place=block.place,
    )


def _web_acl_arn(stage_arn: str, graph: Graph) -> str | None:
    """The web ACL associated with a stage; AWS allows one at most."""
    associated = [
        association.required_text("webAclArn")
        for association in map(Block.of, graph.of_type(WEB_ACL_ASSOCIATION))
        if association.required_text("resourceArn") == stage_arn
    ]
    if len(associated) > 1:
        raise UnsupportedError(stage_arn, "two web ACLs are associated with this stage")
    return associated[0] if associated else None


def _domain(
    resource: Resource,
    graph: Graph,
    apis: Mapping[str, ApiModel],
    stages: tuple[StageModel, ...],
) -> DomainModel:
    spec = _domain_spec(Block.of(resource), graph)
    mappings: list[MappingModel] = []
    for mapping in map(Block.of, graph.of_type(BASE_PATH_MAPPING)):
        if mapping.required_text("domainName") != spec.domain_name:
            continue
        api_id = mapping.required_text("restApi")
        stage_name = mapping.text("stageName") or None
        if api_id not in apis:
            raise UnsupportedError(mapping.place, "its restApi is not in the graph")
        known = {s.name for s in stages if s.api.id == api_id}
        if stage_name is not None and stage_name not in known:
            raise UnsupportedError(mapping.place, f"its API has no stage {stage_name!r}")
        base_path = mapping.text("basePath") or ""
        mappings.append(
            MappingModel(
                base_path="" if base_path in NO_BASE_PATH else base_path.strip("/"),
                api_id=api_id,
                stage_name=stage_name,
            )
        )
    return DomainModel(spec=spec, mappings=tuple(mappings))


def _domain_spec(block: Block, graph: Graph) -> DomainSpec:
    name = block.required_text("domainName")
    if "*" in name:
        raise UnsupportedError(block.place, "a wildcard domain is not emulated")
    if "certificateArn" in block:
        raise UnsupportedError(block.place, "an edge-optimized domain is not emulated")
    if (block.text("routingMode") or "BASE_PATH_MAPPING_ONLY") != "BASE_PATH_MAPPING_ONLY":
        raise UnsupportedError(block.place, "routing rules are not emulated")
    _regional(block)
    policy = block.text("securityPolicy") or DEFAULT_SECURITY_POLICY
    if policy not in MINIMUM_TLS_VERSIONS:
        raise UnsupportedError(
            block.place,
            f"the security policy {policy} is not emulated",
            "With mutual TLS, AWS takes TLS_1_2, which lets clients use TLS 1.2 and 1.3.",
        )
    authentication = block.block("mutualTlsAuthentication")
    return DomainSpec(
        domain_name=name.lower(),
        minimum_tls_version=MINIMUM_TLS_VERSIONS[policy],
        truststore_pem=None if authentication is None else _truststore(authentication, graph),
    )


def _truststore(authentication: Block, graph: Graph) -> bytes:
    uri = authentication.required_text("truststoreUri")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    version = authentication.text("truststoreVersion") or None
    for resource in (r for kind in BUCKET_OBJECTS for r in graph.of_type(kind)):
        block = Block.of(resource)
        if (block.text("bucket"), block.text("key")) != (bucket, key):
            continue
        if version is not None and version != block.text("versionId"):
            raise UnsupportedError(
                authentication.place,
                f"it pins version {version} of {uri}, and the graph holds another",
                "Pin the version that the program uploads.",
            )
        return _content(block)
    raise UnsupportedError(authentication.place, f"{uri} is no object of the graph")


def _content(block: Block) -> bytes:
    text, encoded, source = block.text("content"), block.text("contentBase64"), block.raw("source")
    if text is not None:
        return text.encode()
    if encoded is not None:
        try:
            return base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise UnsupportedError(block.place, "its contentBase64 is no base64") from None
    path = archive_path(source)
    if path is not None:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise UnsupportedError(block.place, f"{path} cannot be read ({error})") from None
    if isinstance(source, Mapping) and SIGNATURE in source and isinstance(source.get("text"), str):
        return str(source["text"]).encode()
    raise UnsupportedError(block.place, "it has no content that can be read here")


def _function_spec(resource: Resource, graph: Graph) -> FunctionSpec:
    block = Block.of(resource)
    name = block.text("name") or resource.name
    if (block.text("packageType") or "Zip") != "Zip" or block.texts("layers"):
        raise UnsupportedError(block.place, "only a function packed as one zip runs here")
    runtime = block.text("runtime") or ""
    if not runtime.startswith("python"):
        raise UnsupportedError(block.place, f"the runtime {runtime!r} does not run here")
    code = archive_path(block.raw("code"))
    if code is None:
        raise UnsupportedError(block.place, "its code is no file of this machine")
    environment = block.block("environment")
    reserved = block.integer("reservedConcurrentExecutions")
    timeout, memory = block.number("timeout"), block.integer("memorySize")
    return FunctionSpec(
        name=name,
        handler=block.required_text("handler"),
        code=Path(code),
        environment={} if environment is None else environment.text_map("variables"),
        timeout_seconds=FunctionSpec.timeout_seconds if timeout is None else timeout,
        memory_mb=FunctionSpec.memory_mb if memory is None else memory,
        concurrency=None if reserved is None or reserved < 0 else reserved,
        qualifiers=frozenset(_qualifiers(block, name, graph)),
    )


def _qualifiers(function: Block, name: str, graph: Graph) -> set[str]:
    """Published versions and aliases: what a qualified ARN may name."""
    found = {"$LATEST"}
    version = function.text("version")
    if function.flag("publish") and version:
        found.add(version)
    for alias in map(Block.of, graph.of_type(ALIAS)):
        named = alias.required_text("functionName")
        parsed = function_arn(named)
        if (parsed.name if parsed else named) == name:
            if "routingConfig" in alias:
                raise UnsupportedError(alias.place, "an alias of two versions is not emulated")
            found.add(alias.required_text("name"))
    return found


def _regional(block: Block) -> None:
    configuration = block.block("endpointConfiguration")
    types: Any = None if configuration is None else configuration.raw("types")
    for kind in [types] if isinstance(types, str) else types or []:
        if kind != "REGIONAL":
            raise UnsupportedError(block.place, f"an endpoint of type {kind} is not emulated")
