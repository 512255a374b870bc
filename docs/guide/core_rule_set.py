"""Measures the approximated managed rule groups with the OWASP Core Rule Set's own tests.

    git clone --depth 1 https://github.com/coreruleset/coreruleset ../coreruleset
    .venv/bin/python docs/guide/core_rule_set.py ../coreruleset

It writes the table of web-acl.md beside it. No test of the Core Rule Set is copied. A request that
a rule of theirs must find is an attack; one that a rule must not find is harmless to that rule, and
a false alarm where ours of the same kind finds it. Most of the harmless ones resemble an attack, so
sentences of AWS's own API documentation, which botocore holds, are counted beside them.
"""

import base64
import datetime
import gzip
import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import botocore
import yaml

from portcullis.gateway.exchange import Request
from portcullis.gateway.waf.libinjection import injection_matches
from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.web_acl import WEB_ACL, WebAcl, web_acls
from portcullis.graph.resource import Graph, Resource
from portcullis.waf_trials.requests import request

PAGE: Final = Path(__file__).with_name("web-acl.md")
BEGIN: Final = "<!-- core rule set: begin -->\n"
END: Final = "<!-- core rule set: end -->"
TESTS: Final = "tests/regression/tests"
_ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/measured/1"
_PARANOIA = re.compile(r"\bid:(\d+),|tag:'paranoia-level/(\d)'")
SENTENCES: Final = 25_000
NOT_IN_USE: Final = "AWSManagedRulesUnixRuleSet"  # blocks sentences with a pipe and a command
_DOCUMENTATION = re.compile(rb'"documentation":("(?:[^"\\]|\\.)*")')
_SENTENCE_CHARACTERS = range(6, 160)
_VERSION = re.compile(r"OWASP CRS ver\.(\S+)")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A family of the Core Rule Set, and the rules of an AWS group that are for the same attack."""

    attack: str
    family: str
    group: str
    rules: tuple[str, ...]  # how their names begin
    only: str = r"\d+"  # an expression for the ids of the family's rules


COMPARED: Final = (
    Compared(
        attack="scanners",
        family="REQUEST-913-SCANNER-DETECTION",
        group="AWSManagedRulesCommonRuleSet",
        rules=("UserAgent_BadBots",),
    ),
    Compared(
        attack="local files",
        family="REQUEST-930-APPLICATION-ATTACK-LFI",
        group="AWSManagedRulesCommonRuleSet",
        rules=("GenericLFI", "RestrictedExtensions"),
    ),
    Compared(
        attack="remote files",
        family="REQUEST-931-APPLICATION-ATTACK-RFI",
        group="AWSManagedRulesCommonRuleSet",
        rules=("GenericRFI", "EC2MetaDataSSRF"),
    ),
    Compared(
        attack="cross-site scripting",
        family="REQUEST-941-APPLICATION-ATTACK-XSS",
        group="AWSManagedRulesCommonRuleSet",
        rules=("CrossSiteScripting",),
    ),
    Compared(
        attack="SQL injection",
        family="REQUEST-942-APPLICATION-ATTACK-SQLI",
        group="AWSManagedRulesSQLiRuleSet",
        rules=("SQLi",),
    ),
    Compared(
        attack="lookups of Log4j",
        family="REQUEST-944-APPLICATION-ATTACK-JAVA",
        group="AWSManagedRulesKnownBadInputsRuleSet",
        rules=("Log4JRCE",),
        only="94415.",
    ),
    Compared(
        attack="Java classes and serialized objects",
        family="REQUEST-944-APPLICATION-ATTACK-JAVA",
        group="AWSManagedRulesKnownBadInputsRuleSet",
        rules=("JavaDeserializationRCE",),
        only="944(?!15).*",
    ),
    Compared(
        attack="commands of a shell",
        family="REQUEST-932-APPLICATION-ATTACK-RCE",
        group="AWSManagedRulesUnixRuleSet",
        rules=("UNIXShellCommandsVariables",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class RegressionTest:
    """One request of the Core Rule Set's tests; ``is_attack`` to the rule that it is for."""

    sent: Request
    rule: int
    is_attack: bool
    level: int  # of paranoia: at 1 the rule set has few false alarms


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many requests matched, of how many."""

    matched: int
    of: int

    def __str__(self) -> str:
        return f"{self.matched} of {self.of} ({self.matched / self.of:.0%})" if self.of else "-"


def measure(checkout: Path, compared: Compared) -> dict[str, Rate]:
    """Detection of attacks at level 1 and at any, and false alarms."""
    levels = paranoia_levels(checkout)
    web_acl = counting(compared.group)
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for test in regression_tests(checkout / TESTS / compared.family, levels):
        if not re.fullmatch(compared.only, str(test.rule)):
            continue
        columns = ["harmless"]
        if test.is_attack:
            columns = ["every level", *(["level 1"] if test.level == 1 else [])]
        matched = web_acl.evaluate(test.sent).counted
        is_found = any(_rule(name).startswith(compared.rules) for name in matched)
        for column in columns:
            tried[column] += 1
            found[column] += is_found
    return {
        column: Rate(matched=found[column], of=tried[column])
        for column in ("level 1", "every level", "harmless")
    }


def counting(group: str) -> WebAcl:
    """A web ACL with one managed group whose rules only count: each that matches is named."""
    statement = {
        "managedRuleGroupStatement": {
            "vendorName": "AWS",
            "name": group,
            "ruleActionOverrides": [
                {"name": rule.name, "actionToUse": {"count": {}}} for rule in GROUPS[group].rules
            ],
        }
    }
    rule = {
        "name": group,
        "priority": 0,
        "overrideAction": {"none": {}},
        "statement": statement,
    }
    inputs = {
        "arn": _ARN,
        "name": "measured",
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": [rule],
    }
    resource = Resource(urn="measured", type=WEB_ACL, name="measured", inputs=inputs)
    return web_acls(Graph(project="p", stack="s", resources=(resource,)))[_ARN]


def regression_tests(folder: Path, levels: Mapping[int, int]) -> Iterator[RegressionTest]:
    for file in sorted(folder.glob("*.y*ml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        rule = int(document["rule_id"])
        for test in document["tests"]:
            for stage in test["stages"]:
                log = stage.get("output", {}).get("log", {})
                expected = set(log.get("expect_ids", ()))
                refused = set(log.get("no_expect_ids", ()))
                if rule in expected | refused:
                    yield RegressionTest(
                        sent=_request(stage["input"]),
                        rule=rule,
                        is_attack=rule in expected,
                        level=levels.get(rule, 0),
                    )


def paranoia_levels(checkout: Path) -> dict[int, int]:
    """The level of each rule; a chained rule has no id of its own."""
    levels: dict[int, int] = {}
    for file in sorted((checkout / "rules").glob("*.conf")):
        rule = 0
        for match in _PARANOIA.finditer(file.read_text(encoding="utf-8")):
            if match[1]:
                rule = int(match[1])
            else:
                levels.setdefault(rule, int(match[2]))
    return levels


def _request(written: Mapping[str, Any]) -> Request:
    if "encoded_request" in written:
        raw = base64.b64decode(written["encoded_request"])
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, *_ = (*first.split(" "), "", "")
        headers = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)]
    else:
        method = str(written.get("method", "GET"))
        target = str(written.get("uri", "/")).encode().decode("latin-1")
        headers = [(str(n), str(v)) for n, v in (written.get("headers") or {}).items()]
        data = written.get("data") or ""
        body = (urlencode(data) if isinstance(data, Mapping) else str(data)).encode()
    return request(source_ip="192.0.2.1", method=method, target=target, headers=headers, body=body)


def _rule(counted: str) -> str:
    return counted.rpartition("/")[2]


def sentences(folder: Path, count: int = SENTENCES) -> list[str]:
    """Sentences of the documentation of AWS's APIs, evenly from all of them in order."""
    found: set[str] = set()
    for file in sorted(folder.glob("data/*/*/service-2.json.gz")):
        for match in _DOCUMENTATION.finditer(gzip.decompress(file.read_bytes())):
            text = html.unescape(re.sub(r"<[^>]+>", "", json.loads(match[1])))
            parts = (part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text))
            found.update(part for part in parts if len(part) in _SENTENCE_CHARACTERS)
    every = max(1, len(found) // count)
    return sorted(found)[::every][:count]


def blocked_sentences(texts: Sequence[str]) -> Counter[str]:
    """By rule: the sentences that a managed group finds in the value of a JSON body."""
    in_use = [counting(group) for group in GROUPS if group != NOT_IN_USE]
    found: Counter[str] = Counter()
    for text in texts:
        body = json.dumps({"note": text}, ensure_ascii=False).encode("utf-8", "replace")
        headers = [("User-Agent", "x")]
        sent = request(source_ip="192.0.2.1", method="POST", target="/", headers=headers, body=body)
        for web_acl in in_use:
            found.update(map(_rule, web_acl.evaluate(sent).counted[:1]))
    return found


def table(checkout: Path, compared: Sequence[Compared] = COMPARED) -> str:
    rows = [
        "| attack | AWS group | found at paranoia level 1 | found at every level | false alarms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in compared:
        rates = measure(checkout, one)
        group = one.group.removeprefix("AWSManagedRules")
        rows.append(f"| {one.attack} | {group} | {' | '.join(map(str, rates.values()))} |")
    return "\n".join(rows) + "\n"


def version(checkout: Path) -> str:
    """The version in the checkout's own set-up file."""
    text = (checkout / "crs-setup.conf.example").read_text(encoding="utf-8")
    match = _VERSION.search(text)
    if match is None:
        raise SystemExit(f"{checkout} names no version in crs-setup.conf.example.")
    return match[1]


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / TESTS).is_dir():  # noqa: PLR2004
        raise SystemExit(f"usage: {Path(__file__).name} FOLDER, a clone of coreruleset/coreruleset")
    checkout = Path(sys.argv[1])
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no {BEGIN.strip()} with {END} after it: put them back.")
    measured = (
        f"_OWASP Core Rule Set {version(checkout)}, measured on "
        f"{datetime.datetime.now(datetime.UTC).date()} with {injection_matches()}._\n\n"
    )
    texts = sentences(Path(botocore.__file__).parent)
    blocked = blocked_sentences(texts)
    by_rule = ", ".join(f"{count} by {rule}" for rule, count in blocked.most_common())
    ordinary = (
        f"\nOf {len(texts):,} sentences of AWS's API documentation (botocore "
        f"{botocore.__version__}), each the value of a JSON body, {blocked.total()} would be "
        f"blocked{f': {by_rule}' if by_rule else ''}.\n"
    )
    PAGE.write_text(
        f"{before}{begin}{measured}{table(checkout)}{ordinary}{end}{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
