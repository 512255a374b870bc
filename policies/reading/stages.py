"""Finds the stages of an API and the resources attached to them."""

from collections import defaultdict

from policies.reading import types
from policies.reading.node import Node
from policies.reading.place import is_same_place
from policies.reading.resource import JudgedResource, Stack, once_per_stack

EVERY_METHOD = "*/*"


def associations(stage: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The web ACL associations of a REST stage."""
    return [
        association
        for association in stack.users_of(stage, "resourceArn", types.WEB_ACL_ASSOCIATION)
        if means(association["resourceArn"], stage) and is_same_place(association, stage)
    ]


def means(arn: Node, target: JudgedResource) -> bool:
    """Whether ``arn``, which depends on ``target``, is the ARN of ``target``.

    In a preview only the dependency is known. In an update both ARNs are known and are compared.
    """
    return not (arn.known and target["arn"].known) or arn.text() == target["arn"].text()


def stages_of(resource: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The REST stages that ``restApi`` and ``stageName`` of a resource refer to."""
    used = stack.used_by(resource, "stageName", types.REST_STAGE)
    found = {s.urn: s for s in used if _same(resource["stageName"], s["stageName"])}
    for place in _places(resource):
        found |= {s.urn: s for s in _index(stack, types.REST_STAGE)[place]}
    return list(found.values())


def apis_of(resource: JudgedResource, key: str, stack: Stack) -> frozenset[str]:
    """URNs of the REST APIs that one property refers to, also by way of a stage or deployment."""
    used = stack.used_by(resource, key)
    direct = {one.urn for one in used if one.type == types.REST_API}
    onward = [one for one in used if one.type in {types.REST_STAGE, types.REST_DEPLOYMENT}]
    return frozenset(direct).union(*(apis_of(one, "restApi", stack) for one in onward))


def is_of_api(stage: JudgedResource, api_id: Node, apis: frozenset[str], stack: Stack) -> bool:
    """Whether ``api_id``, which refers to ``apis``, is the id of the one API of the stage."""
    own = apis_of(stage, "restApi", stack)
    if len(own) != 1 or apis != own:
        return False
    return not api_id.known or (stage["restApi"].known and api_id.text() == stage["restApi"].text())


def declares_routes(api_urn: str, stack: Stack) -> bool:
    """Whether this stack declares routes of a REST API, by a body or by methods."""
    return api_urn in _with_routes(stack)


@once_per_stack
def _with_routes(stack: Stack) -> frozenset[str]:
    with_body = [api.urn for api in stack.of_type(types.REST_API) if api["body"].present]
    puts = [u for put in stack.of_type(types.REST_API_PUT) for u in put.uses("restApiId")]
    methods = stack.of_type(types.REST_METHOD)
    return frozenset(with_body + puts).union(*(m.uses("restApi") for m in methods))


def _same(one: Node, other: Node) -> bool:
    """Whether two texts are equal, as far as both are known."""
    return not (one.known and other.known) or one.text() == other.text()


def method_settings(stage: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """Every MethodSettings of a REST stage."""
    type_ = types.REST_METHOD_SETTINGS
    found = {s.urn: s for s in stack.users_of(stage, "stageName", type_)}
    for place in _places(stage):
        found |= {s.urn: s for s in _index(stack, type_)[place]}
    return [settings for settings in found.values() if is_same_place(settings, stage)]


def setting(stage: JudgedResource, stack: Stack, key: str) -> list[tuple[str, Node]]:
    """The names and values of one method setting, for every MethodSettings of the stage.

    If ``*/*`` does not set it, it is listed as absent: API Gateway's default then applies to every
    method without a setting of its own.
    """
    declared = [(s["methodPath"].text(), s) for s in method_settings(stage, stack)]
    found = [
        (f"{key} of {settings.name}", settings["settings"][key])
        for path, settings in declared
        if path == EVERY_METHOD or settings["settings"][key].present
    ]
    if not any(path == EVERY_METHOD for path, _ in declared):
        found.append((f"{key} of {EVERY_METHOD}", Node(None, f"settings.{key}")))
    return found


def _places(resource: JudgedResource) -> list[tuple[str, str]]:
    """API and stage name, where the name is known."""
    name = resource["stageName"]
    return [(api, name.text()) for api in resource.uses("restApi")] if name.known else []


@once_per_stack
def _index(stack: Stack, type_: str) -> defaultdict[tuple[str, str], list[JudgedResource]]:
    index = defaultdict(list)
    for resource in stack.of_type(type_):
        for place in _places(resource):
            index[place].append(resource)
    return index
