"""Patterns for SQL injection and cross-site scripting: an approximation of AWS WAF's detectors.

AWS WAF does not publish its detectors. These expressions match common attacks; AWS is likely to
match the same texts, and others too.
"""

from portcullis.gateway.waf.patterns import Pattern

_SQL_LOW = (
    r"(?i)\bunion\b[\s\W]{1,40}(?:all|distinct)?[\s\W]{0,40}\bselect\b",
    # a closed quote, then a comparison that is true
    r"(?i)['\"`]\s*\)*\s*(?:or|and|xor|\|\||&&)\s*\(*\s*(?:not\s+)?['\"`]?[\w@.]*['\"`]?\s*"
    r"(?:[=<>!]|like\b|is\b|in\b|between\b|regexp\b|--|#|/\*)",
    r"(?i)\b(?:or|and)\b[\s(]+(?P<left>['\"]?\w{1,30}['\"]?)\s*=\s*['\"]?\w{1,30}['\"]?\s*"
    r"(?:--|#|/\*|;|$)",
    r"(?i)\b(?:or|and)\b\s+\(*\d{1,20}\s*[=<>]{1,2}\s*\d{1,20}",
    r"['\"`]\s*\)*\s*(?:--|#|/\*|;\s*--)",
    r"(?i);\s*(?:drop|alter|create|truncate|insert|update|delete|exec(?:ute)?|shutdown|declare|"
    r"grant|merge)\b\s+\w",
    r"(?i)\b(?:pg_sleep|sleep|benchmark|load_file|extractvalue|updatexml|xp_cmdshell|sp_executesql|"
    r"dbms_\w{1,40}|utl_(?:http|inaddr)\w{0,40})\s*[.(]",
    r"(?i)\bwaitfor\s+(?:delay|time)\b",
    r"(?i)\binto\s+(?:out|dump)file\b",
    r"(?i)\b(?:information_schema|sysobjects|sys\.tables|pg_catalog|sqlite_master)\b",
    r"(?i)\b(?:drop|truncate|alter)\s+(?:table|database|schema|user)\s+[\w`\"\[]",
)
_SQL_HIGH = (
    r"(?i)\bselect\b.{1,200}?\bfrom\b\s*[\w`\"\[(]",
    r"(?i)\b(?:insert\s+into|delete\s+from|update\s+\w{1,60}\s+set)\b",
    r"(?i)\b(?:having|group\s+by|order\s+by)\b\s+[\d'\"(]",
    r"['\"`]\s*;",
    r"(?:--|#)\s*$",
)
_CROSS_SITE = (
    r"(?i)<\s*/?\s*(?:script|iframe|object|embed|applet|meta|link|base|form|svg|math|style|frameset|"
    r"frame|img|video|audio|body|input|details|marquee|isindex|xml|xss)\b",
    r"(?i)(?:^|[\s\"'/<>\x00])on[a-z]{3,24}[\s\x00]*=",
    r"(?i)(?:java|vb|live)\s*script\s*:",
    r"(?i)\bdata\s*:\s*text/html",
    r"(?i)<\s*[!?]\s*(?:doctype|entity|\[cdata\[|xml)",
    r"(?i)\b(?:document\s*\.\s*(?:cookie|write|domain|location)|window\s*\.\s*location)\b",
    r"(?i)\bexpression\s*\(",
)

SQL_INJECTION = {
    "LOW": Pattern("SQL injection approximation", _SQL_LOW),
    "HIGH": Pattern("SQL injection approximation", _SQL_LOW + _SQL_HIGH),
}
CROSS_SITE_SCRIPTING = Pattern("cross-site scripting approximation", _CROSS_SITE)
