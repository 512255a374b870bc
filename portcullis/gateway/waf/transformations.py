"""AWS WAF's text transformations, on the bytes of a request component.

Source: AWS WAF Developer Guide, "Using text transformations in AWS WAF"; for details not on that
page, the ModSecurity transformation of the same name, whose description AWS uses.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

Transformation = Callable[[bytes], bytes]

FULL_WIDTH = range(0xFF01, 0xFF5F)  # full-width forms of ASCII, decoded to ASCII
SHORTEST_FULL_WIDTH = 4  # hex digits
LATIN_1_END = 0x100

_BLANKS = re.compile(rb"[ \f\t\n\r\v\xa0]+")
_PERCENT_U = re.compile(rb"%[uU]([0-9a-fA-F]{4})")
_ENTITY = re.compile(rb"(?i)&(?:#x0*([0-9a-f]{1,8})|#0*([0-9]{1,10})|(quot|nbsp|lt|gt));?")
_NAMED = {b"quot": b'"', b"nbsp": b"\xa0", b"lt": b"<", b"gt": b">"}
_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|0?([0-7]{1,3})|([abfnrtv\\?'\"]))")
_ESCAPED = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
    b"\\": b"\\", b"?": b"?", b"'": b"'", b'"': b'"',
}  # fmt: skip
_JAVASCRIPT = re.compile(
    rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3][0-7]{2}|[0-7]{1,2})|(.))", re.DOTALL
)
_CSS = re.compile(rb"\\(?:([0-9a-fA-F]{1,6})[ \t\r\n\f\v]?|\n|(.)|\Z)", re.DOTALL)
_SQL_HEX = re.compile(rb"0[xX]((?:[0-9a-fA-F]{2})+)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_COMMAND_DELETED = bytes.maketrans(b",;", b"  ")


def compress_white_space(text: bytes) -> bytes:
    return _BLANKS.sub(b" ", text)


def command_line(text: bytes) -> bytes:
    text = text.translate(_COMMAND_DELETED, delete=b"\\\"'^")
    text = re.sub(rb"[ \f\t\n\r\v]+", b" ", text)
    return re.sub(rb" +([/(])", rb"\1", text).lower()


def url_decode(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def url_decode_uni(text: bytes) -> bytes:
    return url_decode(_PERCENT_U.sub(lambda m: b"%%%02x" % _low_byte(int(m[1], 16)), text))


def html_entity_decode(text: bytes) -> bytes:
    def decoded(match: re.Match[bytes]) -> bytes:
        if match[3]:
            return _NAMED[match[3].lower()]
        return _character(int(match[1], 16) if match[1] else int(match[2]))

    return _ENTITY.sub(decoded, text)


def normalize_path(text: bytes) -> bytes:
    """Removes empty, ``.`` and ``..`` segments, except ``..`` at the start of a relative path."""
    rooted = text.startswith(b"/")
    kept: list[bytes] = []
    segments = text.split(b"/")
    for segment in segments:
        if segment in {b"", b"."}:
            continue
        if segment == b".." and kept and kept[-1] != b"..":
            kept.pop()
        elif segment != b".." or not rooted:
            kept.append(segment)
    ends_with_slash = segments[-1] == b"" and bool(kept)
    return (b"/" if rooted else b"") + b"/".join(kept) + (b"/" if ends_with_slash else b"")


def normalize_path_win(text: bytes) -> bytes:
    return normalize_path(text.replace(b"\\", b"/"))


def base64_decode(text: bytes) -> bytes:
    """Decodes up to the first character that is not base64."""
    found = _BASE64.match(text)
    return _from_base64(found[0] if found else b"")


def base64_decode_ext(text: bytes) -> bytes:
    """Decodes and skips characters that are not base64."""
    return _from_base64(_NOT_BASE64.sub(b"", text))


def hex_decode(text: bytes) -> bytes:
    """Decodes each pair of characters; other characters than hex digits count too, as there."""
    high, low = text[::2], text[1::2]
    return bytes(
        (_hex_digit(h) * 16 + _hex_digit(v)) & 0xFF for h, v in zip(high, low, strict=False)
    )


def md5(text: bytes) -> bytes:
    return hashlib.md5(text, usedforsecurity=False).digest()


def remove_nulls(text: bytes) -> bytes:
    return text.replace(b"\0", b"")


def replace_nulls(text: bytes) -> bytes:
    return text.replace(b"\0", b" ")


def replace_comments(text: bytes) -> bytes:
    return _COMMENT.sub(b" ", text)


def escape_sequence_decode(text: bytes) -> bytes:
    def decoded(match: re.Match[bytes]) -> bytes:
        if match[3]:
            return _ESCAPED[match[3]]
        return bytes([(int(match[1], 16) if match[1] else int(match[2], 8)) & 0xFF])

    return _ESCAPE.sub(decoded, text)


def javascript_decode(text: bytes) -> bytes:
    def decoded(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([_low_byte(int(match[1], 16))])
        if match[2]:
            return bytes([int(match[2], 16)])
        if match[3]:
            return bytes([int(match[3], 8)])
        return _ESCAPED.get(match[4], match[4])

    return _JAVASCRIPT.sub(decoded, text)


def css_decode(text: bytes) -> bytes:
    def decoded(match: re.Match[bytes]) -> bytes:
        digits = match[1]
        if not digits:
            return match[2] or b""
        code = int(digits, 16)
        # A full-width form has four digits, or zeros before them.
        is_full_width = len(digits) >= SHORTEST_FULL_WIDTH and code in FULL_WIDTH
        return bytes([(code & 0xFF) + 0x20 * is_full_width])

    return _CSS.sub(decoded, text)


def sql_hex_decode(text: bytes) -> bytes:
    return _SQL_HEX.sub(lambda m: bytes.fromhex(m[1].decode("ascii")), text)


def utf8_to_unicode(text: bytes) -> bytes:
    """Characters beyond ASCII become ``%uHHHH``; bytes that are not UTF-8 are kept."""
    if text.isascii():
        return text
    return b"".join(
        # A surrogate represents a byte that is not UTF-8.
        bytes([ord(c) - 0xDC00]) if 0xDC80 <= ord(c) <= 0xDCFF  # noqa: PLR2004
        else c.encode() if c.isascii() else b"%%u%04x" % ord(c)
        for c in text.decode("utf-8", "surrogateescape")
    )  # fmt: skip


TRANSFORMATIONS: dict[str, Transformation] = {
    "NONE": lambda text: text,
    "COMPRESS_WHITE_SPACE": compress_white_space,
    "HTML_ENTITY_DECODE": html_entity_decode,
    "LOWERCASE": bytes.lower,
    "CMD_LINE": command_line,
    "URL_DECODE": url_decode,
    "BASE64_DECODE": base64_decode,
    "HEX_DECODE": hex_decode,
    "MD5": md5,
    "REPLACE_COMMENTS": replace_comments,
    "ESCAPE_SEQ_DECODE": escape_sequence_decode,
    "SQL_HEX_DECODE": sql_hex_decode,
    "CSS_DECODE": css_decode,
    "JS_DECODE": javascript_decode,
    "NORMALIZE_PATH": normalize_path,
    "NORMALIZE_PATH_WIN": normalize_path_win,
    "REMOVE_NULLS": remove_nulls,
    "REPLACE_NULLS": replace_nulls,
    "BASE64_DECODE_EXT": base64_decode_ext,
    "URL_DECODE_UNI": url_decode_uni,
    "UTF8_TO_UNICODE": utf8_to_unicode,
}


def _hex_digit(character: int) -> int:
    """The value that ModSecurity gives a character, which need not be a hex digit."""
    is_letter = character >= ord("A")
    return (character & 0xDF) - ord("A") + 10 if is_letter else character - ord("0")


def _low_byte(code: int) -> int:
    """Full-width ASCII becomes ASCII; of other characters only the low byte is kept."""
    return (code & 0xFF) + 0x20 if code in FULL_WIDTH else code & 0xFF


def _character(code: int) -> bytes:
    if code < LATIN_1_END:
        return bytes([code])
    try:
        return chr(code).encode()
    except (ValueError, OverflowError, UnicodeEncodeError):
        return b""


def _from_base64(text: bytes) -> bytes:
    if len(text) % 4 == 1:  # a single remaining character is not a whole byte
        text = text[:-1]
    return base64.b64decode(text + b"=" * (-len(text) % 4))
