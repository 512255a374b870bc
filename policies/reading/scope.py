"""Decides which resources of a stack the rules judge.

Without a trace of mutual TLS nothing is in scope. Beside a guarded API, another API is left out
only if nothing connects it with the guarded one; an API that cannot be told apart is in scope.
See docs/decisions/0017-which-apis-are-judged.md.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from policies.reading import types
from policies.reading.body import UnreadableBodyError, body_of
from policies.reading.functions import FUNCTIONS, function_name
from policies.reading.guarded import (
    GATEWAY,
    has_guarded_api,
    has_our_components,
    mentions_certificate,
    requires_certificate,
)
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import REGIONAL, may_guard_api

APIS = (types.REST_API, types.HTTP_API)
MAPPINGS = (types.REST_MAPPING, types.HTTP_MAPPING, types.HTTP_ROUTING_RULE)
DOMAINS = (types.REST_DOMAIN, types.HTTP_DOMAIN)
STAGES = (types.REST_STAGE, types.HTTP_STAGE)
# Properties that lead from a resource of API Gateway to its API.
TO_API = ("restApi", "restApiId", "apiId", "stageName", "stage", "actions", "deployment")
WAF = frozenset(
    {
        types.WEB_ACL,
        types.WEB_ACL_RULE,
        types.WEB_ACL_RULE_GROUP,
        types.WEB_ACL_LOGGING,
        types.IP_SET,
        types.RULE_GROUP,
    }
)
FUNCTION = re.compile(r":function:([A-Za-z0-9_-]+)")
STAGE_VARIABLE = re.compile(r"\$\{?stageVariables\.(\w+)")


class CallPlaces(NamedTuple):
    """Where an API names what it calls: properties that refer to it, and paths of strings."""

    keys: tuple[str, ...]
    path: re.Pattern[str]


ANY_CALL = CallPlaces(
    ("uri", "authorizerUri", "integrationUri", "target", "connectionId", "body"),
    re.compile(r"(?:uri|target)$", re.IGNORECASE),
)
OF_AUTHORIZER = CallPlaces(("authorizerUri",), re.compile(r"authorizerUri$"))
NOTHING = "no API of the stack is behind mutual TLS"
ELSEWHERE = "it belongs to no API behind mutual TLS"


def left_out(resource: JudgedResource, stack: Stack) -> str:
    """Why the rules on guarded APIs do not judge a resource; empty if they do."""
    if not has_guarded_api(stack):
        return NOTHING
    return "" if _is_covered(resource, stack) else ELSEWHERE


def _is_covered(resource: JudgedResource, stack: Stack) -> bool:
    if resource.type in WAF:
        return _is_waf_covered(resource, stack)
    out = _apis_left_out(stack)
    apis = _apis_behind(resource, stack) if out else []
    return not apis or not out.issuperset(apis)


def _apis_behind(resource: JudgedResource, stack: Stack) -> list[str]:
    """URNs of the APIs that a resource is about; none if it is about the whole stack."""
    if resource.type in DOMAINS:
        if requires_certificate(resource):
            return []
        return [
            api
            for mapping in _mappings_of(resource, stack)
            for api in apis_of_resource(mapping, stack)
        ]
    if resource.type == types.WEB_ACL_ASSOCIATION:
        used = stack.used_by(resource, "resourceArn")
        return [api for one in used for api in apis_of_resource(one, stack)]
    return list(apis_of_resource(resource, stack)) if resource.type.startswith(GATEWAY) else []


def _is_waf_covered(resource: JudgedResource, stack: Stack) -> bool:
    """Whether it belongs to a web ACL that may be in front of a guarded API."""
    if resource.type in {types.IP_SET, types.RULE_GROUP}:
        return _is_regional(resource)
    acls = [resource]
    if resource.type != types.WEB_ACL:
        key = "resourceArn" if resource.type == types.WEB_ACL_LOGGING else "webAclArn"
        acls = stack.used_by(resource, key, types.WEB_ACL)
    return not acls or any(_is_acl_covered(acl, stack) for acl in acls)


def _is_acl_covered(acl: JudgedResource, stack: Stack) -> bool:
    if not (_is_regional(acl) and may_guard_api(acl, stack)):
        return False
    associations = stack.users_of(acl, "webAclArn", types.WEB_ACL_ASSOCIATION)
    return not associations or any(_is_covered(one, stack) for one in associations)


def _is_regional(resource: JudgedResource) -> bool:
    scope = resource["scope"]
    return not scope.known or not scope.is_text or scope.text().upper() == REGIONAL


def _apis_left_out(stack: Stack) -> frozenset[str]:
    found: frozenset[str] = stack.memo("APIs left out", lambda: _find_apis_left_out(stack))
    return found


def _find_apis_left_out(stack: Stack) -> frozenset[str]:
    apis = stack.of_type(*APIS)
    narrowed = {api.urn for api in apis if stack.is_narrowed(api, _names(api))}
    if stack.is_widened or has_our_components(stack):
        return frozenset(narrowed)
    guarded = _behind_certificate(stack)
    if not guarded:
        return frozenset(narrowed)  # the domain is lost: any of the APIs may have been behind it
    parts = _parts_of_apis(stack)
    partner = guarded | {urn for urn, own in parts.items() if any(map(_has_trace, own))}
    used = {urn: frozenset(_what_they_call(own)) for urn, own in parts.items()}
    shared = frozenset().union(*(used.get(urn, frozenset()) for urn in partner))
    others = {urn for urn in parts if urn not in partner and used[urn].isdisjoint(shared)}
    return frozenset(narrowed | others)


def is_called(
    resource: JudgedResource, key: str, stack: Stack, *, calls: CallPlaces = ANY_CALL
) -> bool:
    """Whether a judged API may call the function that ``key`` of a resource names or refers to."""
    name = resource[key]
    functions = stack.used_by(resource, key, *FUNCTIONS)
    for alias in [one for one in functions if one.type == types.FUNCTION_ALIAS]:
        functions += stack.used_by(alias, "functionName", types.FUNCTION)
    if not name.known and not functions:
        return True  # it may be any function
    names = {function_name(one["name"].text()) for one in functions if one["name"].is_text}
    if name.known:
        names.add(function_name(name.text()))
    called = _called_by_judged_apis(stack, calls)
    return not called.isdisjoint(names | {one.urn for one in functions})


def _called_by_judged_apis(stack: Stack, calls: CallPlaces) -> frozenset[str]:
    """Names and URNs of functions, hosts, and URNs of other resources."""

    def find() -> frozenset[str]:
        out = _apis_left_out(stack)
        judged = [own for api, own in _parts_of_apis(stack).items() if api not in out]
        return frozenset(called for own in judged for called in _what_they_call(own, calls))

    found: frozenset[str] = stack.memo(f"called by judged APIs: {calls.keys}", find)
    return found


def _parts_of_apis(stack: Stack) -> dict[str, list[JudgedResource]]:
    """By URN of an API: the API, and the resources of API Gateway that belong to it."""
    parts: dict[str, list[JudgedResource]] = {api.urn: [api] for api in stack.of_type(*APIS)}
    for resource in stack.resources:
        if resource.type.startswith(GATEWAY) and resource.type not in (*APIS, *DOMAINS, *MAPPINGS):
            for api in apis_of_resource(resource, stack):
                parts.setdefault(api, []).append(resource)
    return parts


def _names(api: JudgedResource) -> list[str]:
    tags = api["tags"].entries() if api["tags"].known else []
    pairs = [f"tag {key}={value.text()}" for key, value in tags if value.is_text]
    return [f"api {api.name}", *pairs]


def _behind_certificate(stack: Stack) -> frozenset[str]:
    """URNs of the APIs that a domain with mutual TLS, or a domain of another stack, leads to."""
    found: set[str] = set()
    for mapping in stack.of_type(*MAPPINGS):
        domains = _domains_of(mapping, stack)
        if not domains or any(map(requires_certificate, domains)):
            found |= set(apis_of_resource(mapping, stack))
    return frozenset(found)


def _domains_of(mapping: JudgedResource, stack: Stack) -> list[JudgedResource]:
    referred = [
        domain
        for key in ("domainName", "domainNameId")
        for domain in stack.used_by(mapping, key, *DOMAINS)
    ]
    name = mapping["domainName"]
    if referred or not name.is_text:
        return referred
    return [
        domain
        for domain in stack.of_type(*DOMAINS)
        if domain["domainName"].is_text and domain["domainName"].text() == name.text()
    ]


def _mappings_of(domain: JudgedResource, stack: Stack) -> list[JudgedResource]:
    return [m for m in stack.of_type(*MAPPINGS) if domain in _domains_of(m, stack)]


def apis_of_resource(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    """URNs of the APIs of this stack that a resource of API Gateway is or belongs to."""
    waiting, seen = [resource], {resource.urn}
    while waiting:
        current = waiting.pop()
        if current.type in APIS:
            yield current.urn
            continue
        for key in TO_API:
            for used in stack.used_by(current, key):
                if used.urn not in seen and used.type.startswith(GATEWAY):
                    seen.add(used.urn)
                    waiting.append(used)


def _has_trace(part: JudgedResource) -> bool:
    """Whether a part of an API names the client certificate, or may do so in an unknown body."""
    try:
        body_of(part)
    except UnreadableBodyError:
        return True
    return mentions_certificate(part)


def _what_they_call(parts: list[JudgedResource], calls: CallPlaces = ANY_CALL) -> Iterator[str]:
    """Hosts and functions that the parts of an API call, and resources that they refer to."""
    variables: set[str] = set()
    for part in parts:
        for key in calls.keys:
            yield from part.uses(key)
        for leaf in _leaves(part):
            if calls.path.search(leaf.path) and isinstance(leaf.leaf(), str):
                variables.update(STAGE_VARIABLE.findall(leaf.text()))
                yield from _called(leaf.text())
    for stage in [part for part in parts if variables and part.type in STAGES]:
        yield from stage.uses("variables")
        for name, value in stage["variables"].entries():
            if name in variables and value.is_text:
                yield from _called_by_variable(value.text())


def _leaves(part: JudgedResource) -> Iterator[Node]:
    with suppress(UnreadableBodyError):  # it counts as a partner API
        yield from body_of(part).leaves()
    yield from part.properties.leaves()


def _called(uri: str) -> Iterator[str]:
    if functions := FUNCTION.findall(uri):
        yield from functions
    elif "://" in uri:
        yield (urlsplit(uri).hostname or uri).lower().removesuffix(".")
    else:
        yield uri


def _called_by_variable(value: str) -> Iterator[str]:
    """A stage variable is a whole URI, a host, or the name of a function."""
    yield from _called(value)
    yield value.partition("/")[0].lower().removesuffix(".")
    yield function_name(value)
