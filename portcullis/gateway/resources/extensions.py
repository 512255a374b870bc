"""API Gateway's extensions of an OpenAPI document: which ones an object may have.

Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

EXTENSION = "x-amazon-apigateway-"


def check_extensions(block: Block, known: set[str]) -> None:
    """Raises UnsupportedError for an extension that is not in ``known``, given without prefix."""
    for name in block.names():
        if name.startswith("x-amazon-") and name.removeprefix(EXTENSION) not in known:
            raise UnsupportedError(block.place, f"the extension {name} is not emulated")
