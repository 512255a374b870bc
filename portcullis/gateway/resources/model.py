"""Reads REST APIs, stages and base path mappings from the graph and links them as AWS does.

Resources refer to each other by output values (ids, names, ARNs), never by their Pulumi names. A
feature that would change a response on AWS and is not emulated stops the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.arn import account_of, region_of
from portcullis.gateway.resources.coverage import INSTEAD, refuse_other_types
from portcullis.gateway.resources.domains import DOMAIN_NAME, domain_spec
from portcullis.gateway.resources.endpoints import require_regional
from portcullis.gateway.resources.openapi import ImportedApi, read_body
from portcullis.gateway.resources.overlays import Overlay, overlay, overlays_of_body
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph, Resource

REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
RESPONSE = "aws:apigateway/response:Response"
BASE_PATH_MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"

NO_BASE_PATH = frozenset({"", "(none)"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """One REST API with its OpenAPI body."""

    id: str
    execution_arn: str
    body: ImportedApi
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
    """A base path of a custom domain; without a stage the next path segment is the stage name."""

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
    """Raises UnsupportedError, whose message names the resource and the feature."""
    refuse_other_types(graph)
    apis = {api.id: api for api in (_api(r, graph) for r in graph.of_type(REST_API))}
    if not apis:
        raise UnsupportedError(
            "The graph", "it has no REST API", "Add a RestApi with a stage to the program."
        )
    stages = tuple(_stage(r, graph, apis) for r in graph.of_type(STAGE))
    domains = tuple(_domain(r, graph, apis, stages) for r in graph.of_type(DOMAIN_NAME))
    names = {d.spec.domain_name for d in domains}
    for resource in graph.of_type(BASE_PATH_MAPPING):
        block = Block.of(resource)
        if block.required_text("domainName") not in names:
            raise UnsupportedError(
                block.place, "its domainName is not a custom domain of the graph"
            )
    return GraphModel(apis=tuple(apis.values()), stages=stages, domains=domains)


def _api(resource: Resource, graph: Graph) -> ApiModel:
    block = Block.of(resource)
    api_id = block.required_text("id")
    body = block.text("body")
    if body is None:
        raise UnsupportedError(block.place, "it has no OpenAPI body", INSTEAD["apigateway"])
    if block.text("policy"):
        raise UnsupportedError(block.place, "a resource policy is not emulated")
    if (block.text("minimumCompressionSize") or "-1") != "-1":
        raise UnsupportedError(block.place, "compression of responses is not emulated")
    if block.texts("binaryMediaTypes"):
        raise UnsupportedError(block.place, "binary media types are not emulated")
    if any(value != "ignore" for value in block.text_map("parameters").values()):
        raise UnsupportedError(block.place, "import parameters are not emulated")
    require_regional(block)
    imported = read_body(body, block.place)
    overlays = overlays_of_body(imported.gateway_responses)
    for response in graph.of_type(RESPONSE):
        own = Block.of(response)
        if own.required_text("restApiId") == api_id:
            name = own.required_text("responseType")
            overlays[name] = overlay(name, own)
    disabled = block.flag("disableExecuteApiEndpoint") or imported.disables_default_endpoint
    return ApiModel(
        id=api_id,
        execution_arn=block.required_text("executionArn"),
        body=imported,
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
        raise UnsupportedError(block.place, "the graph has no such deployment of its API")
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
    """The web ACL associated with a stage, or None; AWS allows one."""
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
    spec = domain_spec(Block.of(resource), graph)
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
