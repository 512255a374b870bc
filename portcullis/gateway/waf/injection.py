"""Patterns for SQL injection and cross-site scripting: an approximation of AWS WAF's detectors.

AWS WAF does not publish its detectors. These expressions match common attacks; AWS is likely to
match the same texts, and others too. A JSON text is inspected key by key and value by value, so
that its own quotes do not look like quotes that close a string.
"""

from collections.abc import Iterable
from functools import lru_cache

from portcullis.gateway.waf.inspection import json_elements, parse_json
from portcullis.gateway.waf.patterns import REMEMBERED_BYTES, REMEMBERED_TEXTS, Pattern

Expressions = tuple[tuple[tuple[str, ...], str], ...]  # words of a text, and an expression

_GAP = r"(?:[\s+()]|/\*.{0,60}?\*/|\*/|/\*!?\d{0,6})"  # white space, or what replaces it
_COMMENT_END = r"[\s;)]*(?:--|#|/\*)[\s+\-]*\w{0,8}\s*(?:$|[&\r\n])"

# Each expression is searched for only in a text that has one of the words before it: most texts
# have none, and looking for a word is much faster. Texts are in lower case.
_QUOTES = ("'", '"', "`")
_SQL_LOW: Expressions = (
    (("union",), rf"(?:\b|\d)union{_GAP}{{1,6}}(?:all|distinct)\b{_GAP}{{1,6}}select\b"),
    (
        ("union",),
        rf"(?:\b|\d)union{_GAP}{{1,6}}select{_GAP}{{1,6}}"
        r"(?:null\b|\d|@@|\*|['\"]|\w{1,60}\(|[^,;.]{1,60},|[\w.]{1,60}\s+from\b)",
    ),
    # A closed quote, then a comparison that is true.
    (
        _QUOTES,
        r"['\"`]\s*\)*\s*(?:\bor\b|\band\b|\bxor\b|\|\||&&)\s*\(*\s*(?:not\s+)?['\"`]?[\w@.]*"
        r"['\"`]?\s*(?:[=<>!]|--|#|/\*|\(\s*select\b|like\s*['\"]|is\s+(?:not\s+)?null\b|in\s*\(|"
        r"between\s+\S{1,20}\s+and\b|regexp\s*['\"])",
    ),
    (
        _QUOTES,
        r"['\"`]\s*\)*\s*(?:or|and|xor|\|\||&&)\s*\(*\s*(?:\d{1,10}|true|false)\s*(?:$|[&;])",
    ),
    (("||", "&&"), r"['\"]\s*\)*\s*(?:\|\||&&)\s*['\"]?\w{1,30}['\"]?\s*(?:=|\()"),
    # A number at the start, then a comparison; one of two equal signs also without the number.
    (
        ("or", "and", "rlike"),
        r"(?:^|[=(,&])\s*-?\d{1,20}['\")]*\s+(?:or|and|xor|rlike)\s+\(*\s*"
        r"(?:\d{1,20}\s*[=<>!]|\w{1,30}\s*=\s*\w{1,30}\s*$|(?:true|false)\s*(?:--|#|/\*|$)|"
        r"\w{1,30}\s*\(|select\b)",
    ),
    (("=",), r"\b(?:or|and)\b\s+\(*\d{1,20}\s*=\s*\d{1,20}"),
    (
        ("=",),
        rf"\b(?:or|and)\b[\s(]+['\"]?\w{{1,30}}['\"]?\s*=\s*['\"]?\w{{1,30}}['\"]?{_COMMENT_END}",
    ),
    (("--", "#", "/*"), rf"(?:^|[\w%)\s])['\"`]\s*\)*{_COMMENT_END}"),
    (("--",), r"^\s*-?\d{1,10}\s*--\s*\d?\s*$"),
    (
        ("order", "group"),
        r"(?:['\")]|\b\d)\s*(?:order|group)\s+by\s+\d{1,3}\s*(?:--|#|/\*|$|&)",
    ),
    (("having",), r"['\"\d)]\s*\)*\s*having\s+\d{1,5}\s*=\s*\d"),
    # A second statement.
    (
        (";",),
        r";\s*(?:drop|truncate|alter|create)\s+(?:table|database|schema|view|index|user|login|"
        r"role|procedure|function|trigger)\b",
    ),
    (
        (";",),
        r";\s*(?:insert\s+into|delete\s+from|merge\s+into|declare\s+@|"
        r"update\s+[\w.\"`\[\]]{1,60}\s+set|"
        r"grant\s+(?:all|select|insert|update|delete|execute|dba))\b",
    ),
    ((";",), r";\s*select\s+(?:\*|@@|\w{1,40}\()"),
    ((";",), r";\s*shutdown\s*(?:$|;|--|with\b)"),
    (("exec",), r"\bexec(?:ute)?\s+(?:@|sp_|xp_|master\b|immediate\b)|\bexec(?:ute)?\("),
    # Functions, tables and commands of databases.
    (
        ("sleep",),
        r"\b(?:pg_)?sleep\s*\(\s*"
        r"(?:[\d.]{1,12}\s*[)*+/%-]|0x|[@('\"]|select\b|if\b|case\b|/\*)",
    ),
    (("benchmark",), r"\bbenchmark\s*\(\s*[\d(@][^,)]{0,20},"),
    (
        ("load_file", "extractvalue", "updatexml", "dbms_", "utl_"),
        r"\b(?:load_file|extractvalue|updatexml|dbms_\w{1,40}|utl_(?:http|inaddr)\w{0,40})\s*[.(]",
    ),
    (("xp_cmdshell", "sp_executesql"), r"\b(?:xp_cmdshell|sp_executesql)\b"),
    (("waitfor",), r"\bwaitfor\s+(?:delay|time)\s*['\"(@]"),
    (("outfile", "dumpfile"), r"\binto\s+(?:out|dump)file\b"),
    (("information_schema", "pg_catalog"), r"\b(?:information_schema|pg_catalog)\s*\.\s*\w"),
    (
        ("sysobjects", "sys.", "information_schema", "pg_catalog", "sqlite_master"),
        r"\bfrom\s+(?:sysobjects|sys\.\w|information_schema|pg_catalog|sqlite_master)\b",
    ),
    (
        ("drop", "truncate", "alter"),
        r"\b(?:drop|truncate|alter)\s+(?:table|database|schema|user)\s+"
        r"(?:if\s+exists\b|[\w`\"\[\].]{1,80}\s*(?:;\s*(?:$|--)|--|#|cascade\b|add\s|modify\s))",
    ),
    (("select",), r"\(\s*select\s+[^()]{1,80}\s+from\s+[\w`\"\[(]"),
)
_SQL_HIGH: Expressions = (
    (("select",), r"\bselect\b.{1,200}?\bfrom\b\s*[\w`\"\[(]"),
    (
        ("insert", "delete", "update"),
        r"\b(?:insert\s+into|delete\s+from|update\s+\w{1,60}\s+set)\b",
    ),
    (("having", "group", "order"), r"\b(?:having|group\s+by|order\s+by)\b\s+[\d'\"(]"),
    (
        ("drop", "truncate", "alter"),
        r"\b(?:drop|truncate|alter)\s+(?:table|database|schema|user)\s+[\w`\"\[]",
    ),
    ((";",), r"['\"`]\s*;"),
    (("--", "#"), r"(?:--|#)\s*$"),
)
# Event handlers of HTML and SVG; other words that begin with "on" are no attributes.
_EVENTS = (
    r"(?:abort|activate|after\w{3,12}|animation\w{3,9}|auxclick|before\w{3,14}|begin|blur|bounce|"
    r"cancel|canplay\w{0,7}|change|click|close|contextmenu|copy|cuechange|cut|dblclick|"
    r"drag\w{0,5}|drop|durationchange|emptied|ended|end|error|finish|focus\w{0,3})",
    r"(?:formdata|fullscreenchange|gotpointercapture|hashchange|input|invalid|key(?:down|press|up)|"
    r"load\w{0,10}|lostpointercapture|message\w{0,5}|mouse\w{2,6}|offline|page(?:hide|show)|paste|"
    r"pause|play\w{0,3}|pointer\w{2,12}|popstate|progress|propertychange|ratechange)",
    r"(?:readystatechange|repeat|reset|resize|scroll\w{0,10}|search|securitypolicyviolation|"
    r"seeked|seeking|select\w{0,15}|show|slotchange|stalled|start|storage|submit|suspend|"
    r"timeupdate|toggle|touch\w{3,6}|transition\w{3,6}|unhandledrejection|unload|volumechange|"
    r"waiting|webkit\w{3,24}|wheel)",
)
_ATTRIBUTE = r"(?:^|[\s\"'`/<>\x00])"
_SCRIPT = r"(?:j[\s\x00]*a[\s\x00]*v[\s\x00]*a|v[\s\x00]*b|live)[\s\x00]*script[\s\x00]*:"
_CROSS_SITE: Expressions = (
    (
        ("<",),
        r"<[\x00/]*(?:script|iframe|object|embed|applet|meta|link|base|form|svg|math|style|"
        r"frameset|frame|img|image|video|audio|source|body|input|details|marquee|isindex|xml|xss|"
        r"animate|set|template|noscript|textarea|select|keygen|bgsound|layer)\b",
    ),
    *((("=",), rf"{_ATTRIBUTE}on{events}[\s\x00]*=") for events in _EVENTS),
    (("script",), rf"{_SCRIPT}\s*[\w.$\[\]'\"/*%\\-]{{0,60}}[(=`]"),
    (("script",), rf"[=(\"'`]\s*{_SCRIPT}"),
    (
        ("data:",),
        r"\bdata:\s*text/html\s*(?:;\s*(?:base64|charset)|,\s*(?:<|%3c))|\bdata:text/html,",
    ),
    (("<",), r"<\s*!\s*(?:doctype|entity|\[cdata\[)"),
    (("<?",), r"<\?\s*(?:import|xml-stylesheet)\b"),
    (
        ("document.", "window."),
        r"\bdocument\.(?:cookie|write|domain|location)\b|\bwindow\.location\b",
    ),
    (("expression(", "-moz-binding"), r":\s*expression\(|-moz-binding\s*:"),
)


class InjectionDetector:
    """Several expressions for one kind of injection."""

    def __init__(self, name: str, expressions: Expressions) -> None:
        self._expressions = tuple(
            (tuple(word.encode() for word in words), Pattern(name, [expression]))
            for words, expression in expressions
        )
        self._remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(self._search)

    def found_in(self, text: bytes) -> bool:
        """Raises InspectionTimeoutError."""
        return self._remembered(text) if len(text) <= REMEMBERED_BYTES else self._search(text)

    def _search(self, text: bytes) -> bool:
        return any(self._is_injection(part.lower()) for part in _parts(text))

    def _is_injection(self, text: bytes) -> bool:
        for words, pattern in self._expressions:
            for word in words:
                if word in text:
                    if pattern.found_in(text):
                        return True
                    break
        return False


def _parts(text: bytes) -> Iterable[bytes]:
    """The keys and values of a JSON object or array, else the text itself."""
    if text.lstrip()[:1] in {b"{", b"["}:
        try:
            return json_elements(parse_json(text), keys=True, values=True)
        except ValueError:
            pass
    return (text,)


SQL_INJECTION = {
    "LOW": InjectionDetector("SQL injection approximation", _SQL_LOW),
    "HIGH": InjectionDetector("SQL injection approximation", _SQL_LOW + _SQL_HIGH),
}
CROSS_SITE_SCRIPTING = InjectionDetector("cross-site scripting approximation", _CROSS_SITE)
