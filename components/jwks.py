"""The stack's key set: its published keys and the stage variables that its route reads."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from pulumi import Input

Coordinate = Literal["kid", "x", "y"]
COORDINATES: tuple[Coordinate, ...] = ("kid", "x", "y")  # what differs from key to key


class PublishedKey(TypedDict):
    """A public key of the key set. Its members may be known only after the deploy."""

    kid: Input[str]
    """The key id: the RFC 7638 thumbprint of the key."""

    x: Input[str]
    """The x coordinate, base64url."""

    y: Input[str]
    """The y coordinate, base64url."""


def stage_variables(keys: Sequence[PublishedKey]) -> dict[str, Input[str]]:
    """The stage variables that the JWKS route reads; base64url is valid in their values."""
    return {
        stage_variable(position, member): key[member]
        for position, key in enumerate(keys, start=1)
        for member in COORDINATES
    }


def stage_variable(position: int, member: str) -> str:
    return f"jwk{position}{member}"
