"""Managed groups against AWS's published examples, and against ordinary calls."""

import pytest

from portcullis.gateway.waf.managed import GROUPS
from tests.portcullis.gateway.waf.written import COMMON, INPUTS, SQL, group_rule, managed

AGENT = (("User-Agent", "curl/8"),)


@pytest.mark.parametrize(
    ("group", "changes", "expected"),
    [
        (COMMON, {"headers": ()}, "NoUserAgent_HEADER"),
        (COMMON, {"headers": (("User-Agent", "sqlmap/1.7"),)}, "UserAgent_BadBots_HEADER"),
        (COMMON, {"target": "/?q=" + "x" * 2047}, "SizeRestrictions_QUERYSTRING"),
        (COMMON, {"body": b"x" * 8193}, "SizeRestrictions_BODY"),
        (COMMON, {"target": "/" + "x" * 1024}, "SizeRestrictions_URIPATH"),
        (COMMON, {"target": "/?u=http://169.254.169.254/"}, "EC2MetaDataSSRF_QUERYARGUMENTS"),
        (COMMON, {"target": "/a/%2e%2e/b"}, "GenericLFI_URIPATH"),
        (COMMON, {"target": "/?f=../../etc/passwd"}, "GenericLFI_QUERYARGUMENTS"),
        (COMMON, {"target": "/db.sql"}, "RestrictedExtensions_URIPATH"),
        (COMMON, {"body": b"see ftp://192.0.2.1/x"}, "GenericRFI_BODY"),
        (COMMON, {"body": b"<script>alert(1)</script>"}, "CrossSiteScripting_BODY"),
        (INPUTS, {"headers": (*AGENT, ("X", "${jndi:ldap://x}"))}, "Log4JRCE_HEADER"),
        (INPUTS, {"target": "/?x=${${lower:j}ndi:x}"}, "Log4JRCE_QUERYSTRING"),
        (INPUTS, {"method": "PROPFIND"}, "PROPFIND_METHOD"),
        (INPUTS, {"target": "/.git/config"}, "ExploitablePaths_URIPATH"),
        (SQL, {"target": "/?id=1%27%20or%20%271%27=%271"}, "SQLi_QUERYARGUMENTS"),
        (SQL, {"body": b"x' union all select 1"}, "SQLi_BODY"),
        ("AWSManagedRulesLinuxRuleSet", {"target": "/proc/version"}, "LFI_URIPATH"),
        (
            "AWSManagedRulesUnixRuleSet",
            {"target": "/?x=echo%20$HOME"},
            "UNIXShellCommandsVariables_QUERYARGUMENTS",
        ),
        (
            "AWSManagedRulesAdminProtectionRuleSet",
            {"target": "/sqlmanager"},
            "AdminProtection_URIPATH",
        ),
    ],
)
def test_a_managed_group_finds_aws_published_examples(
    web_acl, request_of, group, changes, expected
):
    acl = web_acl(group_rule("managed", 1, managed(group)))
    verdict = acl.evaluate(request_of(**{"headers": AGENT, **changes}))
    assert (verdict.allowed, verdict.rule) == (False, f"managed/{expected}")
    assert verdict.labels[-1].startswith("awswaf:managed:aws:")


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "/"},
        {"target": "/pets?type=dog&page=2"},
        {"target": "/pets/42"},
        {"target": "/.well-known/jwks.json"},
        {"method": "POST", "body": b'{"type": "O\'Brien\'s dog & cat", "price": 12.5}'},
    ],
)
def test_ordinary_calls_pass_every_managed_group(web_acl, request_of, changes):
    acl = web_acl(*(group_rule(g, n, managed(g)) for n, g in enumerate(GROUPS)))
    verdict = acl.evaluate(request_of(**{"headers": AGENT, **changes}))
    assert (verdict.allowed, verdict.rule) == (True, "Default_Action")


@pytest.mark.parametrize("group", list(GROUPS.values()), ids=list(GROUPS))
def test_a_rule_matches_something_or_says_why_not(group):
    assert all((rule.statement is None) is bool(rule.gap) for rule in group.rules)
    names = [rule.name for rule in group.rules]
    assert len(set(names)) == len(names)
