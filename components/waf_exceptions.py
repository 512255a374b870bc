"""Routes that one managed rule does not block: the rule counts, and a later rule blocks elsewhere.

Source: WAF Developer Guide, "Labels on web requests" and "Overriding rule group actions".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws

from portcullis.errors import MisuseError
from portcullis.managed_rules import LABELS

ELSEWHERE = "-elsewhere"  # ends the name of the rule that blocks on every other route
_ROUTE = re.compile(r"[A-Z]+ /\S*")
_PARAMETER = re.compile(r"\{[^}/]+\}")

Statement = aws.wafv2.WebAclRuleStatementArgsDict


@dataclass(frozen=True, kw_only=True)
class ExceptedRoutes:
    """The routes on which a managed rule does not block, and why."""

    routes: Sequence[str]
    """Method and path of each route, as the contract has them: `PUT /documents/{id}`."""

    reason: str
    """Why the rule has to be off there."""


Exceptions = Mapping[str, ExceptedRoutes]  # by GROUP/RULE


class ExceptedRouteError(MisuseError):
    def __init__(self, rule: str, route: str, because: str, accepted: str) -> None:
        super().__init__(
            f"webAclExceptions (web_acl_exceptions) excepts {route!r} from {rule}, but {because}. "
            f"Accepted: {accepted}."
        )


def check_exceptions(exceptions: Exceptions, groups: Sequence[str]) -> None:
    """Raises MisuseError: a rule that cannot have exceptions, or something that is not a route."""
    for rule, excepted in exceptions.items():
        group = rule.partition("/")[0]
        if rule not in LABELS or group not in groups:
            known = ", ".join(one for one in LABELS if one.partition("/")[0] in groups)
            raise MisuseError(
                f"webAclExceptions (web_acl_exceptions) names the rule {rule!r}. Accepted: {known}."
            )
        if not excepted.routes:
            raise MisuseError(
                f"webAclExceptions (web_acl_exceptions) of {rule} names no route. Accepted: one or "
                "more, such as PUT /documents/{id}."
            )
        for route in excepted.routes:
            if not _ROUTE.fullmatch(route) or "+}" in route or _has_parameters_only(route):
                raise ExceptedRouteError(
                    rule,
                    route,
                    "it is not a method and a path with a literal segment and no greedy parameter",
                    "a route such as PUT /documents/{id}",
                )


def check_routes(exceptions: Exceptions, routes: Sequence[str], contract: str) -> None:
    """Raises MisuseError: an exception for a route that the contract does not have."""
    for rule, excepted in exceptions.items():
        for route in excepted.routes:
            if route not in routes:
                raise ExceptedRouteError(
                    rule, route, f"{contract} does not have this route", ", ".join(sorted(routes))
                )


def _has_parameters_only(route: str) -> bool:
    return "{" in route and not _PARAMETER.sub("", route.partition(" ")[2]).strip("/")


def counted(
    exceptions: Exceptions, group: str
) -> list[aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgsDict]:
    """The overrides of a group's rules that have exceptions."""
    return [
        {"name": name, "action_to_use": {"count": {}}}
        for of_group, _, name in (rule.partition("/") for rule in exceptions)
        if of_group == group
    ]


def elsewhere(rule: str, excepted: ExceptedRoutes) -> Statement:
    """Matches what the rule has labelled, but on the excepted routes."""
    labelled: Statement = {"label_match_statement": {"scope": "LABEL", "key": LABELS[rule]}}
    outside: list[Statement] = [
        {"not_statement": {"statement": _is_route(route)}} for route in excepted.routes
    ]
    return {"and_statement": {"statements": [labelled, *outside]}}


def _is_route(route: str) -> Statement:
    """API Gateway ignores one slash at the end of a path."""
    method, _, path = route.partition(" ")
    expression = "[^/]+".join(re.escape(literal) for literal in _PARAMETER.split(path.rstrip("/")))
    statements: list[Statement] = [
        {
            "byte_match_statement": {
                "search_string": method,
                "positional_constraint": "EXACTLY",
                "field_to_match": {"method": {}},
                "text_transformations": [{"priority": 0, "type": "NONE"}],
            }
        },
        {
            "regex_match_statement": {
                "regex_string": f"^{expression}/?$",
                "field_to_match": {"uri_path": {}},
                "text_transformations": [{"priority": 0, "type": "NONE"}],
            }
        },
    ]
    return {"and_statement": {"statements": statements}}
