"""Reads stages and base path mappings from the graph, and links them with APIs and domains.

Resources refer to each other by output values (ids, names, ARNs), never by their Pulumi names. A
feature that would change a response on AWS and is not emulated stops the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.coverage import read_resource, refuse_other_types
from portcullis.gateway.resources.domains import BASE_PATH_MAPPING, DOMAIN_NAME, domain_spec
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.rest_apis import ApiModel, read_apis
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph, Resource

STAGE = "aws:apigateway/stage:Stage"
CLIENT_CERTIFICATE = "aws:apigateway/clientCertificate:ClientCertificate"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"

NO_BASE_PATH = frozenset({"", "(none)"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageModel:
    api: ApiModel
    name: str
    deployment_id: str
    variables: Mapping[str, str]
    access_log_format: str | None
    web_acl_arn: str | None
    client_certificate_pem: str | None  # presented to https backends
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
    apis = read_apis(graph)
    if not apis:
        raise UnsupportedError(
            "The graph", "it has no REST API", "Add a RestApi with a stage to the program."
        )
    stages = tuple(_stage(r, graph, apis) for r in graph.of_type(STAGE))
    domains = tuple(_domain(r, graph, apis, stages) for r in graph.of_type(DOMAIN_NAME))
    names = {d.spec.domain_name for d in domains}
    for resource in graph.of_type(BASE_PATH_MAPPING):
        block = read_resource(resource)
        if block.required_text("domainName") not in names:
            raise UnsupportedError(
                block.place, "its domainName is not a custom domain of the graph"
            )
    return GraphModel(apis=tuple(apis.values()), stages=stages, domains=domains)


def _stage(resource: Resource, graph: Graph, apis: Mapping[str, ApiModel]) -> StageModel:
    block = read_resource(resource)
    api = apis.get(block.required_text("restApi"))
    if api is None:
        raise UnsupportedError(block.place, "its restApi is not in the graph")
    deployment_id = block.required_text("deployment")
    deployments = [read_resource(r) for r in graph.of_type(DEPLOYMENT)]
    if not any(
        d.required_text("id") == deployment_id and d.required_text("restApi") == api.id
        for d in deployments
    ):
        raise UnsupportedError(block.place, "the graph has no such deployment of its API")
    web_acl_arn = _web_acl_arn(block.required_text("arn"), graph)
    if web_acl_arn is None and "webAclArn" in block:
        raise UnsupportedError(
            block.place,
            f"its webAclArn is {block.text('webAclArn')}, but the graph has no association of it",
            "Associate the web ACL in the program.",
        )
    log_settings = block.block("accessLogSettings")
    return StageModel(
        api=api,
        name=block.required_text("stageName"),
        deployment_id=deployment_id,
        variables=block.text_map("variables"),
        access_log_format=None if log_settings is None else log_settings.required_text("format"),
        web_acl_arn=web_acl_arn,
        client_certificate_pem=_client_certificate_pem(block, graph),
        traces=block.flag("xrayTracingEnabled"),
        place=block.place,
    )


def _client_certificate_pem(stage: Block, graph: Graph) -> str | None:
    certificate_id = stage.text("clientCertificateId") or None
    if certificate_id is None:
        return None
    for certificate in map(read_resource, graph.of_type(CLIENT_CERTIFICATE)):
        if certificate.required_text("id") == certificate_id:
            return certificate.required_text("pemEncodedCertificate")
    raise UnsupportedError(
        stage.place,
        f"its clientCertificateId {certificate_id} is not in the graph",
        "Declare the ClientCertificate in the program; a certificate of ACM is not emulated.",
    )


def _web_acl_arn(stage_arn: str, graph: Graph) -> str | None:
    """The web ACL associated with a stage, or None; AWS allows one."""
    associated = [
        association.required_text("webAclArn")
        for association in map(read_resource, graph.of_type(WEB_ACL_ASSOCIATION))
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
    spec = domain_spec(read_resource(resource), graph, apis)
    mappings: list[MappingModel] = []
    for mapping in map(read_resource, graph.of_type(BASE_PATH_MAPPING)):
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
