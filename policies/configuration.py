"""Reads ``configuration.yaml``: what a stack trusts outside itself, and which APIs are judged.

    trusted:
      webAcls:
        - name: arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1
          reason: The security team manages one web ACL for all APIs.
          owner: security-team
          from: {stack: organization/network/prod, output: webAcl}
    scope:
      widen:
        - reason: Every API of these stacks is a partner API.
          owner: platform-team
      narrow:
        - api: status
          reason: The status page is public.
          owner: platform-team

``from`` says where the program reads the end (:mod:`policies.reads`), for a preview that does not
know its value. ``project`` and ``stack`` limit an entry to one project or stack; a misspelt one is
a violation. A file with a malformed entry trusts nothing, leaves the default scope, and is itself a
violation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from policies.entries import EntryError, line, load, mapping, owner, require
from policies.projects import misspelt
from policies.reads import FROM, places

TRUSTED, SCOPE = "trusted", "scope"
WIDEN, NARROW = "widen", "narrow"
# What an entry names, as the program writes it.
KINDS: Mapping[str, str] = {
    "webAcls": "ARN of a web ACL",
    "ruleGroups": "ARN of a rule group of AWS WAF",
    "ipSets": "ARN of an IP set",
    "domains": "name of a custom domain that requires a client certificate",
    "restApis": "id of a REST API",
    "buckets": "name of a bucket that contains a truststore, or whose events invoke a function",
    "keys": "id or ARN of a KMS key",
    "principals": "ARN or account that may sign, invoke or receive logs; ARN of a policy",
    "functions": "ARN of the Lambda function of an authorizer",
    "layers": "ARN of a layer version of an authorizer's function",
    "packages": "package of a Pulumi provider, such as datadog",
}
NOT_COMPARED = "(read by the program; compared when its value is known)"
LIMITS = ("project", "stack")
TARGETS = ("api", "tag")


@dataclass(frozen=True, kw_only=True)
class ConfigurationEntry:
    """One entry. ``kind`` is one of :data:`KINDS`, ``widen`` or ``narrow``."""

    kind: str
    name: str  # of the trusted end; "api NAME" or "tag KEY=VALUE" of a narrowed scope
    reason: str
    owner: str
    project: str = ""
    stack: str = ""
    places: frozenset[str] = frozenset()  # where the program reads it

    def __str__(self) -> str:
        # portcullis/analyzer parses this line.
        return f"{self.kind} '{self.name}' by {self.owner}: {self.reason}"

    def belongs(self, project: str, stack: str) -> bool:
        return self.project in {"", project} and self.stack in {"", stack}


@dataclass
class Configuration:
    """The entries of the file. Records which ones were used, and for which resource."""

    entries: tuple[ConfigurationEntry, ...] = ()
    problems: tuple[str, ...] = ()
    projects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Whether the value was known and compared, in the order of use.
    _used: dict[tuple[ConfigurationEntry, str], bool] = field(default_factory=dict)

    @classmethod
    def read(
        cls, path: Path, projects: Mapping[str, frozenset[str]] | None = None
    ) -> "Configuration":
        """Read a file. A file with an error has no entries; ``problems`` contains the errors.

        ``projects`` has the stacks of each project that an entry may name.
        """
        if not path.exists():
            return cls()
        try:
            found = list(_parse(load(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            return cls(problems=(f"{path.name} cannot be read: {reason}",))
        problems = tuple(f"{path.name}: {one}." for one in found if isinstance(one, str))
        if problems:
            return cls(problems=problems)
        entries = tuple(one for one in found if isinstance(one, ConfigurationEntry))
        return cls(entries=entries, projects=projects or {})

    def of(self, kind: str, project: str, stack: str) -> list[ConfigurationEntry]:
        """The entries of a kind that apply to a stack."""
        return [e for e in self.entries if e.kind == kind and e.belongs(project, stack)]

    def places(self, project: str, stack: str) -> frozenset[str]:
        """Every place that an entry of a stack names."""
        listed = (e.places for e in self.entries if e.belongs(project, stack))
        return frozenset().union(*listed)

    def use(self, entry: ConfigurationEntry, urn: str, *, compared: bool = True) -> None:
        """Record that an entry decided about a resource.

        ``compared`` is False if the value is not known yet, so that nothing was compared.
        """
        self._used[entry, urn] = self._used.get((entry, urn), False) or compared

    def in_use(self) -> list[tuple[str, str]]:
        """The entries that were used, as the reports show them, each with the URN of a resource."""
        shown = (
            (urn, f"{entry}" if compared else f"{entry} {NOT_COMPARED}")
            for (entry, urn), compared in self._used.items()
        )
        return [(line, urn) for urn, line in sorted(shown)]

    def unused(self, project: str, stack: str) -> list[ConfigurationEntry]:
        """The entries that apply to a stack and were not used in it."""
        used = {entry for entry, _ in self._used}
        return [e for e in self.entries if e.belongs(project, stack) and e not in used]

    def misspelt(self, project: str, stack: str) -> Iterator[str]:
        """The entries of any stack whose project or stack does not exist, and what was meant."""
        for entry in self.entries:
            if fault := misspelt(entry.project, entry.stack, self.projects, (project, stack)):
                yield f"the entry {entry.kind} {entry.name}: {fault}"

    def forget(self) -> None:
        """Start the next judgement with no entry used."""
        self._used.clear()


def _parse(document: Any) -> Iterator[ConfigurationEntry | str]:
    if document is None:
        return
    if not isinstance(document, Mapping) or not set(document) <= {TRUSTED, SCOPE}:
        yield f"the keys of the file must be {TRUSTED} and {SCOPE}"
        return
    yield from _parse_lists(TRUSTED, document.get(TRUSTED), tuple(KINDS))
    yield from _parse_lists(SCOPE, document.get(SCOPE), (WIDEN, NARROW))


def _parse_lists(
    section: str, lists: Any, kinds: tuple[str, ...]
) -> Iterator[ConfigurationEntry | str]:
    if lists is None:
        return
    if not isinstance(lists, Mapping):
        yield f"{section} must be a mapping with the keys {', '.join(kinds)}"
        return
    seen: set[ConfigurationEntry] = set()
    for kind, listed in lists.items():
        if kind not in kinds:
            yield f"{section} has no {kind!r}; it may have {', '.join(kinds)}"
            continue
        if not isinstance(listed, list):
            yield f"{section}.{kind} must be a list of entries"
            continue
        for position, entry in enumerate(listed, start=1):
            try:
                parsed = _entry(kind, entry)
                require(parsed not in seen, "it repeats an earlier one")
            except EntryError as error:
                yield f"entry {position} of {section}.{kind}: {error}"
            else:
                seen.add(parsed)
                yield parsed


def _entry(kind: str, entry: Any) -> ConfigurationEntry:
    named = ("name",) if kind in KINDS else ()
    targets = TARGETS if kind == NARROW else ()
    read = (FROM,) if kind in KINDS else ()
    fields = mapping(
        entry, required=(*named, "reason", "owner"), optional=(*targets, *read, *LIMITS)
    )
    return ConfigurationEntry(
        kind=kind,
        name=_name(kind, fields),
        reason=line("reason", fields["reason"]),
        owner=owner(fields["owner"]),
        places=places(fields[FROM]) if FROM in fields else frozenset(),
        **{limit: line(limit, fields[limit]) for limit in LIMITS if limit in fields},
    )


def _name(kind: str, fields: Mapping[str, Any]) -> str:
    if kind == WIDEN:
        return "every API"
    if kind == NARROW:
        given = [target for target in TARGETS if target in fields]
        require(len(given) == 1, f"it must have one of {' and '.join(TARGETS)}")
        value = line(given[0], fields[given[0]])
        require(given[0] == "api" or "=" in value, "tag must be KEY=VALUE")
        require("'" not in value, f"{given[0]} must not contain a quotation mark")
        return f"{given[0]} {value}"
    name = line("name", fields["name"])
    require("'" not in name, "name must not contain a quotation mark")
    require("*" not in name, f"name must be the whole {KINDS[kind]}, without a wildcard")
    return name
