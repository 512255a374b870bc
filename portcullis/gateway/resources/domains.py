"""Reads the custom domains of a graph: name, minimum TLS version and truststore.

Source: API Gateway Developer Guide, "Choose a security policy for your custom domain".
"""

from portcullis.gateway.resources.endpoints import require_regional
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.gateway.resources.truststore import read_truststore
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph

DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
MINIMUM_TLS_VERSIONS = {"TLS_1_2": "TLSv1.2"}
DEFAULT_SECURITY_POLICY = "TLS_1_2"


def domain_specs(graph: Graph) -> tuple[DomainSpec, ...]:
    """The custom domains that the listener serves. Raises UnsupportedError."""
    return tuple(domain_spec(Block.of(r), graph) for r in graph.of_type(DOMAIN_NAME))


def domain_spec(block: Block, graph: Graph) -> DomainSpec:
    """Raises UnsupportedError."""
    name = block.required_text("domainName")
    if "*" in name:
        raise UnsupportedError(block.place, "a wildcard domain is not emulated")
    if "certificateArn" in block:
        raise UnsupportedError(block.place, "an edge-optimized domain is not emulated")
    if (block.text("routingMode") or "BASE_PATH_MAPPING_ONLY") != "BASE_PATH_MAPPING_ONLY":
        raise UnsupportedError(block.place, "routing rules are not emulated")
    require_regional(block)
    policy = block.text("securityPolicy") or DEFAULT_SECURITY_POLICY
    if policy not in MINIMUM_TLS_VERSIONS:
        raise UnsupportedError(
            block.place,
            f"the security policy {policy} is not emulated",
            "Set TLS_1_2, which accepts TLS 1.2 and 1.3; AWS requires it for mutual TLS.",
        )
    authentication = block.block("mutualTlsAuthentication")
    return DomainSpec(
        domain_name=name.lower(),
        minimum_tls_version=MINIMUM_TLS_VERSIONS[policy],
        truststore_pem=None if authentication is None else read_truststore(authentication, graph),
    )
