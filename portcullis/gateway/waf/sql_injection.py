"""SQL injection at the two levels of sensitivity that AWS WAF has.

Source: WAF Developer Guide, "SQL injection attack rule statement": LOW is for few false positives.
"""

import re

from portcullis.gateway.waf.injection import Expressions, InjectionDetector
from portcullis.gateway.waf.libinjection import Libinjection

# Fingerprints of libinjection that ordinary texts have too, found in 470,000 sentences and lines of
# documentation, telephone numbers and lines of code: numbers, calls, comments and quoted words
# ("51--Zf", "sleep (10)", "'a' or 1", "(017)-1484280", "import {A} from 'a';"). At
# LOW they do not count; the expressions find the attacks among them.
_ORDINARY = frozenset(
    b"1&1 1&f(n 1)o1 1Tnno 1c Tn(s) T(sos Tnnos f(1) f(n)n f(s) kf(1) n&1 n1o(f nUEn nf(1) "
    b"nkn&1 nks&s nks; no(s) nok(s nos&n nos&s nos; nosc s&1 s&son s)&f( s1nc sBs sTnEn sf(no "
    b"sk(n) skn&v sknc sksc so(n) so(no son&n sos sosTs".split()
)
_OF_WORDS = frozenset(b"nkEtTof&B:;(),v.")  # tokens without a string, number, comment or UNION
# As in: the 'or' operator. For SQL that is an operator between texts, false without a digit.
_QUOTED_OPERATOR = re.compile(rb"(?i)(?:^|[\s(])(['\"])(?:or|and|xor)\1(?=$|[\s.,;:!?)])")
_DIGIT = re.compile(rb"[0-9]")

_GAP = r"(?:[\s+()]|/\*.{0,60}?\*/|\*/|/\*!?\d{0,6})"  # white space, or what replaces it
_FUNCTION = (
    r"(?:ascii|cast|char|char_length|coalesce|concat|convert|count|database|exists|greatest|hex|if|"
    r"ifnull|isnull|least|length|mid|nullif|ord|row_count|substr|substring|user|version)\("
)
_COMMENT_END = r"[\s;)]*(?:(?:--|/\*)[\s+\-]*\w{0,3}|#[\s+]*)\s*(?:$|[&\r\n])"
_OPERATORS = ("or", "and", "rlike", "||", "&&")
_AFTER_A_NUMBER = (
    r"(?:^|[=(,&])\s*-?\d{1,20}['\")]*\s*(?:\s(?:or|and|xor|rlike)\s|\|\||&&)\s*\(*\s*"
)
_QUOTES = ("'", '"', "`")
# A quote that does not close a string that was compared, as in: x == 'a' or x == 'b'.
_CLOSED = (
    r"(?:(?<![=<>]\s{0,3}'[\w .@-]{0,40})'|(?<![=<>]\s{0,3}\"[\w .@-]{0,40})\"|"
    r"(?<![=<>]\s{0,3}`[\w .@-]{0,40})`)"
)
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
        rf"{_CLOSED}\s*\)*\s*"
        r"(?:\bor\b|\band\b|\bxor\b|\|\||&&)\s*\(*\s*(?:not\s+)?"
        r"(?:['\"`][\w@.]*['\"`]\s*(?:[=<>!]{1,3}\s*(?:$|[^\sa-z]|\w+\W*$|\w+\())|[\w@.]*\s*[=<>!]|"
        r"(?:['\"`][\w@.]*['\"`]|[\w@.]*)\s*(?:--|#|/\*|\(\s*select\b|like\s*['\"]|"
        r"is\s+(?:not\s+)?null\b|in\s*\(|"
        r"between\s+\S{1,20}\s+and\b|regexp\s*['\"]))",
    ),
    (
        _QUOTES,
        r"^[^'\"`]{0,200}['\"`]\s*\)*\s*(?:or|and|xor|\|\||&&)\s*\(*\s*"
        r"(?:\d{1,10}|true|false)\s*(?:$|[&;])",
    ),
    (_QUOTES, rf"['\"`]\s*\)*\s*(?:\bor\b|\band\b|\bxor\b|\|\||&&)\s*\(*\s*{_FUNCTION}"),
    (("||", "&&"), rf"{_CLOSED}\s*\)*\s*(?:\|\||&&)\s*['\"]?\w{{1,30}}['\"]?\s*(?:=|\(|\|\|)"),
    # A number at the start, then a comparison; one of two equal signs also without the number.
    (
        _OPERATORS,
        rf"{_AFTER_A_NUMBER}(?:\d{{1,20}}\s*[=<>!]{{1,3}}\s*"
        rf"(?:[\d'\"(]|true\b|false\b|null\b|{_FUNCTION})|{_FUNCTION})",
    ),
    (
        (" like ", " regexp ", " between ", "not "),
        rf"{_AFTER_A_NUMBER}(?:not\s+[\d'\"(]|\d{{1,20}}\s+(?:(?:like|regexp)\s+[\d'\"]|"
        r"between\s+\d{1,20}\s+and\s+\d))|^\s*-?\d{1,20}\s+regexp\s+['\"]",
    ),
    (
        _OPERATORS,
        rf"{_AFTER_A_NUMBER}(?:\d{{1,20}}\s+(?:not\s+)?in\s*\(\s*select\b|"
        r"(?:0x|[a-z_])\w{0,29}\s*=\s*\w{1,30}\s*$|(?:true|false)\s*(?:--|#|/\*|$)|\(?select\b)",
    ),
    (
        ("=",),
        r"\b(?:or|and)\b\s+\(*\d{1,20}\s*=\s*\d{1,20}(?!\d)\s*(?:$|[^\sa-z?!.]|"
        r"(?:and|or|limit|order|group|having|union)\b)",
    ),
    (
        ("=",),
        rf"\b(?:or|and)\b[\s(]+['\"]?\w{{1,30}}['\"]?\s*=\s*['\"]?\w{{1,30}}['\"]?{_COMMENT_END}",
    ),
    (
        ("--", "#", "/*"),
        rf"(?:^|[\w%)\s])(?<!(?:^|[\s:(])['\"]\w{{1,40}})['\"`]\s*\)*{_COMMENT_END}",
    ),
    (("--",), r"^\s*-?\d{1,10}\s*--\s*\d?\s*$"),
    (
        ("order", "group"),
        r"(?:['\")]|\b\d)\s*(?:order|group)\s+by\s+\d{1,3}(?:\s*,\s*\d{1,3}){0,20}\s*"
        r"(?:(?:asc|desc)\s*)?(?:--|#|/\*|$|&)",
    ),
    (
        ("having",),
        r"['\"\d)]\s*\)*\s*having\s+\d{1,5}\s*=\s*\d|"
        r"\bhaving\s+\d{1,5}\s*=\s*\d{1,5}\s*(?:--|#|/\*)",
    ),
    (("procedure",), r"\bprocedure\s+analyse\s*\("),
    # A second statement.
    (
        (";",),
        r";\s*(?:drop|truncate|alter|create)\s+(?:table|database|schema|view|index|login|role|"
        r"procedure|function|trigger)\b|;\s*(?:drop|alter|create)\s+user\s+\S{1,60}\s*"
        r"(?:identified|with|password|;|--|#|$)",
    ),
    (
        (";",),
        r";\s*(?:insert\s+into\s+[\w.\"`\[\]]{1,60}\s*(?:\(|values|select|set)|delete\s+from|"
        r"merge\s+into|declare\s+@|update\s+[\w.\"`\[\]]{1,60}\s+set\s+\S{1,60}\s*=|"
        r"grant\s+(?:all|[\w\s,]{1,80}\bon|dba\s+to)\s)",
    ),
    ((";",), r";\s*select\s+(?:\*|@@|\w{1,40}\()"),
    # A whole statement.
    (("select",), r"\bselect\s*\*\s*from\s*[\w.\"`\[(]"),
    (
        ("select",),
        r"\bselect\s+[\w.]{1,60}(?:\s*,\s*[\w.]{1,60}){0,20}\s+from\s+[\w.]{1,60}\s+where\s+"
        r"[\w.]{1,60}\s*(?:[=<>]|like\b|in\s*\()",
    ),
    (
        ("insert",),
        r"\binsert\s+into\s+[\w.]{1,60}\s*(?:\([^()]{1,200}\)\s*)?values\s*"
        r"\(\s*(?:['\"\d@(:?]|null\b)",
    ),
    ((";",), r";\s*shutdown\s*(?:$|;|--|with\b)"),
    (
        ("exec",),
        r"\bexec(?:ute)?\s+(?:@|sp_|xp_|master\b|immediate\b)|"
        r"\bexec(?:ute)?\s*\(\s*(?:['\"@]|select\b|char\b|concat\b|master\b)",
    ),
    # Functions, tables and commands of databases.
    (
        ("sleep",),  # but not a method of an object, as in time.sleep(1) or await sleep(1)
        r"(?:\bpg_sleep\s*|(?<!\w)(?<!\w\.)(?<!await )sleep|"
        r"(?:\b(?:and|or|xor|select|if)\b|[=(,|&])\s*sleep\s*)\(\s*"
        r"(?:[\d.]{1,12}(?:\s*[)*+/%-]|\s+\d)|0x|[@('\"]|select\b|if\b|case\b|/\*)",
    ),
    (("benchmark",), r"\bbenchmark(?:\s*\(\s*\d{4,12}|\([\d(@][^,)]{0,20})\s*,"),
    (
        ("load_file", "extractvalue", "updatexml", "dbms_", "utl_"),
        r"\b(?:load_file|extractvalue|updatexml|dbms_\w{1,40}|utl_(?:http|inaddr)\w{0,40})\s*[.(]",
    ),
    (("xp_cmdshell", "sp_executesql"), r"\b(?:xp_cmdshell|sp_executesql)\b"),
    (("waitfor",), r"\bwaitfor\s+(?:delay|time)\s*['\"(@]"),
    (("outfile", "dumpfile"), r"\binto\s+(?:out|dump)file\s*(?:['\"@]|0x)"),
    (
        ("information_schema", "pg_catalog"),
        r"(?:\b(?:from|join)[\s(`\"\[]|,)[\s(`\"\[]{0,9}(?:information_schema|pg_catalog)"
        r"[`\"\]\s]{0,9}\.\s*[\w`\"\[]",
    ),
    (
        ("sysobjects", "syscolumns", "sys.", "sqlite_master"),
        r"\bfrom\s+(?:sysobjects|syscolumns|sys\.\w|sqlite_master)\b",
    ),
    (
        ("drop", "truncate", "alter"),
        r"\b(?:drop|truncate|alter)\s+(?:table|database|schema|user)\s+"
        r"(?:if\s+exists\b|[\w`\"\[\].]{1,80}\s*(?:;\s*(?:$|--)|--|#|cascade\b|add\s|modify\s))",
    ),
    (("select",), r"\(\s*select\s+[^()]{1,80}\s+from\s+[\w`\"\[(]|\bselect\s+@@\w"),
    (  # operators of JSON, such as '{"a": 1}'::jsonb @> '{}'
        _QUOTES,
        r"[}\]]'\s*(?:::\s*jsonb?\s*)?(?:<@|@>|->>?|#>>?|#-|@[?@]|\?[|&]?)\s*(?:'|array\s*\[)|"
        r"'\s*::\s*(?:json|int|text|bool)",
    ),
    (("json_",), r"\bjson_(?:extract|keys|length|search|value|query)\s*\(\s*['\"]"),
    (_QUOTES, r"['\"]\s*\+?\s*\(\s*select\b"),
    (("union",), rf"\bunion{_GAP}{{1,6}}values{_GAP}{{1,6}}row{_GAP}{{0,6}}\("),
    (("program",), r"\bcopy\s+\S{1,60}\s+(?:to|from)\s+program\s*['\"$]"),
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


def _at_low(engine: Libinjection, text: bytes) -> bool:
    fingerprint = engine.sql_fingerprint(text)
    if fingerprint is None or fingerprint in _ORDINARY:
        return False
    if fingerprint == b"s&s" and _QUOTED_OPERATOR.search(text) and not _DIGIT.search(text):
        return False
    return not _OF_WORDS.issuperset(fingerprint)


def _at_high(engine: Libinjection, text: bytes) -> bool:
    return engine.sql_fingerprint(text) is not None


SQL_INJECTION = {
    "LOW": InjectionDetector("SQL injection", _SQL_LOW, _at_low),
    "HIGH": InjectionDetector("SQL injection", _SQL_LOW + _SQL_HIGH, _at_high),
}
