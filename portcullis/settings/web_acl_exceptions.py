"""Exceptions of the web ACL: routes on which one managed rule does not block."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.managed_rules import LABELS
from portcullis.settings.checks import nearest_name
from portcullis.settings.setting import (
    Problem,
    Setting,
    entry_path,
    parsed_mapping,
    refusal,
    shorten,
)

MAX_ROUTES = 10  # ours: each needs 5 capacity units of the 1,500 that are included
REASON_CHARACTERS = range(10, 201)
ROUTE = re.compile(r"(?:DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*")
_PARAMETER = re.compile(r"\{[^}/]+\}")
_MEMBERS = {"routes", "reason"}


@dataclass(frozen=True, kw_only=True)
class WebAclException:
    """Method and path of each route, as in the contract, and why the rule must be off there."""

    routes: tuple[str, ...]
    reason: str


def known_exceptions(exceptions: Mapping[str, WebAclException]) -> Problem | None:
    for rule, exception in exceptions.items():
        because = _unknown_rule(rule) if rule not in LABELS else _wrong(exception)
        if because:
            return Problem(because=because, path=entry_path(rule), surplus=True, shown="is set")
    return None


def parse_exceptions(setting: Setting, text: str) -> dict[str, WebAclException]:
    written = parsed_mapping(setting, text, "rules to exceptions")
    return {rule: _parsed(setting, rule, one) for rule, one in written.items()}


def _parsed(setting: Setting, rule: str, written: Any) -> WebAclException:
    routes = written.get("routes") if isinstance(written, dict) else None
    reason = written.get("reason") if isinstance(written, dict) else None
    is_whole = (
        isinstance(written, dict)
        and written.keys() == _MEMBERS
        and isinstance(routes, list)
        and all(isinstance(route, str) for route in routes)
        and isinstance(reason, str)
    )
    if not is_whole:
        because = "it must be a mapping with routes, a list of strings, and reason, a string"
        problem = Problem(because=because, path=entry_path(rule), surplus=True)
        raise refusal(setting, written, problem)
    return WebAclException(routes=tuple(routes or ()), reason=str(reason))


def _wrong(exception: WebAclException) -> str | None:
    routes, reason = exception.routes, exception.reason
    if not 1 <= len(routes) <= MAX_ROUTES:
        return f"it must have 1 to {MAX_ROUTES} routes"
    if because := next(filter(None, map(_wrong_route, routes)), None):
        return because
    if len(set(routes)) < len(routes):
        return "a route is listed twice"
    if len(reason.strip()) not in REASON_CHARACTERS or not reason.isprintable():
        return (
            f"the reason must have {REASON_CHARACTERS.start} to {REASON_CHARACTERS.stop - 1} "
            "printable characters"
        )
    return None


def _wrong_route(route: str) -> str | None:
    if not ROUTE.fullmatch(route):
        return f"the route {shorten(route)} is not a method and a path"
    if "+}" in route:
        return f"the greedy parameter of {shorten(route)} would except too much"
    if "{" in route and not _PARAMETER.sub("", route.partition(" ")[2]).strip("/"):
        return f"the path of {shorten(route)} has parameters only, and would except too much"
    return None


def _unknown_rule(rule: str) -> str:
    near = next((one for one in LABELS if one.endswith(f"/{rule}")), None)
    near = near or nearest_name(rule, list(LABELS))
    hint = f"; did you mean {near}?" if near else ""
    return f"no managed rule that may have exceptions is called {shorten(rule)}{hint}"


def removal(setting: Setting, rule: str) -> str:
    """The command that removes the exceptions of one rule."""
    return f"pulumi config rm --path {shlex.quote(setting.name + entry_path(rule))}"
