"""Decodes the token that an authorizer made: header and claims, never the signature.

Source: RFC 7515 section 3.1, RFC 7519 section 4.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any


def token_claims(values: Iterable[str]) -> dict[str, Any] | None:
    """Header and claims of the first JSON Web Token among the values; None if there is none."""
    for value in values:
        parts = value.removeprefix("Bearer ").split(".")
        if len(parts) == 3:  # noqa: PLR2004 - header, claims, signature
            header, claims = _object(parts[0]), _object(parts[1])
            if header is not None and claims is not None:
                return {"header": header, "claims": claims}
    return None


def _object(part: str) -> dict[str, Any] | None:
    try:
        decoded = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    return decoded if isinstance(decoded, dict) else None
