"""Reads the issuer's public keys from a JWKS. Source: RFC 7517 section 5."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portcullis.errors import PortcullisError

PublicKey = EllipticCurvePublicKey | RSAPublicKey
MIN_RSA_BITS = 2048  # RFC 7518 section 3.3


class JwksError(PortcullisError):
    """The JWKS cannot be read or must not be used."""


def parse_jwks(text: bytes) -> dict[str, PublicKey]:
    """The P-256 and RSA signature keys of a JWKS; keys of other kinds are ignored.

    Raises:
        JwksError: not a JWKS, no usable key, a repeated key id, or a private key.
    """
    try:
        entries = json.loads(text)["keys"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise JwksError('The JWKS is not JSON of the form {"keys": […]}.') from None
    if not isinstance(entries, list):
        raise JwksError('The JWKS is not JSON of the form {"keys": […]}.')
    keys: dict[str, PublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not (_is_for_es256(entry) or _is_for_rs256(entry)):
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


def _is_for_es256(entry: dict[str, Any]) -> bool:
    return (
        entry.get("kty") == "EC"
        and entry.get("crv") == "P-256"
        and _is_to_verify(entry)
        and entry.get("alg", "ES256") == "ES256"
    )


def _is_for_rs256(entry: dict[str, Any]) -> bool:
    return (
        entry.get("kty") == "RSA" and _is_to_verify(entry) and entry.get("alg", "RS256") == "RS256"
    )


def _is_to_verify(entry: dict[str, Any]) -> bool:
    """RFC 7517 sections 4.2 and 4.3: each of use and key_ops may be left out."""
    operations = entry.get("key_ops", ["verify"])
    is_to_verify = isinstance(operations, list) and "verify" in operations
    return is_to_verify and entry.get("use", "sig") == "sig"


def _public_key(entry: dict[str, Any]) -> PublicKey:
    return _rsa_key(entry) if entry["kty"] == "RSA" else _ec_key(entry)


def _rsa_key(entry: dict[str, Any]) -> RSAPublicKey:
    try:
        key = RSAAlgorithm.from_jwk({name: entry.get(name) for name in ("kty", "n", "e")})
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise JwksError(f"The key {entry.get('kid')!r} of the JWKS is not an RSA key.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise JwksError(
            f"The key {entry.get('kid')!r} of the JWKS has fewer than {MIN_RSA_BITS} bits."
        )
    return key


def _ec_key(entry: dict[str, Any]) -> EllipticCurvePublicKey:
    try:
        key = ECAlgorithm.from_jwk({name: entry.get(name) for name in ("kty", "crv", "x", "y")})
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise JwksError(
            f"The key {entry.get('kid')!r} of the JWKS is not a point on P-256."
        ) from None
    if not isinstance(key, EllipticCurvePublicKey):  # not reached: d was refused before
        raise JwksError("The JWKS holds a key that is not public.")
    return key
