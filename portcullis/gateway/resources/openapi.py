"""Reads the OpenAPI body of a REST API as API Gateway imports it: one API method per operation.

An extension that is not emulated stops the start.
Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

import json
import re
from dataclasses import dataclass

from portcullis.gateway.resources.authorizers import LambdaAuthorizer, SecuritySchemes
from portcullis.gateway.resources.extensions import EXTENSION, check_extensions
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.request_validation import Validation, ValidationReader
from portcullis.gateway.resources.unsupported import UnsupportedError

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")  # the methods of ANY
ANY = "ANY"

_ROOT_EXTENSIONS = {
    "request-validators",
    "request-validator",
    "gateway-responses",
    "endpoint-configuration",
    "api-key-source",
    "binary-media-types",
    "importexport-version",
    "documentation",
    "security-policy",
    "endpoint-access-mode",
    "tag-value",
}
_OPERATION_EXTENSIONS = {"integration", "request-validator", "auth"}
_SEGMENT = re.compile(r"[A-Za-z0-9._,:~@$-]+|\{[A-Za-z0-9._-]+\+?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiMethod:
    path: str
    method: str  # or ANY
    authorizer: LambdaAuthorizer | None
    api_key_required: bool
    validation: Validation
    integration: Block
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedApi:
    operations: tuple[ApiMethod, ...]
    gateway_responses: Block | None
    disables_default_endpoint: bool
    api_key_source: str | None
    security_policy: str | None
    endpoint_access_mode: str | None


def read_body(text: str, place: str) -> ImportedApi:
    """Raises UnsupportedError."""
    try:
        document = json.loads(text)
    except ValueError:
        raise UnsupportedError(
            place, "its body is not JSON", "Write the OpenAPI document as JSON."
        ) from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.0"):
        raise UnsupportedError(place, "its body must be an OpenAPI 3.0 document")
    return _BodyReader(Block(document, f"{place}, body")).contract()


class _BodyReader:
    def __init__(self, root: Block) -> None:
        self._root = root
        check_extensions(root, _ROOT_EXTENSIONS)
        if root.texts(f"{EXTENSION}binary-media-types"):
            raise UnsupportedError(root.place, "binary media types are not emulated")
        components = root.block_or_empty("components")
        self._security = SecuritySchemes(components.block_or_empty("securitySchemes"))
        self._validation = ValidationReader(root, components)

    def contract(self) -> ImportedApi:
        root = self._root
        operations: list[ApiMethod] = []
        paths = root.required_block("paths")
        for path in paths.names():
            if path.startswith("/"):
                operations += self._operations(path, paths.required_block(path))
        return ImportedApi(
            operations=tuple(operations),
            gateway_responses=root.block(f"{EXTENSION}gateway-responses"),
            disables_default_endpoint=self._disables_default_endpoint(),
            api_key_source=root.text(f"{EXTENSION}api-key-source"),
            security_policy=root.text(f"{EXTENSION}security-policy"),
            endpoint_access_mode=root.text(f"{EXTENSION}endpoint-access-mode"),
        )

    def _disables_default_endpoint(self) -> bool:
        # In OpenAPI 3 the extension belongs to a server; the guide also shows it at the root.
        holders = [self._root, *self._root.blocks("servers")]
        configurations = [h.block(f"{EXTENSION}endpoint-configuration") for h in holders]
        return any(c.flag("disableExecuteApiEndpoint") for c in configurations if c is not None)

    def _operations(self, path: str, item: Block) -> list[ApiMethod]:
        for segment in path.split("/")[1:]:
            if segment and not _SEGMENT.fullmatch(segment):
                raise UnsupportedError(
                    item.place, f"API Gateway refuses the path segment {segment!r}"
                )
        if "$ref" in item:
            raise UnsupportedError(item.place, "$ref in a path is not emulated")
        check_extensions(item, {"any-method"})
        found: list[ApiMethod] = []
        for key in item.names():
            method = ANY if key == f"{EXTENSION}any-method" else key.upper()
            if method == "TRACE":
                raise UnsupportedError(item.place, "API Gateway has no method TRACE")
            if method == ANY or (method in METHODS and key.islower()):
                block = item.required_block(key)
                place = f"{self._root.place}, {method} {path}"
                found.append(self._operation(path, method, Block(block.values, place), item))
        return found

    def _operation(self, path: str, method: str, block: Block, item: Block) -> ApiMethod:
        check_extensions(block, _OPERATION_EXTENSIONS)
        integration = block.block(f"{EXTENSION}integration")
        if integration is None:
            raise UnsupportedError(
                block.place, "it has no integration", "API Gateway refuses to deploy such an API."
            )
        authorizer, needs_key = self._security.required_by(block, self._root)
        return ApiMethod(
            path=path,
            method=method,
            authorizer=authorizer,
            api_key_required=needs_key,
            validation=self._validation.read(block, item),
            integration=integration,
            place=block.place,
        )
