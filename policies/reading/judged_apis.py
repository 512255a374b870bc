"""Decides which APIs of a guarded stack are judged, and what they call.

An API is left out only if nothing connects it with a guarded one; an API that cannot be told apart
is judged. See docs/decisions/0017-which-apis-are-judged.md.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from policies.reading import types
from policies.reading.body import UnreadableBodyError, body_of, is_unreadable
from policies.reading.functions import FUNCTIONS, function_name
from policies.reading.guarded import (
    GATEWAY,
    has_our_components,
    mentions_certificate,
    requires_certificate,
)
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.stage_variables import resolved

APIS = (types.REST_API, types.HTTP_API)
MAPPINGS = (types.REST_MAPPING, types.HTTP_MAPPING, types.HTTP_ROUTING_RULE)
DOMAINS = (types.REST_DOMAIN, types.HTTP_DOMAIN)
STAGES = (types.REST_STAGE, types.HTTP_STAGE)
# Properties that lead from a resource of API Gateway to its API.
TO_API = ("restApi", "restApiId", "apiId", "stageName", "stage", "actions", "deployment")
TO_BALANCER = {
    "aws:apigateway/vpcLink:VpcLink": "targetArn",
    "aws:alb/listener:Listener": "loadBalancerArn",
    "aws:lb/listener:Listener": "loadBalancerArn",
}
FUNCTION = re.compile(r":function:([A-Za-z0-9_-]+)")
STAGE_VARIABLE = re.compile(r"\$\{?stageVariables\.(\w+)")


class ApisLeftOut(NamedTuple):
    """URNs of the APIs that are not judged.

    ``unread`` are those whose document may connect them with a guarded API, and cannot be read.
    Only apigateway-body-is-readable judges them.
    """

    apart: frozenset[str]
    unread: frozenset[str] = frozenset()


class CallPlaces(NamedTuple):
    """Where an API names what it calls: properties that refer to it, and keys of strings."""

    keys: tuple[str, ...]
    name: re.Pattern[str]


ANY_CALL = CallPlaces(
    ("uri", "authorizerUri", "integrationUri", "target", "connectionId", "body"),
    re.compile(r"(?:uri|target)$", re.IGNORECASE),
)
OF_AUTHORIZER = CallPlaces(("authorizerUri",), re.compile(r"authorizerUri$"))


def apis_left_out(stack: Stack) -> frozenset[str]:
    """URNs of the APIs that are not judged."""
    return frozenset().union(*_left_out(stack))


def unread_apis(stack: Stack) -> frozenset[str]:
    """URNs of the APIs that only a document that cannot be read may connect with a guarded one."""
    return _left_out(stack).unread


@once_per_stack
def _left_out(stack: Stack) -> ApisLeftOut:
    apis = stack.of_type(*APIS)
    narrowed = frozenset(api.urn for api in apis if stack.is_narrowed(api, _names(api)))
    if stack.is_widened or has_our_components(stack):
        return ApisLeftOut(narrowed)
    guarded = _behind_certificate(stack)
    if not guarded:
        return ApisLeftOut(narrowed)  # the domain is lost: any of the APIs may have been behind it
    parts = parts_of_apis(stack)
    partner = guarded | {urn for urn, own in parts.items() if any(map(mentions_certificate, own))}
    used = {urn: _with_names(_what_they_call(own), stack) for urn, own in parts.items()}
    shared = frozenset().union(*(used.get(urn, frozenset()) for urn in partner))
    others = {urn for urn in parts if urn not in partner and used[urn].isdisjoint(shared)}
    unread = {urn for urn in others if any(map(is_unreadable, parts[urn]))} - narrowed
    return ApisLeftOut(narrowed | (others - unread), frozenset(unread))


def is_called(
    resource: JudgedResource, key: str, stack: Stack, *, calls: CallPlaces = ANY_CALL
) -> bool:
    """Whether a judged API may call the function that ``key`` of a resource names or refers to."""
    name = resource[key]
    functions = _functions(stack.used_by(resource, key, *FUNCTIONS), stack)
    if not name.known and not functions:
        return True  # it may be any function
    names = _names_and_urns(functions)
    if name.known:
        names.add(function_name(name.text()))
    return not called_by_judged_apis(stack, calls).isdisjoint(names)


@once_per_stack
def authorizers(stack: Stack) -> frozenset[str]:
    """Names and URNs of the functions that authorize calls of judged APIs."""
    called = called_by_judged_apis(stack, OF_AUTHORIZER)
    named = [f for f in stack.of_type(*FUNCTIONS) if f.urn in called]
    return called | _names_and_urns(_functions(named, stack))


def calls_authorizer(uri: Node, key: str, owner: JudgedResource, stack: Stack) -> bool:
    """Whether a URI, in the property ``key`` of ``owner``, calls the function of an authorizer."""
    return not authorizers(stack).isdisjoint(functions_called(uri, key, owner, stack))


def functions_called(uri: Node, key: str, owner: JudgedResource, stack: Stack) -> set[str]:
    """Names and URNs of the functions in a URI or an ARN, in the property ``key`` of ``owner``."""
    names = _names_and_urns(_functions(stack.used_by(owner, key, *FUNCTIONS), stack))
    if uri.is_text:
        texts = [uri.text()]
        with suppress(UndecidedError):  # no stage sets the variable
            texts = resolved(uri, owner, stack)
        names.update(name for text in texts for name in FUNCTION.findall(text))
    return names


def _functions(used: list[JudgedResource], stack: Stack) -> list[JudgedResource]:
    """The functions and aliases, and the functions behind the aliases."""
    aliases = [one for one in used if one.type == types.FUNCTION_ALIAS]
    behind = [f for a in aliases for f in stack.used_by(a, "functionName", types.FUNCTION)]
    return [*used, *behind]


def _names_and_urns(functions: list[JudgedResource]) -> set[str]:
    named = [one for one in functions if one.type == types.FUNCTION and one["name"].is_text]
    return {one.urn for one in functions} | {one["name"].text() for one in named}


def _with_names(called: Iterable[str], stack: Stack) -> frozenset[str]:
    """What an API calls; a function it refers to may be named in the text of another API."""
    found = frozenset(_with_balancers(called, stack))
    resources = [one for name in found if (one := stack.resource(name)) is not None]
    functions = [one for one in resources if one.type in FUNCTIONS]
    return found | _names_and_urns(_functions(functions, stack))


def _with_balancers(called: Iterable[str], stack: Stack) -> Iterator[str]:
    """What an API calls, and the load balancers behind VPC links and listeners."""
    waiting = list(called)
    while waiting:
        name = waiting.pop()
        yield name
        if (link := stack.resource(name)) is not None and (key := TO_BALANCER.get(link.type)):
            waiting += link.uses(key)


@once_per_stack
def called_by_judged_apis(stack: Stack, calls: CallPlaces) -> frozenset[str]:
    """Names and URNs of functions, hosts, and URNs of other resources."""
    judged = parts_of_judged_apis(stack)
    return frozenset(called for own in judged for called in _what_they_call(own, calls))


def parts_of_judged_apis(stack: Stack) -> list[list[JudgedResource]]:
    out = apis_left_out(stack)
    return [own for api, own in parts_of_apis(stack).items() if api not in out]


def parts_of_apis(stack: Stack) -> dict[str, list[JudgedResource]]:
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


def mappings_of(domain: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The mappings and routing rules of a custom domain."""
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


def _what_they_call(parts: list[JudgedResource], calls: CallPlaces = ANY_CALL) -> Iterator[str]:
    """Hosts and functions that the parts of an API call, and resources that they refer to."""
    variables: set[str] = set()
    for part in parts:
        for key in calls.keys:
            yield from part.uses(key)
        for key, text in _strings(part):
            if calls.name.search(key):
                variables.update(STAGE_VARIABLE.findall(text))
                yield from hosts_and_functions(text)
    for stage in [part for part in parts if variables and part.type in STAGES]:
        yield from stage.uses("variables")
        for name, value in stage["variables"].entries():
            if name in variables and value.is_text:
                yield from _called_by_variable(value.text())


def _strings(part: JudgedResource) -> Iterator[tuple[str, str]]:
    with suppress(UnreadableBodyError):  # apigateway-body-is-readable
        yield from body_of(part).strings()
    yield from part.properties.strings()


def hosts_and_functions(uri: str) -> Iterator[str]:
    """The functions in a URI, or its host; otherwise the text itself."""
    if functions := FUNCTION.findall(uri):
        yield from functions
    elif "://" in uri:
        yield (urlsplit(uri).hostname or uri).lower().removesuffix(".")
    else:
        yield uri


def _called_by_variable(value: str) -> Iterator[str]:
    """A stage variable is a whole URI, a host, or the name of a function."""
    yield from hosts_and_functions(value)
    yield value.partition("/")[0].lower().removesuffix(".")
    yield function_name(value)
