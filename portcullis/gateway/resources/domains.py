"""Reads the custom domains of a graph: name, minimum TLS version and truststore.

Source: API Gateway Developer Guide, "Choose a security policy for your custom domain".
"""

from collections.abc import Mapping

from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.endpoints import require_regional
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.rest_apis import ApiModel, read_apis
from portcullis.gateway.resources.security_policy import domain_minimum
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.gateway.resources.truststore import read_truststore
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph

DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
BASE_PATH_MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"


def domain_specs(graph: Graph) -> tuple[DomainSpec, ...]:
    """The custom domains that the listener serves. Raises UnsupportedError."""
    apis = read_apis(graph)
    return tuple(domain_spec(read_resource(r), graph, apis) for r in graph.of_type(DOMAIN_NAME))


def domain_spec(block: Block, graph: Graph, apis: Mapping[str, ApiModel]) -> DomainSpec:
    """``apis`` are the REST APIs of the graph by id. Raises UnsupportedError."""
    name = block.required_text("domainName")
    if "*" in name:
        raise UnsupportedError(block.place, "a wildcard domain is not emulated")
    require_regional(block)
    own = domain_minimum(block.text("securityPolicy"), block.place)
    mapped = {
        apis[api_id].minimum_tls_version or own
        for api_id in _mapped_apis(name, graph)
        if api_id in apis
    }
    if len(mapped) > 1:
        raise UnsupportedError(
            block.place,
            "the REST APIs mapped to it have different security policies",
            "Give every REST API of the domain the same security_policy.",
        )
    authentication = block.block("mutualTlsAuthentication")
    return DomainSpec(
        domain_name=name.lower(),
        minimum_tls_version=mapped.pop() if mapped else own,
        truststore_pem=None if authentication is None else read_truststore(authentication, graph),
    )


def _mapped_apis(domain_name: str, graph: Graph) -> list[str]:
    mappings = map(read_resource, graph.of_type(BASE_PATH_MAPPING))
    return [m.required_text("restApi") for m in mappings if m.text("domainName") == domain_name]
