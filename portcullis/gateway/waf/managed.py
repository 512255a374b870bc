"""AWS Managed Rules, approximated: names, order, labels and components are AWS's.

AWS does not publish the patterns; ours match the published example of each rule. A group that is
not in the table stops the start.

Source: AWS WAF Developer Guide, "AWS Managed Rules rule groups list".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ManagedRule:
    """One rule of a group. Without a statement it never matches, for the reason in ``gap``."""

    name: str
    label: str
    statement: Statement | None
    action: str = "block"
    gap: str = ""


@dataclass(frozen=True, kw_only=True)
class ManagedGroup:
    name: str
    namespace: str  # of its labels, after awswaf:managed:aws:
    rules: tuple[ManagedRule, ...]

    @property
    def label_prefix(self) -> str:
        return f"awswaf:managed:aws:{self.namespace}:"


QUERY: Statement = {"allQueryArguments": {}}
QUERY_STRING: Statement = {"queryString": {}}
PATH: Statement = {"uriPath": {}}
BODY = {"body": {"oversizeHandling": "CONTINUE"}}
COOKIES = {
    "cookies": {
        "matchPatterns": [{"all": {}}],
        "matchScope": "VALUE",
        "oversizeHandling": "CONTINUE",
    }
}
HEADERS = {
    "headers": [{"matchPattern": {"all": {}}, "matchScope": "ALL", "oversizeHandling": "CONTINUE"}]
}
PLACES = {
    "HEADER": HEADERS,
    "QUERYARGUMENTS": QUERY,
    "QUERYSTRING": QUERY_STRING,
    "URIPATH": PATH,
    "BODY": BODY,
    "COOKIE": COOKIES,
}
_LABELS = {
    "HEADER": "Header",
    "QUERYARGUMENTS": "QueryArguments",
    "QUERYSTRING": "QueryString",
    "URIPATH": "URIPath",
    "BODY": "Body",
    "COOKIE": "Cookie",
}


def _steps(*names: str) -> Sequence[Statement]:
    return [{"priority": number, "type": name} for number, name in enumerate(names)]


# Without its zero bytes a text in UTF-16 is ASCII; an escape may be escaped once more.
DECODED = _steps(
    "REMOVE_NULLS", "URL_DECODE_UNI", "HTML_ENTITY_DECODE", "URL_DECODE_UNI", "LOWERCASE"
)
# A lookup of Log4j is written in many ways.
DECODED_TWICE = _steps(
    *("REMOVE_NULLS", "URL_DECODE_UNI", "JS_DECODE", "HTML_ENTITY_DECODE"),
    *("URL_DECODE_UNI", "JS_DECODE", "LOWERCASE"),
)
PLAIN = _steps("NONE")


def _regex(place: str, expression: str, decoded: Sequence[Statement] = DECODED) -> Statement:
    return {
        "regexMatchStatement": {
            "regexString": expression,
            "fieldToMatch": PLACES[place],
            "textTransformations": decoded,
        }
    }


def _over(field: Statement, size_bytes: int) -> Statement:
    return {
        "sizeConstraintStatement": {
            "comparisonOperator": "GT",
            "size": size_bytes,
            "fieldToMatch": field,
            "textTransformations": PLAIN,
        }
    }


def _everywhere(
    rule: str, expression: str, *places: str, decoded: Sequence[Statement] = DECODED
) -> tuple[ManagedRule, ...]:
    return tuple(
        ManagedRule(
            name=f"{rule}_{place}",
            label=f"{rule}_{_LABELS[place]}",
            statement=_regex(place, expression, decoded),
        )
        for place in places
    )


def _detector(rule: str, kind: str, *places: str) -> tuple[ManagedRule, ...]:
    return tuple(
        ManagedRule(
            name=f"{rule}_{place}",
            label=f"{rule}_{_LABELS[place]}",
            statement={
                kind: {"fieldToMatch": PLACES[place], "textTransformations": DECODED}
                | ({"sensitivityLevel": "LOW"} if kind == "sqliMatchStatement" else {})
            },
        )
        for place in places
    )


def _never(name: str, gap: str, *, label: str = "", action: str = "block") -> ManagedRule:
    return ManagedRule(name=name, label=label or name, statement=None, action=action, gap=gap)


_METADATA = (
    r"169\.254\.169\.254|\[?fd00:ec2::254\]?|//(?:2852039166|0xa9fea9fe|0xa9\.0xfe\.|0251\.0376\.|"
    r"\[::ffff:a9fe:a9fe)"
)
_FILE_INCLUSION = (
    r"(?<![\w.])\.\.;?[/\\]|[/\\]\.\.;?(?:[/\\]|$)|\.\.(?:\xc0\xaf|\xc1\x9c)|file:///|(?:\\u002e){2}|"
    r"/etc/[./]{0,20}(?:passwd|shadow|group|sub[ug]id)\b|/proc/(?:self|version|cpuinfo|net|sys|\d+)/|"
    r"/\.(?:ssh|aws|docker|kube)/|[/\\]windows[/\\]+(?:win|system)\.ini\b|[/\\]boot\.ini\b|"
    r"\b(?:php|phar|expect|zip|compress\.zlib)://|\bdata://text/"
)
_REMOTE_FILE = r"(?:https?|ftps?|file)://\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_EXTENSIONS = r"\.(?:log|ini|bak|old|sql|conf|cfg|cnf|pem|key|env|htaccess|git)(?:[/?]|$)"
_JAVA = (
    r"java\.lang\.(?:runtime|processbuilder)|getruntime\(\)\.exec|class\.module\.classloader|"
    r"commons\.collections\.functors|rowset\.jdbcrowsetimpl|javax\.naming\.initialcontext|"
    r"\xac\xed\x00?\x05|\bro0ab[a-z]|"  # how a serialized object begins, also in base64
    r"_memberaccess\b|@ognl\."
)
_OPEN = r"(?:\$|&dollar;?)(?:\{|&l(?:brace|cub);?)"
_LOG4J = (
    rf"{_OPEN}\s*(?:jndi\s*(?::|{_OPEN})|base64:jhtqbmrp)|"  # base64 of ${jndi
    rf"{_OPEN}[^${{}}]{{0,60}}{_OPEN}[^{{}}]{{0,80}}:"
)
_SCANNERS = (
    r"\b(?:nessus|nmap|nikto|sqlmap|masscan|zgrab|nuclei|arachni|havij|acunetix|netsparker|openvas|"
    r"w3af|wpscan|dirbuster|gobuster|feroxbuster|ffuf|wfuzz|sqlninja|skipfish|whatweb|joomscan)\b"
)
_NO_LIST = "AWS does not publish the addresses"
_NO_EXTENSION = "AWS does not publish what it adds to SQLi"

GROUPS: Mapping[str, ManagedGroup] = {
    group.name: group
    for group in (
        ManagedGroup(
            name="AWSManagedRulesCommonRuleSet",
            namespace="core-rule-set",
            rules=(
                ManagedRule(
                    name="NoUserAgent_HEADER",
                    label="NoUserAgent_Header",
                    statement={
                        "notStatement": {
                            "statement": {
                                "sizeConstraintStatement": {
                                    "comparisonOperator": "GT",
                                    "size": 0,
                                    "fieldToMatch": {"singleHeader": {"name": "user-agent"}},
                                    "textTransformations": PLAIN,
                                }
                            }
                        }
                    },
                ),
                ManagedRule(
                    name="UserAgent_BadBots_HEADER",
                    label="BadBots_Header",
                    statement={
                        "regexMatchStatement": {
                            "regexString": _SCANNERS,
                            "fieldToMatch": {"singleHeader": {"name": "user-agent"}},
                            "textTransformations": DECODED,
                        }
                    },
                ),
                ManagedRule(
                    name="SizeRestrictions_QUERYSTRING",
                    label="SizeRestrictions_QueryString",
                    statement=_over(QUERY_STRING, 2048),
                ),
                ManagedRule(
                    name="SizeRestrictions_Cookie_HEADER",
                    label="SizeRestrictions_Cookie_Header",
                    statement=_over({"singleHeader": {"name": "cookie"}}, 10_240),
                ),
                ManagedRule(
                    name="SizeRestrictions_BODY",
                    label="SizeRestrictions_Body",
                    statement=_over(BODY, 8192),
                ),
                ManagedRule(
                    name="SizeRestrictions_URIPATH",
                    label="SizeRestrictions_URIPath",
                    statement=_over(PATH, 1024),
                ),
                *_everywhere(
                    "EC2MetaDataSSRF", _METADATA, "BODY", "COOKIE", "URIPATH", "QUERYARGUMENTS"
                ),
                *_everywhere("GenericLFI", _FILE_INCLUSION, "QUERYARGUMENTS", "URIPATH", "BODY"),
                *_everywhere("RestrictedExtensions", _EXTENSIONS, "URIPATH", "QUERYARGUMENTS"),
                *_everywhere("GenericRFI", _REMOTE_FILE, "QUERYARGUMENTS", "BODY", "URIPATH"),
                *_detector(
                    "CrossSiteScripting",
                    "xssMatchStatement",
                    "COOKIE",
                    "QUERYARGUMENTS",
                    "BODY",
                    "URIPATH",
                ),
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesKnownBadInputsRuleSet",
            namespace="known-bad-inputs",
            rules=(
                *_everywhere(
                    "JavaDeserializationRCE", _JAVA, "HEADER", "BODY", "URIPATH", "QUERYSTRING"
                ),
                _never(
                    "Host_localhost_HEADER",
                    "the custom domain of a laptop is localhost",
                    label="Host_Localhost_Header",
                ),
                ManagedRule(
                    name="PROPFIND_METHOD",
                    label="Propfind_Method",
                    statement={
                        "byteMatchStatement": {
                            "searchString": "PROPFIND",
                            "positionalConstraint": "EXACTLY",
                            "fieldToMatch": {"method": {}},
                            "textTransformations": PLAIN,
                        }
                    },
                ),
                *_everywhere(
                    "ExploitablePaths", r"/web-inf|/\.git/|/\.svn/|/\.aws/|/\.env\b", "URIPATH"
                ),
                *_everywhere(
                    "Log4JRCE",
                    _LOG4J,
                    "HEADER",
                    "QUERYSTRING",
                    "BODY",
                    "URIPATH",
                    decoded=DECODED_TWICE,
                ),
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesSQLiRuleSet",
            namespace="sql-database",
            rules=(
                *_detector("SQLi", "sqliMatchStatement", "QUERYARGUMENTS"),
                _never(
                    "SQLiExtendedPatterns_QUERYARGUMENTS",
                    _NO_EXTENSION,
                    label="SQLiExtendedPatterns_QueryArguments",
                ),
                *_detector("SQLi", "sqliMatchStatement", "BODY"),
                _never(
                    "SQLiExtendedPatterns_BODY", _NO_EXTENSION, label="SQLiExtendedPatterns_Body"
                ),
                *_detector("SQLi", "sqliMatchStatement", "COOKIE", "URIPATH"),
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesAmazonIpReputationList",
            namespace="amazon-ip-list",
            rules=(
                _never("AWSManagedIPReputationList", _NO_LIST),
                _never("AWSManagedReconnaissanceList", _NO_LIST),
                _never("AWSManagedIPDDoSList", _NO_LIST, action="count"),
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesAnonymousIpList",
            namespace="anonymous-ip-list",
            rules=(
                _never("AnonymousIPList", _NO_LIST),
                _never("HostingProviderIPList", _NO_LIST),
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesAdminProtectionRuleSet",
            namespace="admin-protection",
            rules=_everywhere(
                "AdminProtection",
                r"/(?:sqlmanager|phpmyadmin|adminer|wp-admin|administrator|manager/html)\b",
                "URIPATH",
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesLinuxRuleSet",
            namespace="linux-os",
            rules=_everywhere(
                "LFI",
                r"/(?:proc/(?:version|self|cpuinfo)|etc/(?:passwd|shadow|group|hosts))\b",
                "URIPATH",
                "QUERYSTRING",
                "HEADER",
            ),
        ),
        ManagedGroup(
            name="AWSManagedRulesUnixRuleSet",
            namespace="posix-os",
            rules=_everywhere(
                "UNIXShellCommandsVariables",
                r"\$(?:home|path|shell|ifs|user)\b|\$\((?:id|whoami|uname|cat)\b|"
                r"(?:[;|`]|&&)\s*(?:cat|id|whoami|uname|wget|curl|nc|bash|sh)\b",
                "QUERYARGUMENTS",
                "BODY",
            ),
        ),
    )
}
