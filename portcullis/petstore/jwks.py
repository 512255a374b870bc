"""Reads the issuer's public keys from a JWKS. Source: RFC 7517 section 5."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portcullis.errors import PortcullisError
from portcullis.petstore.verification import PublicKey

MIN_RSA_BITS = 2048  # RFC 7518 section 3.3


class JwksError(PortcullisError):
    """The JWKS cannot be read or must not be used."""


def parse_jwks(text: bytes) -> dict[str, PublicKey]:
    """The P-256 and RSA signature keys of a JWKS; keys of other kinds are ignored.

    Raises:
        JwksError: not a JWKS, no usable key, a repeated key id, or a private key.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise JwksError('The JWKS is not JSON of the form {"keys": […]}.')
    keys: dict[str, PublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not _is_to_verify(entry):
            continue
        if "d" in entry:
            raise JwksError(
                "The JWKS holds a private key (member d). Withdraw that key, and publish only "
                "the members kty, crv, x, y, kid, use and alg."
            )
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or not key_id:
            raise JwksError("A key of the JWKS has no kid. Give each key its RFC 7638 thumbprint.")
        if key_id in keys:
            raise JwksError(f"The JWKS holds the kid {key_id!r} twice. Each key needs its own.")
        keys[key_id] = _public_key(entry)
    if not keys:
        raise JwksError(
            "The JWKS holds no P-256 signature key (kty EC, crv P-256) and no RSA one (kty RSA)."
        )
    return keys


def _is_to_verify(entry: dict[str, Any]) -> bool:
    """RFC 7517 sections 4.2 to 4.4: each of use, key_ops and alg may be left out."""
    if entry.get("kty") == "RSA":
        algorithm = "RS256"
    elif (entry.get("kty"), entry.get("crv")) == ("EC", "P-256"):
        algorithm = "ES256"
    else:
        return False
    operations = entry.get("key_ops", ["verify"])
    return (
        isinstance(operations, list)
        and "verify" in operations
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", algorithm) == algorithm
    )


def _public_key(entry: dict[str, Any]) -> PublicKey:
    name, kind = entry["kid"], "an RSA key" if entry["kty"] == "RSA" else "a point on P-256"
    members = ("kty", "n", "e") if entry["kty"] == "RSA" else ("kty", "crv", "x", "y")
    try:
        key = jwt.PyJWK({member: entry.get(member) for member in members}).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        key = None
    if not isinstance(key, PublicKey):
        raise JwksError(f"The key {name!r} of the JWKS is not {kind}.")
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise JwksError(f"The key {name!r} of the JWKS has fewer than {MIN_RSA_BITS} bits.")
    return key
