"""The causes of an answer, by gate and logged reason: the rows of causes.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from portcullis.explain.logged_call import LoggedCall

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNKNOWN_FACT = "unknown"
# As every place of a text must be filled; a fact that the logs do not hold is "unknown".
FACTS = (
    "address",
    "client",
    "detail",
    "granted",
    "reason",
    "required",
    "route",
    "rule",
    "scopes",
    "serial",
    "stack",
    "thumbprint",
)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a gate answers, and what to do; both with places such as {client}."""

    gate: str
    reason: re.Pattern[str]
    what: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One call with its cause, in words."""

    call: LoggedCall
    what: str
    fix: str


@cache
def causes() -> Mapping[str, tuple[Cause, ...]]:
    """Every cause, by gate, in the order in which they are tried."""
    text = Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8")
    written = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a subclass of the safe loader
    return {
        gate: tuple(
            Cause(gate=gate, reason=re.compile(row["reason"]), what=row["what"], fix=row["fix"])
            for row in rows
        )
        for gate, rows in written.items()
    }


def cause_of(gate: str, reason: str) -> Cause:
    """Raises KeyError for a gate that there is no cause for."""
    return next(cause for cause in causes()[gate] if cause.reason.search(reason))


def explained(call: LoggedCall, *, stack: str) -> Explanation:
    cause = cause_of(str(call.gate), call.reason)
    facts = dict.fromkeys(FACTS, UNKNOWN_FACT) | dict(call.facts)
    facts |= {"reason": call.reason or "no reason was logged", "stack": stack}
    facts["scopes"] = _scope_options(call.facts)
    facts["detail"] = call.facts.get("detail", "")
    if cause.gate == "web-acl":
        facts["rule"] = call.facts.get("rule") or call.reason
    return Explanation(
        call=call,
        what=cause.what.format_map(facts).strip(),
        fix=cause.fix.format_map(facts | {"client": call.facts.get("client", "CLIENT")}),
    )


def _scope_options(facts: Mapping[str, str]) -> str:
    """The options that give a client the missing scope besides those that it has."""
    if "required" not in facts:
        return "--scope SCOPE"
    scopes = [*facts.get("granted", "").split(), facts["required"]]
    return " ".join(f"--scope {scope}" for scope in scopes)
