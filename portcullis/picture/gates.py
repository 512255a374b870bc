"""The gates of a picture: what each one of the graph lets through, and what it refuses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portcullis.graph.resource import Graph, Resource
from portcullis.picture.routes import FUNCTION, REST_API, DrawnRoute

DOMAIN = "aws:apigateway/domainName:DomainName"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
IP_SET = "aws:wafv2/ipSet:IpSet"


@dataclass(frozen=True, kw_only=True)
class DrawnGate:
    """``facts`` are of the graph; empty where the graph does not have the gate."""

    title: str
    facts: tuple[str, ...]
    refuses: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        return not self.facts


def read_gates(graph: Graph, routes: Sequence[DrawnRoute]) -> tuple[DrawnGate, ...]:
    """Mutual TLS, web ACL, authorizer and header mapping, in the order of a call."""
    proxied = [route for route in routes if route.backend is not None]
    guarded = sum(route.has_authorizer for route in proxied)
    mapped = sum(route.maps_token for route in proxied)
    return (
        DrawnGate(
            title="mutual TLS",
            facts=tuple(_tls_facts(graph)),
            refuses=("no certificate: no connection", "unknown issuer: 403"),
        ),
        DrawnGate(
            title="web ACL",
            facts=tuple(_web_acl_facts(graph)),
            refuses=("other addresses, floods, injections: 403",),
        ),
        DrawnGate(
            title="authorizer",
            facts=tuple(_authorizer_facts(graph, guarded, len(proxied))),
            refuses=("unknown, suspended or revoked client, missing scope: 403",),
        ),
        DrawnGate(
            title="header mapping",
            facts=(f"token on {_of(mapped, len(proxied))}",) if mapped else (),
            refuses=("the client's own Authorization is replaced",),
        ),
    )


def _tls_facts(graph: Graph) -> Iterator[str]:
    domains = [d for d in graph.of_type(DOMAIN) if d.property("mutualTlsAuthentication")]
    for domain in domains:
        yield str(domain.property("domainName"))
        if policy := domain.property("securityPolicy"):
            yield str(policy).replace("TLS_1_2", "TLS 1.2").replace("_", " ")
    apis = graph.of_type(REST_API)
    if domains and apis and all(a.property("disableExecuteApiEndpoint") is True for a in apis):
        yield "default endpoint closed"


def _web_acl_facts(graph: Graph) -> Iterator[str]:
    attached = {
        urn
        for association in graph.of_type(ASSOCIATION)
        for urn in association.property_dependencies.get("webAclArn", ())
    }
    for acl in graph.of_type(WEB_ACL):
        if acl.urn in attached:
            yield from _rules(graph, acl)


def _rules(graph: Graph, acl: Resource) -> Iterator[str]:
    networks = sum(
        len(one.property("addresses") or ())
        for one in graph.of_type(IP_SET)
        if one.urn in acl.property_dependencies.get("rules", ())
    )
    if networks:
        yield f"{networks} allowed network{'s' if networks != 1 else ''}"
    rules = acl.property("rules") or ()
    statements = [r.get("statement") or {} for r in rules if isinstance(r, Mapping)]
    for statement in statements:
        if isinstance(rate := statement.get("rateBasedStatement"), Mapping):
            yield f"{rate.get('limit')} calls in {rate.get('evaluationWindowSec', 300)} s"
    managed = sum("managedRuleGroupStatement" in statement for statement in statements)
    if managed:
        yield f"{managed} managed rule group{'s' if managed != 1 else ''}"


def _authorizer_facts(graph: Graph, guarded: int, proxied: int) -> Iterator[str]:
    if not guarded:
        return
    yield f"on {_of(guarded, proxied)}"
    for function in graph.of_type(FUNCTION):
        environment: Any = function.property("environment")
        variables = environment.get("variables") if isinstance(environment, Mapping) else None
        if isinstance(variables, Mapping) and "PORTCULLIS_AUDIENCE" in variables:
            yield f"aud {variables['PORTCULLIS_AUDIENCE']}"
            yield f"token for {variables.get('PORTCULLIS_TOKEN_LIFE_SECONDS')} s"


def _of(count: int, all_routes: int) -> str:
    if count == all_routes:
        return "every route" if count != 1 else "the route"
    return f"{count} of {all_routes} routes"
