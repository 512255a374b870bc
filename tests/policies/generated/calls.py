"""Which calls the local gateway lets through to the backend without one of the four gates."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portcullis.gateway.exchange import (
    Endpoint,
    InvocationResult,
    Request,
    TlsPeer,
    UpstreamAnswer,
)
from portcullis.gateway.gateway import Gateway
from portcullis.graph.resource import Graph
from tests.policies.generated import edits
from tests.policies.generated.draft import (
    ACL,
    API,
    ASSOCIATION,
    DOMAIN,
    EVERY_REQUEST,
    IP_SET,
    MAPPING,
    RULE_GROUP,
    STAGE,
    VISIBILITY,
    Declared,
    Draft,
    Ref,
    add_api,
    add_stage,
    body,
    rule,
)

INSIDE, OUTSIDE = "203.0.113.9", "198.51.100.7"
FORGED = "Bearer forged"
OPEN = body(("paths /pets get security", []))


@dataclass(frozen=True)
class Passed:
    """A call that reached the backend, and the gate that was not there, if any."""

    url: str
    gate: str


def token_of(pem: str | None) -> str:
    return f"Bearer {hashlib.sha256(pem.encode()).hexdigest()}" if pem else "Bearer nobody"


class MintingFunctions:
    """An authorizer that allows every certificate and mints a token for it."""

    was_invoked = False

    async def invoke(
        self, _name: str, _qualifier: str | None, event: Mapping[str, Any]
    ) -> InvocationResult:
        self.was_invoked = True
        identity = event.get("requestContext", {}).get("identity", {})
        pem = identity.get("clientCert", {}).get("clientCertPem")
        stage = "/".join(event["methodArn"].split("/")[:2])
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage}/*"}
        payload = {
            "principalId": "somebody",
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": {"authorization": token_of(pem), "certificateThumbprint": "thumbprint"},
        }
        return InvocationResult(payload=payload, function_error=None)


class Backend:
    """Keeps the Authorization headers of the last call that arrived."""

    def __init__(self) -> None:
        self.arrived: list[str] | None = None

    def presenting(self, _certificate: object) -> "Backend":
        return self

    async def send(
        self,
        _method: str,
        _url: str,
        headers: tuple[tuple[str, str], ...],
        _body: bytes,
        _timeout_seconds: float,
    ) -> UpstreamAnswer:
        self.arrived = [value for name, value in headers if name.lower() == "authorization"]
        return UpstreamAnswer(status=200, headers=(), body=b"{}")


def passed(draft: Draft, certificates: tuple[str, str]) -> list[Passed]:
    """The calls that reach the backend; ``gate`` is the one that was missing, or empty.

    Raises:
        UnsupportedError: the gateway cannot start.
    """
    graph = worst_case(draft).graph(preview=False)
    backend, functions = Backend(), MintingFunctions()
    gateway = Gateway.from_graph(
        graph, functions=functions, upstream=backend, access_log=lambda _line: None
    )

    async def attack() -> list[Passed]:
        found = []
        for request in calls(graph, certificates):
            backend.arrived, functions.was_invoked = None, False
            await gateway.handle(request)
            if backend.arrived is None:
                continue
            gate = _missing(request, backend.arrived, was_authorized=functions.was_invoked)
            found.append(Passed(f"{request.header('host')}{request.target}", gate))
        return found

    return asyncio.run(attack())


def _missing(request: Request, authorization: list[str], *, was_authorized: bool) -> str:
    pem = request.tls.client_certificate_pem
    if request.endpoint is Endpoint.DEFAULT:
        return "default endpoint"
    if pem is None:
        return "mutual TLS"
    if request.source_ip == OUTSIDE:
        return "web ACL"
    if authorization == [token_of(pem)]:
        return ""
    # Without an authorizer there is no context to map, and the caller's header stays.
    return "header mapping" if was_authorized else "authorizer"


def worst_case(draft: Draft) -> Draft:
    """The draft with what its foreign ends may be: without any guard.

    Of several associations of one stage the last one counts, as on AWS.
    """
    world = Draft(draft)
    last: dict[str, str] = {}
    for name in draft.of_type(ASSOCIATION):
        stage = draft[name].inputs["resourceArn"]
        replaced = last.get(stage.name)
        if replaced:
            del world[replaced]
        last[stage.name] = name
    for name, declared in list(world.items()):
        waits_for = [other for other in declared.waits_for if other in world]
        world[name] = replace(declared, waits_for=waits_for)
    for name in world.of_type(API):
        world[name] = _with_body(world[name], _without_weak_authorizers(draft[name].inputs["body"]))
    for name in world.of_type(STAGE):
        _without_canary(world, name)
    everything = [rule("all", 0, "allow", EVERY_REQUEST)]
    acl = {"scope": "REGIONAL", "visibilityConfig": VISIBILITY}
    world.add("foreign-acl", ACL, name="foreign-acl", defaultAction={"allow": {}}, rules=[], **acl)
    world.add("foreign-group", RULE_GROUP, name="g", capacity=1, rules=everything, **acl)
    world.add(
        "foreign-set",
        IP_SET,
        scope="REGIONAL",
        ipAddressVersion="IPV4",
        addresses=edits.EVERYWHERE,
    )
    mappings = [draft[name].inputs for name in draft.of_type(MAPPING)]
    if any(inputs["domainName"] == edits.FOREIGN_DOMAIN for inputs in mappings):
        world.add(
            "foreign-domain",
            DOMAIN,
            domainName=edits.FOREIGN_DOMAIN,
            endpointConfiguration={"types": "REGIONAL"},
            securityPolicy="TLS_1_2",
        )
    if any(inputs["restApi"] == edits.FOREIGN_API for inputs in mappings):
        add_api(world, "foreign", OPEN)
        for stage in {_stage_name(draft, inputs) for inputs in mappings} - {""}:
            add_stage(world, f"foreign-{stage}", "foreign")
            world[f"foreign-{stage}"].inputs["stageName"] = stage
    return world


def _with_body(declared: Declared, text: str) -> Declared:
    return replace(declared, inputs=declared.inputs | {"body": text})


def _without_weak_authorizers(text: str) -> str:
    """An optional authorizer, and one of type TOKEN, do not depend on the certificate."""
    document = json.loads(text)
    scheme = document["components"]["securitySchemes"]["clientCertificate"]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    is_token = authorizer["type"] == "token"
    authorizer["type"] = "request"
    for item in document["paths"].values():
        for operation in item.values():
            if is_token or {} in operation.get("security", ()):
                operation["security"] = []
    return json.dumps(document)


def _without_canary(world: Draft, name: str) -> None:
    """A deployment that the stack does not declare is one of an open API."""
    stage = world[name]
    inputs = dict(stage.inputs)
    canary = inputs.pop("canarySettings", None)
    world[name] = replace(stage, inputs=inputs)
    if canary and not isinstance(canary["deploymentId"], Ref):
        api = inputs["restApi"].name
        world[api] = _with_body(world[api], OPEN)


def _stage_name(draft: Draft, mapping: Mapping[str, Any]) -> str:
    name = mapping.get("stageName", "")
    return str(draft[name.name].inputs["stageName"]) if isinstance(name, Ref) else name


def calls(graph: Graph, certificates: tuple[str, str]) -> Iterator[Request]:
    """Every way in, with and without a certificate, from inside and outside the allow-list."""
    routes = ("/pets", "/orders")
    stages = sorted({str(stage.inputs["stageName"]) for stage in graph.of_type(STAGE)})
    for domain in graph.of_type(DOMAIN):
        host = str(domain.inputs["domainName"])
        bases = {
            str(mapping.inputs.get("basePath", "")): "stageName" in mapping.inputs
            for mapping in graph.of_type(MAPPING)
            if mapping.inputs["domainName"] == host
        }
        for base, names_stage in sorted(bases.items()):
            for stage in ("",) if names_stage else tuple(f"/{name}" for name in stages):
                for route in routes:
                    path = f"{f'/{base}' if base else ''}{stage}{route}"
                    yield from _variants(Endpoint.CUSTOM_DOMAIN, host, path, certificates)
    for api in graph.of_type(API):
        host = f"{api.outputs['id']}.execute-api.eu-central-1.amazonaws.com"
        for stage in stages:
            for route in routes:
                yield _request(Endpoint.DEFAULT, host, f"/{stage}{route}", None, INSIDE)


def _variants(
    endpoint: Endpoint, host: str, path: str, certificates: tuple[str, str]
) -> Iterator[Request]:
    first, second = certificates
    for pem, address in ((first, INSIDE), (second, INSIDE), (None, INSIDE), (first, OUTSIDE)):
        yield _request(endpoint, host, path, pem, address)


def _request(endpoint: Endpoint, host: str, path: str, pem: str | None, address: str) -> Request:
    return Request(
        endpoint=endpoint,
        source_ip=address,
        source_port=40000,
        http_version="HTTP/1.1",
        method="GET",
        target=path,
        path=path,
        query="",
        headers=(
            ("Host", host),
            ("User-Agent", "test/1"),
            ("Authorization", FORGED),
            ("X-Client", "pet-shop"),
        ),
        body=b"",
        tls=TlsPeer(
            version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            server_name=host,
            client_certificate_pem=pem,
        ),
        received_at=1_795_000_000.0,
    )
