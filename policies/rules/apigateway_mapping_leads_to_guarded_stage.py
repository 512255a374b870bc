"""Refuses a mapping or routing rule whose domain, API or stage this stack does not guard."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.guarded import has_our_components
from policies.reading.judged_apis import APIS, DOMAINS, MAPPINGS
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import (
    apis_of,
    associations,
    declares_routes,
    is_of_api,
    stages_of,
)
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type in APIS:
        # Our components build the rest of a guarded API, so the domain was left out or lost.
        if has_our_components(stack) and not stack.of_type(*DOMAINS, *MAPPINGS):
            yield "no custom domain of this stack leads to it."
    else:
        yield from _check_mapping(resource, stack)


def _check_mapping(mapping: JudgedResource, stack: Stack) -> Iterator[str]:
    yield from _check_domain(mapping, stack)
    if mapping.type == types.REST_MAPPING and not mapping["stageName"].present:
        yield "stageName is missing: the caller selects the stage with the first path segment."
        return
    stages = _stages(mapping, stack)
    api_ids = _api_ids(mapping)
    if not stages and api_ids and all(stack.trusts("restApis", id_, mapping) for _, id_ in api_ids):
        return
    if not stages:
        yield "it does not refer to a REST API stage of this stack."
    for stage in stages:
        if not associations(stage, stack):
            yield "it refers to a stage without a web ACL."
        for key, api_id in api_ids:
            if not is_of_api(stage, api_id, apis_of(mapping, key, stack), stack):
                yield f"{api_id.path} does not refer to the API of its stage."
        if not all(declares_routes(api, stack) for api in apis_of(stage, "restApi", stack)):
            yield "it refers to an API whose routes this stack does not declare."


def _check_domain(mapping: JudgedResource, stack: Stack) -> Iterator[str]:
    for key in ("domainName", "domainNameId"):
        name = mapping[key]
        if not name.present or (name.known and not name.text()):
            continue
        domains = [d for d in stack.used_by(mapping, key, *DOMAINS) if _has_name(d, key, name)]
        if not domains and key == "domainName" and name.known:
            domains = [
                d for d in stack.of_type(*DOMAINS) if d[key].known and _has_name(d, key, name)
            ]
        if not domains and stack.trusts("domains", name, mapping):
            continue
        if not domains:
            yield f"{key} does not refer to a custom domain of this stack."
        elif not all(domain["mutualTlsAuthentication"].present for domain in domains):
            yield f"{key} refers to a custom domain without mutual TLS."


def _has_name(domain: JudgedResource, key: str, name: Node) -> bool:
    """Whether a domain has this name, as far as both are known."""
    return not (domain[key].known and name.known) or domain[key].text() == name.text()


def _stages(mapping: JudgedResource, stack: Stack) -> list[JudgedResource]:
    if mapping.type == types.REST_MAPPING:
        return stages_of(mapping, stack)
    key = "actions" if mapping.type == types.HTTP_ROUTING_RULE else "stage"
    return stack.used_by(mapping, key, types.REST_STAGE)


def _api_ids(mapping: JudgedResource) -> list[tuple[str, Node]]:
    """The API ids of a mapping, each with the property that contains it."""
    if mapping.type == types.HTTP_ROUTING_RULE:
        return [
            ("actions", node["apiId"])
            for action in mapping["actions"].items()
            for node in action["invokeApi"].one_or_many()
        ]
    key = "restApi" if mapping.type == types.REST_MAPPING else "apiId"
    return [(key, mapping[key])]


RULE = StackRule(
    name="apigateway-mapping-leads-to-guarded-stage",
    title="Every mapping joins a domain, an API and a guarded stage of the stack.",
    severity=Severity.HIGH,
    why=(
        "Mappings and routing rules decide which stage serves a custom domain. Without a stage "
        "name the caller selects the stage, and a mapping to another stage bypasses the web ACL. A "
        "domain or an API of another stack cannot be judged: it may lack mutual TLS or an "
        "authorizer, unless the configuration of the pack trusts it. A stack with our components "
        "and without any custom domain has lost it."
    ),
    fix=(
        "aws.apigateway.BasePathMapping(…, domain_name=domain.domain_name, rest_api=api.id, "
        "stage_name=stage.stage_name)"
    ),
    page="Working with API mappings for REST APIs",
    url=API_GATEWAY_GUIDE + "rest-api-mappings.html",
    types=frozenset({*MAPPINGS, *APIS}),
    check=_check,
)
