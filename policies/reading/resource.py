"""Resources of a stack for the rules: properties as nodes, and references between resources."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from pulumi_policy import PolicyResource, ResourceValidationArgs

from policies.configuration import NARROW, WIDEN, Configuration
from policies.reading.node import Node

PROPERTY = re.compile(r"\w+")  # of a path such as rules[3].statement
STACK_TYPE = "pulumi:pulumi:Stack"

Found = TypeVar("Found")
Arguments = ParamSpec("Arguments")


def stack_and_project(urn: str) -> tuple[str, str]:
    """``prod`` and ``shop`` of ``urn:pulumi:prod::shop::type::name``."""
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    return stack, rest.partition("::")[0]


def place_of(urn: str) -> str:
    """``aws:iam/role:Role::signer`` of the URN of what a program reads."""
    _, _, type_, name = urn.split("::", 3)
    return f"{type_.rpartition('$')[2]}::{name}"


class JudgedResource:
    """One resource. Property names are camelCase, as the provider spells them."""

    def __init__(self, args: ResourceValidationArgs | PolicyResource) -> None:
        self.urn = args.urn
        self.type = args.resource_type
        self.name = args.name
        self.protected = bool(args.opts.protect)
        self.ignored_changes = frozenset(args.opts.ignore_changes)
        self.properties = Node(args.props)
        # A component has none; under the engine every other resource has one.
        provider = getattr(args, "provider", None)
        self.has_provider = bool(provider)
        settings = getattr(provider, "props", None)  # absent of a default provider in the harness
        self.provider = Node(settings) if settings is not None else None
        parent = getattr(args, "parent", None)
        self.parent: str | None = parent.urn if parent else None
        self._property_dependencies: Mapping[str, Iterable[PolicyResource]] = getattr(
            args, "property_dependencies", {}
        )
        # By property: URNs of what the program reads from outside the stack.
        self._reads: Mapping[str, frozenset[str]] = getattr(args, "reads", {})
        self._dependencies: Iterable[PolicyResource] = getattr(args, "dependencies", ())

    def __getitem__(self, key: str) -> Node:
        return self.properties[key]

    @cached_property
    def stack_name(self) -> str:
        """``prod`` of ``urn:pulumi:prod::project::type::name``."""
        return stack_and_project(self.urn)[0]

    @cached_property
    def dependencies(self) -> frozenset[str]:
        """URNs of the resources that this resource depends on."""
        return frozenset(resource.urn for resource in self._dependencies)

    @property
    def references(self) -> frozenset[str]:
        """URNs of the resources that any of its properties refers to."""
        return frozenset(
            used.urn for listed in self._property_dependencies.values() for used in listed
        )

    def uses(self, key: str) -> frozenset[str]:
        """URNs of the resources that one property refers to; complete even in a preview."""
        return frozenset(resource.urn for resource in self._property_dependencies.get(key, ()))

    def reads(self, key: str) -> frozenset[str]:
        """Places where a property is read: ``.get``, StackReference, look-up.

        None if a single value also refers to a resource of this stack: it is made of both.
        """
        top = PROPERTY.match(key)
        name = top[0] if top else key
        is_mixed = name == key and bool(self.uses(name))
        return frozenset() if is_mixed else frozenset(map(place_of, self._reads.get(name, ())))


class Stack:
    """All resources of the stack, indexed by type and reference, and the pack's configuration."""

    def __init__(
        self, resources: Iterable[PolicyResource], configuration: Configuration | None = None
    ) -> None:
        self._configuration = configuration or Configuration()
        self.resources = tuple(JudgedResource(resource) for resource in resources)
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._by_type: defaultdict[str, list[JudgedResource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)
        self._users: dict[tuple[str, str], Mapping[str, list[JudgedResource]]] = {}
        self.found: dict[Any, Any] = {}  # of the functions that run once for each stack

    def of_type(self, *types: str) -> list[JudgedResource]:
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def named(self, type_: str, name: str) -> list[JudgedResource]:
        """The resources of a type whose ``name`` is known and is this one."""
        return _by_name(self, type_).get(name, [])

    def judged_by(self, types: frozenset[str]) -> Iterable[JudgedResource]:
        """The resources of these types; all resources if no type is given."""
        return self.of_type(*sorted(types)) if types else self.resources

    def used_by(self, resource: JudgedResource, key: str, *types: str) -> list[JudgedResource]:
        """The resources of these types, or of any, that one property of ``resource`` refers to."""
        found = (self._by_urn.get(urn) for urn in sorted(resource.uses(key)))
        return [used for used in found if used is not None and (not types or used.type in types)]

    def resource(self, urn: str) -> JudgedResource | None:
        return self._by_urn.get(urn)

    def users_of(self, target: JudgedResource, key: str, *types: str) -> list[JudgedResource]:
        """The resources of these types whose property ``key`` refers to ``target``."""
        return [
            user for type_ in types for user in self._users_index(type_, key).get(target.urn, ())
        ]

    def has_children(self, resource: JudgedResource) -> bool:
        return resource.urn in _parents(self)

    @cached_property
    def name_and_project(self) -> tuple[str, str]:
        return stack_and_project(self.resources[0].urn) if self.resources else ("", "")

    def trusts(self, kind: str, end: Node, resource: JudgedResource) -> bool:
        """Whether the configuration trusts this end of a reference; the use is reported.

        What a program reads from outside is known in an update, and in a preview with an account.
        Where it is not known the configuration must say where the program reads it. Everything
        that the property is made of must be trusted.
        """
        if end.known:
            return self.trusts_name(kind, end.text(), resource)
        read = resource.reads(end.path)
        stack, project = self.name_and_project
        if not read <= self._configuration.places(project, stack):
            return False
        return self._applies(kind, resource, read=read)

    def trusts_name(self, kind: str, name: str, resource: JudgedResource) -> bool:
        return self._applies(kind, resource, names=[name])

    @property
    def is_widened(self) -> bool:
        """Whether the configuration says that every API of the stack is a partner API."""
        return bool(self.resources) and self._applies(WIDEN, self.resources[0], names=["every API"])

    def is_narrowed(self, api: JudgedResource, names: list[str]) -> bool:
        """Whether the configuration leaves out an API: ``api NAME`` or ``tag KEY=VALUE``."""
        return self._applies(NARROW, api, names=names)

    def _applies(
        self,
        kind: str,
        resource: JudgedResource,
        *,
        names: Collection[str] = (),
        read: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether an entry has one of the names, or one of the places of a value that is read."""
        stack, project = self.name_and_project
        entries = [
            e
            for e in self._configuration.of(kind, project, stack)
            if e.name in names or not read.isdisjoint(e.places)
        ]
        for entry in entries:
            self._configuration.use(entry, resource.urn, compared=not read)
        return bool(entries)

    def _users_index(self, type_: str, key: str) -> Mapping[str, list[JudgedResource]]:
        if (type_, key) not in self._users:
            index: defaultdict[str, list[JudgedResource]] = defaultdict(list)
            for resource in self._by_type.get(type_, ()):
                for urn in resource.uses(key):
                    index[urn].append(resource)
            self._users[type_, key] = index
        return self._users[type_, key]


def once_per_stack(
    find: Callable[Concatenate[Stack, Arguments], Found],
) -> Callable[Concatenate[Stack, Arguments], Found]:
    """The function, which runs once for each stack and each further argument."""

    @wraps(find)
    def found(stack: Stack, /, *args: Arguments.args, **named: Arguments.kwargs) -> Found:
        key = (find, args, tuple(named.items()))
        if key not in stack.found:
            stack.found[key] = find(stack, *args, **named)
        result: Found = stack.found[key]
        return result

    return found


@once_per_stack
def _by_name(stack: Stack, type_: str) -> dict[str, list[JudgedResource]]:
    index: defaultdict[str, list[JudgedResource]] = defaultdict(list)
    for resource in stack.of_type(type_):
        if resource["name"].is_text:
            index[resource["name"].text()].append(resource)
    return index


@once_per_stack
def _parents(stack: Stack) -> frozenset[str | None]:
    return frozenset(one.parent for one in stack.resources)


_last: tuple[Iterable[PolicyResource], Configuration, Stack] | None = None


def shared_stack(resources: Iterable[PolicyResource], configuration: Configuration) -> Stack:
    """One stack, with its indexes, for all rules that judge the same list of resources."""
    global _last  # noqa: PLW0603 - one request at a time judges a stack
    if _last is None or _last[0] is not resources or _last[1] is not configuration:
        _last = (resources, configuration, Stack(resources, configuration))
    return _last[2]
