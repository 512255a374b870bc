"""The partition keys of the registry's DynamoDB table, shared by the function and by the tool.

A distinguished name is its canonical text, see `authorizer.certificate.canonical`.
"""

import base64
import hashlib

REVOKED_ISSUERS = "crl#revoked#"


def client_key(client_id: str) -> str:
    return f"client#{client_id}"


def name_key(kind: str, value: str, issuer: str | None) -> str:
    """The item that leads from a name to its client; without an issuer, any issuer will do."""
    return f"name#{_hash(kind, value, '*' if issuer is None else issuer)}"


def revoked_thumbprint_key(thumbprint: str) -> str:
    return f"revoked#{thumbprint}"


def renewed_key(thumbprint: str) -> str:
    """The item of a renewed certificate that stands for a pinned one."""
    return f"renewed#{thumbprint}"


def renewals_key(client_id: str) -> str:
    """The item that counts the renewals of a client's day."""
    return f"renewals#{client_id}"


def revoked_key(issuer: str, serial_number: str) -> str:
    return f"revoked#{_hash(issuer, serial_number)}"


def crl_key(issuer: str) -> str:
    """The item with the facts of an issuer's revocation lists."""
    return f"crl#{_hash(issuer)}"


def revoked_issuer_key(issuer: str) -> str:
    """The item of an issuer name that has revoked keys."""
    return f"{REVOKED_ISSUERS}{_hash(issuer)}"


def crl_bucket_key(issuer: str, generation: str, bucket: int) -> str:
    """An item with a part of the entries of an issuer's revocation lists."""
    return f"{crl_key(issuer)}#{generation}#{bucket}"


def _hash(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
