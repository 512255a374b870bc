"""Reads ``waivers.yaml``: accepted violations, each with an owner, a reason and an expiry date.

    waivers:
      - rule: apigateway-backend-uses-https
        resource: urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api
        reason: The sample backend has no certificate.
        owner: platform-team
        expires: 2027-03-31
        routes: [GET /health]

A waiver applies to one rule and one resource and is shown in every report. A violation of a route
in an OpenAPI body is waived only if ``routes`` lists the route, and one of a statement in a policy
document only if ``statements`` lists the statement's Sid: what is added later has no waiver. A
waiver that is malformed, misspelt, expired, too long or unused is itself a violation and has no
effect.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from policies.entries import EntryError, line, load, owner, require
from policies.projects import misspelt, suggestion

FIELDS = ("rule", "resource", "reason", "owner", "expires")
ROUTES, STATEMENTS = "routes", "statements"  # optional
# Without it nothing of the API is judged. Leaving an API out is a decision on the scope.
NEVER_WAIVED = frozenset({"apigateway-body-is-readable"})
# As the rules on routes begin their messages: "api: GET /health calls its backend …".
OF_ROUTE = re.compile(r"[^:]*: ((?:ANY|[A-Z]+) /?\S*?):?\s")
# As the rules on policy documents name a statement: "reader: policy.Statement[Read].Action …".
# A position instead of a Sid cannot be waived: another statement may take it.
OF_STATEMENT = re.compile(r"\.Statement(?:\[([^\]]*)\])?(?=[. ]|$)")
SID = re.compile(r"[^\]]*[^\]\d][^\]]*")
LONGEST = timedelta(days=366)  # a longer need calls for a change of the rule
URN_PARTS = 4


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """``expires`` is the last day on which the waiver applies, in UTC."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date
    routes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Project and stack of the resource."""
        stack, project, *_ = self.resource.removeprefix("urn:pulumi:").split("::")
        return project, stack

    def __str__(self) -> str:
        # portcullis/analyzer parses this line.
        return f"{self.rule} is waived until {self.expires} by {self.owner}: {self.reason}"


@dataclass
class Waivers:
    """The waivers of a file on one day. Records which ones were used, for the report.

    A waiver belongs to the stack and project in its resource's URN and is ignored in others.
    """

    valid: Mapping[tuple[str, str], Waiver] = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # of the file itself: reported in every stack
    expired: tuple[Waiver, ...] = ()
    projects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _used: set[tuple[str, str]] = field(default_factory=set)
    _used_parts: set[tuple[str, str, str]] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        path: Path,
        rules: Iterable[str],
        today: date | None = None,
        projects: Mapping[str, frozenset[str]] | None = None,
    ) -> "Waivers":
        """Read a file. A file with an error waives nothing; ``problems`` contains the errors.

        ``projects`` has the stacks of each project that a waiver may name.
        """
        if not path.exists():
            return cls()
        try:
            found = list(_parse(path.read_text(encoding="utf-8"), frozenset(rules)))
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            return cls(problems=(f"{path.name} cannot be read: {reason}",))
        problems = [entry for entry in found if isinstance(entry, str)]
        waivers = [entry for entry in found if isinstance(entry, Waiver)]
        now = today or datetime.now(tz=UTC).date()
        problems += [
            f"{path.name}: the waiver of {w.rule} for {w.resource} lasts longer than "
            f"{LONGEST.days} days from now."
            for w in waivers
            if w.expires - now > LONGEST
        ]
        if problems:
            return cls(problems=tuple(problems))
        return cls(
            valid={(w.rule, w.resource): w for w in waivers if w.expires >= now},
            expired=tuple(w for w in waivers if w.expires < now),
            projects=projects or {},
        )

    def waives(self, rule: str, urn: str, message: str = "") -> bool:
        """Whether a violation is waived; if it is, the waiver counts as used."""
        waiver = self.valid.get((rule, urn))
        part = _part(message)
        if waiver is None or (part is not None and part[1] not in getattr(waiver, part[0])):
            return False
        if part is not None:
            self._used_parts.add((rule, urn, part[1]))
        self._used.add((rule, urn))
        return True

    def forget(self) -> None:
        """Start the next judgement with no waiver used."""
        self._used.clear()
        self._used_parts.clear()

    def report(self, stack: str, project: str) -> "Report":
        """The waivers that were used in this stack, and the problems of all waivers."""
        used = self._used
        here = [w for w in self.valid.values() if w.place == (project, stack)]
        return Report(
            in_force=tuple(w for w in here if (w.rule, w.resource) in used),
            wrong=(
                *self.problems,
                *(
                    f"the waiver of {w.rule} expired on {w.expires} ({w.owner})."
                    for w in self.expired
                    if w.place == (project, stack)
                ),
                *self._misspelt((project, stack)),
            ),
            unused=(
                *(
                    f"the waiver of {w.rule} for {w.resource} is not used: the rule has no "
                    "violation for that resource."
                    for w in here
                    if (w.rule, w.resource) not in used
                ),
                *(
                    f"the waiver of {w.rule} for {w.resource} is not used for the "
                    f"{kind.removesuffix('s')} {part}."
                    for w in here
                    if (w.rule, w.resource) in used
                    for kind in (ROUTES, STATEMENTS)
                    for part in getattr(w, kind)
                    if (w.rule, w.resource, part) not in self._used_parts
                ),
            ),
        )

    def _misspelt(self, judged: tuple[str, str]) -> Iterator[str]:
        for waiver in (*self.valid.values(), *self.expired):
            if fault := misspelt(*waiver.place, self.projects, judged):
                yield f"the waiver of {waiver.rule} for {waiver.resource}: {fault}"


@dataclass(frozen=True, kw_only=True)
class Report:
    in_force: tuple[Waiver, ...]
    wrong: tuple[str, ...]
    unused: tuple[str, ...]


def _part(message: str) -> tuple[str, str] | None:
    """The route or the statement that a violation is about, with the key of a waiver for it."""
    first = message.partition("\n")[0]
    if route := OF_ROUTE.match(first):
        return ROUTES, route[1]
    if statement := OF_STATEMENT.search(first):
        return STATEMENTS, statement[1] or ""
    return None


def _parse(text: str, rules: frozenset[str]) -> Iterator[Waiver | str]:
    document = load(text) or {}
    listed = document.get("waivers") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or set(document) != {"waivers"}:
        yield "the file must hold one list under the key 'waivers'."
        return
    seen: set[tuple[str, str]] = set()
    for position, entry in enumerate(listed, start=1):
        try:
            waiver = _waiver(entry, rules)
            require((waiver.rule, waiver.resource) not in seen, "it repeats an earlier one")
        except EntryError as error:
            yield f"waiver {position}: {error}."
        else:
            seen.add((waiver.rule, waiver.resource))
            yield waiver


def _waiver(entry: Any, rules: frozenset[str]) -> Waiver:
    require(
        isinstance(entry, Mapping) and set(entry) - {ROUTES, STATEMENTS} == set(FIELDS),
        f"it must have exactly {', '.join(FIELDS)}, and may have {ROUTES} and {STATEMENTS}",
    )
    texts = {name: line(name, entry[name]) for name in FIELDS if name != "expires"}
    owner(texts["owner"])
    rule = texts["rule"]
    require(rule in rules, f"the rule {rule!r} does not exist{suggestion(rule, rules)}")
    require(
        texts["rule"] not in NEVER_WAIVED,
        f"{texts['rule']} cannot be waived; narrow the scope in configuration.yaml instead",
    )
    require(
        len(texts["resource"].split("::")) == URN_PARTS and "*" not in texts["resource"],
        "resource must be the whole URN of one resource",
    )
    return Waiver(
        **texts,
        expires=_date(entry["expires"]),
        routes=_routes(entry.get(ROUTES, [])),
        statements=_statements(entry.get(STATEMENTS, [])),
    )


def _routes(value: Any) -> tuple[str, ...]:
    require(
        isinstance(value, list) and all(OF_ROUTE.match(f": {one} ") for one in value),
        f"{ROUTES} must be a list such as [GET /health]",
    )
    return tuple(value)


def _statements(value: Any) -> tuple[str, ...]:
    require(
        isinstance(value, list)
        and all(isinstance(one, str) and SID.fullmatch(one) for one in value),
        f"{STATEMENTS} must be a list of Sids such as [WriteLogs], with a letter in each",
    )
    return tuple(value)


def _date(value: Any) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise EntryError("expires must be a date such as 2027-03-31")
