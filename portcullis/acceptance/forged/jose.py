"""Tokens in JWS compact form, written and read without any check. Source: RFC 7515."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jwt.utils import base64url_decode

from portcullis.pki.identifiers import base64url

Sign = Callable[[bytes], bytes]


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Sign) -> str:
    """A JWS in compact form, with any header and claims."""
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    signing_input = ".".join(base64url(part) for part in parts)
    return f"{signing_input}.{base64url(sign(signing_input.encode()))}"


def decode_part(part: str) -> Any:
    """The header or the claims of a token, unverified."""
    return json.loads(base64url_decode(part))
