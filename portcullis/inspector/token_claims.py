"""Decodes the token that an authorizer made: header and claims, never the signature.

Source: RFC 7515 section 3.1, RFC 7519 section 4.
"""

from collections.abc import Iterable
from typing import Any

import jwt


def token_claims(values: Iterable[str]) -> dict[str, Any] | None:
    """Header and claims of the first JSON Web Token among the values; None if there is none."""
    for value in values:
        try:
            token = jwt.decode_complete(
                value.removeprefix("Bearer "), options={"verify_signature": False}
            )
        except (jwt.PyJWTError, ValueError):  # ValueError: text that is not UTF-8
            continue
        return {"header": token["header"], "claims": token["payload"]}
    return None
