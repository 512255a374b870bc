"""Cuts secrets out of what the page shows: tokens, API keys, cookies, passwords.

Which header or argument is a secret is decided by its name. A JSON Web Token is cut wherever it
stands, and in a path or query any long text that looks random.
"""

import re
from urllib.parse import unquote

CUT = "[cut]"

_SECRET_NAME = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|token|secret|passw|passphrase|credential|signature|session|assertion|jwt|otp"
    r"|api[-_.]?key|^key$|^sig$|^code$|^pin$",
    re.IGNORECASE,
)
# They have such a word in their names, and no secret in their values.
_PUBLIC_NAMES = frozenset({"www-authenticate", "x-amzn-errortype"})
_ADDRESSES = frozenset({"content-location", "link", "location", "referer", "refresh"})
_SCHEME = re.compile(r"(Basic|Bearer|DPoP|Digest|Negotiate|AWS4-HMAC-SHA256)\s", re.IGNORECASE)
# RFC 7515 and 7516, compact: two to five parts, the first of which begins with `{"`.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_=-]*(?:(?:\.|%2[Ee])[A-Za-z0-9_=-]*){1,4}")
_DELIMITER = re.compile(r"([?&#;])")
_USER = re.compile(r"//[^/?#@]*@")  # name and password of a URL
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LONG = re.compile(r"[A-Za-z0-9_+=~.-]{32,}")
_BOTH = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])")
_SHOWN_CHARACTERS = 4

Headers = tuple[tuple[str, str], ...]


def text(value: str) -> str:
    """The text without tokens."""
    return _TOKEN.sub("[token cut]", value)


def named(name: str, value: str) -> str:
    """The value of a header, an argument or an authorizer's context; cut if the name says so."""
    if name.lower() in _PUBLIC_NAMES or not _SECRET_NAME.search(name):
        return target(value) if name.lower() in _ADDRESSES else text(value)
    scheme = _SCHEME.match(value)
    return f"{scheme[1]} {CUT}" if scheme else CUT


def headers(sent: Headers) -> list[list[str]]:
    """Headers as pairs, in their order."""
    return [[name, named(name, value)] for name, value in sent]


def target(raw: str) -> str:
    """A path with its query as sent, or a whole URL."""
    path, *rest = _DELIMITER.split(_USER.sub(rf"//{CUT}@", raw))
    shown = [_path(path)]
    for delimiter, argument in zip(rest[::2], rest[1::2], strict=True):
        shown += (delimiter, _argument(argument))
    return "".join(shown)


def _path(raw: str) -> str:
    return "/".join(_segment(segment) for segment in raw.split("/"))


def _argument(written: str) -> str:
    """An argument of a query, of a fragment, or of one segment of a path (RFC 3986)."""
    name, equals, value = written.partition("=")
    if not equals:
        return _path(name)
    shown = CUT if _SECRET_NAME.search(unquote(name)) else _path(value)
    return f"{_segment(name)}={shown}"


def _segment(segment: str) -> str:
    decoded = unquote(segment)
    without = text(decoded)
    if without != decoded:
        return without
    if _LONG.fullmatch(decoded) and _BOTH.match(decoded) and not _UUID.fullmatch(decoded):
        return f"{decoded[:_SHOWN_CHARACTERS]}{CUT}"
    return segment
