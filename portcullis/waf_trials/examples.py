"""Writes trials for a stack's web ACL: a hit for each rule that can be evaluated here, and misses.

The attacks are the examples that AWS publishes for its managed rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import yaml

from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.web_acl import WebAcl
from portcullis.managed_rules import BODY_SIZE
from portcullis.waf_trials.trial_file import ALLOW, OVER_RATE_LIMIT

STRANGER = "198.51.100.7"  # TEST-NET-2: in nobody's allow-list
_ATTACKS = {
    "CrossSiteScripting": "<script>alert(1)</script>",
    "EC2MetaDataSSRF": "http://169.254.169.254/latest/meta-data",
    "ExploitablePaths": "web-inf/web.xml",
    "GenericLFI": "../../etc/passwd",
    "GenericRFI": "http://192.0.2.1/x.php",
    "JavaDeserializationRCE": "(java.lang.Runtime).getRuntime().exec",
    "Log4JRCE": "${jndi:ldap://example.com/a}",
    "RestrictedExtensions": "backup.ini",
    "SQLi": "1' OR '1'='1",
}
_LONG = {"QUERYSTRING": 2100, "URIPATH": 1100, "BODY": 9000, "HEADER": 10_300}
_SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "NoUserAgent_HEADER": {"headers": {"User-Agent": ""}},
    "UserAgent_BadBots_HEADER": {"headers": {"User-Agent": "nessus"}},
    "PROPFIND_METHOD": {"method": "PROPFIND"},
}
HEAD = """\
# A hit for each rule of the web ACL that can be evaluated on a laptop, and an ordinary call.
# Add calls that your partners make and that must pass. Run: portcullis waf test FILE --complete
"""


def examples(web_acl: WebAcl, large_bodies: Iterable[str]) -> str:
    """YAML for `portcullis waf test`. ``large_bodies`` are routes excepted from the 8 KB limit."""
    trials = [
        {"name": "an ordinary call", "expect": ALLOW},
        *_hits(web_acl),
        *_exceptions(large_bodies),
    ]
    return HEAD + yaml.safe_dump({"trials": trials}, sort_keys=False, width=120)


def _hits(web_acl: WebAcl) -> Iterator[dict[str, Any]]:
    for rule in web_acl.blocking_rules:
        group, _, name = rule.rpartition("/")
        if rule == "not-in-allow-list":
            yield _trial("an address outside the allow-list", {"from": STRANGER}, rule)
        elif rule == "rate-limit":
            yield _trial("more calls than the rate limit", {"repeat": OVER_RATE_LIMIT}, rule)
        elif group in GROUPS and name not in _without_statement(group):
            elsewhere = f"{name}-elsewhere"  # blocks where the rule has exceptions
            is_excepted = elsewhere in web_acl.blocking_rules
            request = _attack(name, "/elsewhere" if is_excepted else "/")
            if request is not None:
                yield _trial(name, request, elsewhere if is_excepted else rule)


def _trial(name: str, request: Mapping[str, Any], rule: str) -> dict[str, Any]:
    return {"name": name, **request, "expect": rule}


def _without_statement(group: str) -> set[str]:
    return {rule.name for rule in GROUPS[group].rules if rule.statement is None}


def _attack(name: str, path: str) -> dict[str, Any] | None:
    """The request that a managed rule must find; None for a rule without an example."""
    if name in _SPECIAL:
        return {"path": path, **_SPECIAL[name]}
    stem, _, place = name.rpartition("_")
    if stem == "SizeRestrictions_Cookie":
        return {"path": path, "headers": {"Cookie": "a=" + "x" * _LONG["HEADER"]}}
    text = "x" * _LONG.get(place, 0) if stem == "SizeRestrictions" else _ATTACKS.get(stem, "")
    made: dict[str, dict[str, Any]] = {
        "BODY": {"method": "POST", "path": path, "body": text},
        "COOKIE": {"path": path, "headers": {"Cookie": f"a={text}"}},
        "HEADER": {"path": path, "headers": {"X-Note": text}},
        "QUERYARGUMENTS": {"path": f"{path}?q={quote(text, safe='')}"},
        "QUERYSTRING": {"path": f"{path}?q={quote(text, safe='')}"},
        "URIPATH": {"path": f"{path.rstrip('/')}/{quote(text, safe='/:')}"},
    }
    return made.get(place) if text else None


def _exceptions(routes: Iterable[str]) -> Iterator[dict[str, Any]]:
    for route in routes:
        method, _, path = route.partition(" ")
        yield {
            "name": f"a large body for {route}",
            "method": method,
            "path": path.replace("{", "").replace("}", ""),
            "body": "x" * _LONG["BODY"],
            "expect": ALLOW,
            "counts": [BODY_SIZE],
        }
