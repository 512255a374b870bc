"""The endpoint type of a REST API or custom domain; only REGIONAL is emulated."""

from typing import Any

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError


def require_regional(block: Block) -> None:
    """Raises UnsupportedError."""
    configuration = block.block("endpointConfiguration")
    types: Any = None if configuration is None else configuration.raw("types")
    for kind in [types] if isinstance(types, str) else types or []:
        if kind != "REGIONAL":
            raise UnsupportedError(block.place, f"an endpoint of type {kind} is not emulated")
