"""Finds the stages of an API and the resources attached to them."""

from collections import defaultdict

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack

EVERY_METHOD = "*/*"


def associations(stage: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The web ACL associations of a REST stage."""
    return [
        association
        for association in stack.users_of(stage, "resourceArn", types.WEB_ACL_ASSOCIATION)
        if means(association["resourceArn"], stage)
    ]


def means(arn: Node, target: JudgedResource) -> bool:
    """Whether ``arn``, which depends on ``target``, is the ARN of ``target``.

    In a preview only the dependency is known. In an update both ARNs are known and are compared.
    """
    return not (arn.known and target["arn"].known) or arn.text() == target["arn"].text()


def stages_of(resource: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The REST stages that ``restApi`` and ``stageName`` of a resource refer to."""
    found = {s.urn: s for s in stack.used_by(resource, "stageName", types.REST_STAGE)}
    for place in _places(resource):
        found |= {s.urn: s for s in _index(stack, types.REST_STAGE)[place]}
    return list(found.values())


def method_settings(stage: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """Every MethodSettings of a REST stage."""
    type_ = types.REST_METHOD_SETTINGS
    found = {s.urn: s for s in stack.users_of(stage, "stageName", type_)}
    for place in _places(stage):
        found |= {s.urn: s for s in _index(stack, type_)[place]}
    return list(found.values())


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


def _index(stack: Stack, type_: str) -> defaultdict[tuple[str, str], list[JudgedResource]]:
    def build() -> defaultdict[tuple[str, str], list[JudgedResource]]:
        index = defaultdict(list)
        for resource in stack.of_type(type_):
            for place in _places(resource):
                index[place].append(resource)
        return index

    index: defaultdict[tuple[str, str], list[JudgedResource]] = stack.memo(
        f"places of {type_}", build
    )
    return index
