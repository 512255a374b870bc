"""What a rule is: a claim about resources of some types, its reason, its fix, and its check.

A check yields one message per violation and names paths, never values: secrets arrive in plain
text. A check that needs a fact which is not known raises
:class:`~policies.reading.node.UndecidedError` by reading it, and that is a violation too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import Severity

from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack

Settings = Mapping[str, Any]
EVERY_TYPE: frozenset[str] = frozenset()  # as ``types`` of a rule that judges whatever there is


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the two kinds of rules have in common."""

    name: str  # <service>-<object>-<claim>
    title: str  # the claim, in one sentence
    severity: Severity
    why: str
    fix: str  # one line, with the code to write
    page: str  # the title of the AWS page
    url: str
    types: frozenset[str]  # of the resources that it judges; EVERY_TYPE for all
    frameworks: tuple[str, ...] = ()  # as in "Security Hub APIGateway.4"
    # JSON schema of each setting, with its default: the policy SDK fills in none.
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def judges(self, resource_type: str) -> bool:
        return not self.types or resource_type in self.types

    def with_defaults(self, given: Settings | None) -> Settings:
        defaults = {name: schema["default"] for name, schema in self.settings.items()}
        return defaults | dict(given or {})

    def _report(self, resource: JudgedResource, messages: Iterable[str]) -> Iterator[str]:
        try:
            for message in messages:
                yield self._sentence(resource, message)
        except UndecidedError as missing:
            yield self._sentence(
                resource,
                f"{missing}, so this cannot be decided, and what cannot be decided is refused. "
                "Give it a value that is known in a preview.",
            )

    def _sentence(self, resource: JudgedResource, message: str) -> str:
        return f"{resource.name}: {message}\nFix: {self.fix}"


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """Decided by one resource alone, before it is created."""

    check: Callable[[JudgedResource, Settings], Iterable[str]]

    def messages(self, resource: JudgedResource, settings: Settings) -> Iterator[str]:
        if self.judges(resource.type):
            yield from self._report(resource, self.check(resource, settings))


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """Decided by a resource and what uses it, when the whole stack is known."""

    check: Callable[[JudgedResource, Stack, Settings], Iterable[str]]

    def messages(self, resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
        if self.judges(resource.type):
            yield from self._report(resource, self.check(resource, stack, settings))
