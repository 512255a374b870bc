"""The discovery document of the tokens' issuer, for backends that look keys up by its address.

Source: OpenID Connect Discovery 1.0, sections 3 and 4; RFC 8414.
"""

from collections.abc import Sequence
from typing import Any

JWKS_PATH = "/.well-known/jwks.json"


def openid_configuration(issuer: str, algorithms: Sequence[str]) -> dict[str, Any]:
    """The document for ``<issuer>/.well-known/openid-configuration``; it holds no secret.

    It names no endpoint that hands out tokens: there is none, the gateway writes them.
    """
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer.rstrip('/')}{JWKS_PATH}",
        "id_token_signing_alg_values_supported": sorted(set(algorithms)),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    }
