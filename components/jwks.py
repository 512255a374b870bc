"""The stack's key set: its published keys and the stage variables that its route reads."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from pulumi import Input

Member = Literal["kid", "x", "y", "n"]
# What differs from key to key.
EC_MEMBERS: tuple[Member, ...] = ("kid", "x", "y")
RSA_MEMBERS: tuple[Member, ...] = ("kid", "n")


class PublishedKey(TypedDict):
    """A public key of the key set. Its members may be known only after the deploy."""

    kid: Input[str]
    """The key id: the RFC 7638 thumbprint of the key."""

    x: NotRequired[Input[str]]
    """The x coordinate of a P-256 key, base64url."""

    y: NotRequired[Input[str]]
    """The y coordinate of a P-256 key, base64url."""

    n: NotRequired[Input[str]]
    """The modulus of an RSA key, base64url, in place of x and y."""


def is_rsa(key: PublishedKey) -> bool:
    """Which members a key has is known at preview, their values are not."""
    return key.get("n") is not None


def stage_variables(keys: Sequence[PublishedKey]) -> dict[str, Input[str]]:
    """The stage variables that the JWKS route reads; base64url is valid in their values."""
    return {
        stage_variable(position, member): key[member]
        for position, key in enumerate(keys, start=1)
        for member in (RSA_MEMBERS if is_rsa(key) else EC_MEMBERS)
    }


def stage_variable(position: int, member: str) -> str:
    return f"jwk{position}{member}"
