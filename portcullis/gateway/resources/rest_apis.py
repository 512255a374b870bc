"""Reads the REST APIs of a graph with their OpenAPI bodies and gateway responses."""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.arn import account_of, region_of
from portcullis.gateway.resources.coverage import INSTEAD, read_resource
from portcullis.gateway.resources.endpoints import require_regional
from portcullis.gateway.resources.openapi import ImportedApi, read_body
from portcullis.gateway.resources.overlays import Overlay, overlay, overlays_of_body
from portcullis.gateway.resources.security_policy import api_minimum
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph, Resource

REST_API = "aws:apigateway/restApi:RestApi"
RESPONSE = "aws:apigateway/response:Response"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """One REST API with its OpenAPI body."""

    id: str
    execution_arn: str
    body: ImportedApi
    has_default_endpoint: bool
    api_key_source: str | None
    minimum_tls_version: str | None  # None: it has no security policy of its own
    overlays: Mapping[str, Overlay]
    place: str

    @property
    def account(self) -> str:
        return account_of(self.execution_arn)

    @property
    def region(self) -> str:
        return region_of(self.execution_arn)


def read_apis(graph: Graph) -> dict[str, ApiModel]:
    """The REST APIs by id. Raises UnsupportedError."""
    return {api.id: api for api in (_api(r, graph) for r in graph.of_type(REST_API))}


def _api(resource: Resource, graph: Graph) -> ApiModel:
    block = read_resource(resource)
    api_id = block.required_text("id")
    body = block.text("body")
    if body is None:
        raise UnsupportedError(block.place, "it has no OpenAPI body", INSTEAD["apigateway"])
    if any(value != "ignore" for value in block.text_map("parameters").values()):
        raise UnsupportedError(block.place, "import parameters are not emulated")
    require_regional(block)
    imported = read_body(body, block.place)
    overlays = overlays_of_body(imported.gateway_responses)
    for response in graph.of_type(RESPONSE):
        own = read_resource(response)
        if own.required_text("restApiId") == api_id:
            name = own.required_text("responseType")
            overlays[name] = overlay(name, own)
    disabled = block.flag("disableExecuteApiEndpoint") or imported.disables_default_endpoint
    # Where body and property differ, the provider sets the property after the import.
    return ApiModel(
        id=api_id,
        execution_arn=block.required_text("executionArn"),
        body=imported,
        has_default_endpoint=not disabled,
        api_key_source=block.text("apiKeySource") or imported.api_key_source,
        minimum_tls_version=api_minimum(
            block.text("securityPolicy") or imported.security_policy,
            block.text("endpointAccessMode") or imported.endpoint_access_mode,
            block.place,
            has_default_endpoint=not disabled,
        ),
        overlays=overlays,
        place=block.place,
    )
