"""Defines a rule: the resource types it judges, its check, its reason and its fix.

A check yields one message per violation. Messages name paths, never values, because secrets arrive
in plain text. Reading an unknown value raises :class:`~policies.reading.node.UndecidedError`, which
is reported as a violation too. So is any other exception, with the name of the rule.

A rule judges the APIs behind mutual TLS and what they stand on
(:mod:`policies.reading.scope`), unless it is marked ``everywhere``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from policies.fix import in_every_language
from policies.reading.body import UnreadableBodyError
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.reading.scope import left_out
from policies.setting import Schema

API_GATEWAY_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
WAF_GUIDE = "https://docs.aws.amazon.com/waf/latest/developerguide/"
Settings = Mapping[str, Any]
EVERY_TYPE: frozenset[str] = frozenset()  # as ``types`` of a rule that judges every resource


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The fields that resource rules and stack rules share."""

    name: str  # <service>-<object>-<claim>
    title: str  # the claim, in one sentence
    severity: Severity
    why: str
    fix: str  # one line, with the code to write, in Python
    page: str  # the title of the AWS page
    url: str
    types: frozenset[str]  # of the resources that it judges; EVERY_TYPE for all
    level: EnforcementLevel = EnforcementLevel.MANDATORY  # until a configuration changes it
    everywhere: bool = False  # judge every stack, with an API behind mutual TLS or not
    judges_unread: bool = False  # judge APIs whose document may connect them with a guarded one
    frameworks: tuple[str, ...] = ()  # as in "Security Hub APIGateway.4"
    settings: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def remediation(self) -> str:
        """The fix as reports show it, with its properties in other languages."""
        return in_every_language(self.fix)

    def judges(self, resource_type: str) -> bool:
        return not self.types or resource_type in self.types

    def with_defaults(self, given: Settings | None) -> Settings:
        defaults = {name: schema["default"] for name, schema in self.settings.items()}
        return defaults | dict(given or {})

    def left_out(self, resource: JudgedResource, stack: Stack) -> str:
        """Why the rule does not judge a resource of its types; empty if it does.

        A resource whose scope cannot be decided is judged.
        """
        if self.everywhere:
            return ""
        try:
            return left_out(resource, stack, judges_unread=self.judges_unread)
        except Exception:  # noqa: BLE001 - a defect must not leave a resource out
            return ""

    def _report(self, resource: JudgedResource, messages: Iterable[str]) -> Iterator[str]:
        try:
            for message in messages:
                yield self._sentence(resource, message)
        except UnreadableBodyError:
            return  # apigateway-body-is-readable reports it once, for all rules
        except UndecidedError as missing:
            yield self._sentence(
                resource,
                f"{missing}, so the rule cannot be evaluated, which counts as a violation. "
                "Use a value that is known in a preview.",
            )
        # A defect of a rule must not pass a resource, or stop the other rules.
        except Exception as defect:  # noqa: BLE001 - reported with the rule's name, as a violation
            yield self._sentence(
                resource,
                f"the rule {self.name} failed with {type(defect).__name__}, so it cannot be "
                "evaluated, which counts as a violation. Report it to the owner of the pack.",
            )

    def _sentence(self, resource: JudgedResource, message: str) -> str:
        return f"{resource.name}: {message}\nFix: {self.remediation}"


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """Judges one resource by its own inputs, before it is created."""

    check: Callable[[JudgedResource, Settings], Iterable[str]]

    def messages(self, resource: JudgedResource, settings: Settings) -> Iterator[str]:
        if self.judges(resource.type):
            yield from self._report(resource, self.check(resource, settings))

    def in_stack(
        self, resource: JudgedResource, _stack: Stack, settings: Settings
    ) -> Iterator[str]:
        return self.messages(resource, settings)


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """Judges a resource together with the resources that use it, when the whole stack is known."""

    check: Callable[[JudgedResource, Stack, Settings], Iterable[str]]

    def messages(self, resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
        if self.judges(resource.type):
            yield from self._report(resource, self.check(resource, stack, settings))

    def in_stack(self, resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
        return self.messages(resource, stack, settings)
