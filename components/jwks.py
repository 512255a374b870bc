"""The stack's key set: its published keys and the stage variables that its route reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input

COORDINATES = ("kid", "x", "y")  # what differs from key to key


@dataclass(frozen=True, kw_only=True)
class PublishedKey:
    """A key of the set whose members may be known only after the deploy."""

    kid: Input[str]
    x: Input[str]
    y: Input[str]


def stage_variables(keys: Sequence[PublishedKey]) -> dict[str, Input[str]]:
    """The stage variables that the JWKS route reads; base64url is valid in their values."""
    return {
        stage_variable(position, member): getattr(key, member)
        for position, key in enumerate(keys, start=1)
        for member in COORDINATES
    }


def stage_variable(position: int, member: str) -> str:
    return f"jwk{position}{member}"
