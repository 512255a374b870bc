"""An OpenAPI body as API Gateway imports it: operations, who may call them, what becomes of them.

An extension that changes what AWS would do and is not emulated refuses to start.
Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.resources.arn import FunctionArn, function_of_invocation_uri
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")  # what ANY stands for
ANY = "ANY"
EXTENSION = "x-amazon-apigateway-"
MAX_TTL_SECONDS = 3600  # API Gateway API Reference, CreateAuthorizer
DEFAULT_TTL_SECONDS = 300

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
    "tag-value",
}
_OPERATION_EXTENSIONS = {"integration", "request-validator", "auth"}
_SEGMENT = re.compile(r"[A-Za-z0-9._,:~@$-]+|\{[A-Za-z0-9._-]+\+?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaAuthorizer:
    """A Lambda authorizer of type REQUEST."""

    name: str
    function: FunctionArn
    ttl_seconds: int
    identity_sources: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What a request validator checks for one operation. No model for a content type: no check."""

    parameters: tuple[str, ...] = ()  # "header.X", "path.X", "querystring.X", all of them required
    models: Mapping[str, Mapping[str, Any]] | None = None  # JSON schema by content type


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


def read_body(text: str, place: str) -> ImportedApi:
    """Raises UnsupportedError."""
    try:
        document = json.loads(text)
    except ValueError:
        raise UnsupportedError(
            place, "its body is no JSON", "Write the OpenAPI document as JSON text."
        ) from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.0"):
        raise UnsupportedError(place, "its body is no OpenAPI 3.0 document")
    return _BodyReader(Block(document, f"{place}, body")).contract()


class _BodyReader:
    def __init__(self, root: Block) -> None:
        self._root = root
        _check_extensions(root, _ROOT_EXTENSIONS)
        if root.texts(f"{EXTENSION}binary-media-types"):
            raise UnsupportedError(root.place, "binary media types are not emulated")
        components = root.block("components") or Block({}, root.place)
        self._schemas = components.block("schemas") or Block({}, root.place)
        self._parameters = components.block("parameters") or Block({}, root.place)
        self._bodies = components.block("requestBodies") or Block({}, root.place)
        self._schemes = components.block("securitySchemes") or Block({}, root.place)
        self._validators = root.block(f"{EXTENSION}request-validators") or Block({}, root.place)
        self._authorizers: dict[str, LambdaAuthorizer | None] = {}

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
        )

    def _disables_default_endpoint(self) -> bool:
        # OpenAPI 3 carries the extension in a server; the guide also shows it at the root.
        holders = [self._root, *self._root.blocks("servers")]
        configurations = [h.block(f"{EXTENSION}endpoint-configuration") for h in holders]
        return any(c.flag("disableExecuteApiEndpoint") for c in configurations if c is not None)

    def _operations(self, path: str, item: Block) -> list[ApiMethod]:
        for segment in path.split("/")[1:]:
            if segment and not _SEGMENT.fullmatch(segment):
                raise UnsupportedError(item.place, f"API Gateway has no path segment {segment!r}")
        if "$ref" in item:
            raise UnsupportedError(item.place, "$ref in a path is not emulated")
        _check_extensions(item, {"any-method"})
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
        _check_extensions(block, _OPERATION_EXTENSIONS)
        integration = block.block(f"{EXTENSION}integration")
        if integration is None:
            raise UnsupportedError(
                block.place, "it has no integration", "API Gateway refuses to deploy such an API."
            )
        authorizer, needs_key = self._security(block)
        return ApiMethod(
            path=path,
            method=method,
            authorizer=authorizer,
            api_key_required=needs_key,
            validation=self._validation(block, item),
            integration=integration,
            place=block.place,
        )

    def _security(self, operation: Block) -> tuple[LambdaAuthorizer | None, bool]:
        auth = operation.block(f"{EXTENSION}auth")
        if auth is not None and auth.required_text("type").upper() != "NONE":
            raise UnsupportedError(auth.place, f"authorization type {auth.text('type')}")
        # Captured: API Gateway applies security of the document's root to its operations. An empty
        # list of the operation's own says "none".
        own = operation.values.get("security")
        holder = operation if own is not None else self._root
        if auth is not None:
            return None, False
        authorizer: LambdaAuthorizer | None = None
        needs_key = False
        requirements = holder.blocks("security")
        if len(requirements) > 1 and any(not r.values for r in requirements):
            raise UnsupportedError(operation.place, "its security is optional")
        for requirement in requirements:
            for name, scopes in requirement.values.items():
                if scopes:
                    raise UnsupportedError(
                        operation.place,
                        f"security {name!r} lists scopes, which API Gateway reads as Cognito's",
                    )
                found = self._scheme(name, operation)
                if found is None:
                    needs_key = True
                elif authorizer is not None and authorizer.name != found.name:
                    raise UnsupportedError(operation.place, "it names two authorizers")
                else:
                    authorizer = found
        return authorizer, needs_key

    def _scheme(self, name: str, operation: Block) -> LambdaAuthorizer | None:
        """The authorizer of a security scheme; None where it is a plain API key."""
        if name not in self._authorizers:
            scheme = self._schemes.block(name)
            if scheme is None:
                raise UnsupportedError(operation.place, f"there is no security scheme {name!r}")
            self._authorizers[name] = self._read_scheme(name, scheme)
        return self._authorizers[name]

    def _read_scheme(self, name: str, scheme: Block) -> LambdaAuthorizer | None:
        _check_extensions(scheme, {"authtype", "authorizer"})
        kind = scheme.text(f"{EXTENSION}authtype")
        block = scheme.block(f"{EXTENSION}authorizer")
        if block is None and kind is None and _is_api_key(scheme):
            return None
        if block is None or kind not in {"custom", None}:
            raise UnsupportedError(
                scheme.place, f"security scheme {name!r} ({kind or scheme.text('type')})"
            )
        return read_authorizer(name, block)

    def _validation(self, operation: Block, item: Block) -> Validation:
        name = operation.text(f"{EXTENSION}request-validator")
        if name is None:
            name = self._root.text(f"{EXTENSION}request-validator")
        if name is None:
            return Validation()
        validator = self._validators.block(name)
        if validator is None:
            raise UnsupportedError(operation.place, f"there is no request validator {name!r}")
        return Validation(
            parameters=self._required_parameters(operation, item)
            if validator.flag("validateRequestParameters")
            else (),
            models=self._models(operation) if validator.flag("validateRequestBody") else None,
        )

    def _required_parameters(self, operation: Block, item: Block) -> tuple[str, ...]:
        places = {"header": "header", "path": "path", "query": "querystring"}
        required: dict[str, bool] = {}
        for parameter in (*item.blocks("parameters"), *operation.blocks("parameters")):
            resolved = self._resolve(parameter, self._parameters, "#/components/parameters/")
            place = resolved.required_text("in")
            if place in places:  # API Gateway knows no cookie parameters
                key = f"{places[place]}.{resolved.required_text('name')}"
                required[key] = resolved.flag("required")
        return tuple(sorted(key for key, needed in required.items() if needed))

    def _models(self, operation: Block) -> Mapping[str, Mapping[str, Any]]:
        written = operation.block("requestBody")
        if written is None:
            return {}
        body = self._resolve(written, self._bodies, "#/components/requestBodies/")
        content = body.block("content")
        if content is None:
            return {}
        models: dict[str, Mapping[str, Any]] = {}
        for content_type in content.names():
            schema = content.required_block(content_type).block("schema")
            if schema is not None:
                _check_references(schema.values, schema.place, self._schemas)
                models[content_type] = {
                    "allOf": [dict(schema.values)],
                    "components": {"schemas": dict(self._schemas.values)},
                }
        return models

    def _resolve(self, block: Block, among: Block, prefix: str) -> Block:
        reference = block.text("$ref")
        if reference is None:
            return block
        found = (
            among.block(reference.removeprefix(prefix)) if reference.startswith(prefix) else None
        )
        if found is None:
            raise UnsupportedError(block.place, f"{reference} leads nowhere")
        return found


def read_authorizer(name: str, block: Block) -> LambdaAuthorizer:
    """Raises UnsupportedError for what AWS would refuse too: caching without identity sources."""
    block.only("type", "authorizerUri", "authorizerResultTtlInSeconds", "identitySource")
    kind = block.required_text("type")
    if kind.lower() != "request":
        raise UnsupportedError(block.place, f"an authorizer of type {kind.upper()} is not emulated")
    uri = block.required_text("authorizerUri")
    function = function_of_invocation_uri(uri)
    if function is None:
        raise UnsupportedError(block.place, f"its authorizerUri {uri} is no Lambda invocation")
    ttl = block.integer("authorizerResultTtlInSeconds")
    ttl = DEFAULT_TTL_SECONDS if ttl is None else ttl
    if not 0 <= ttl <= MAX_TTL_SECONDS:
        raise UnsupportedError(
            block.place, f"a result may be kept for 0 to {MAX_TTL_SECONDS} seconds, not {ttl}"
        )
    written = block.text("identitySource") or ""
    sources = tuple(s.strip() for s in written.split(",") if s.strip())
    if ttl and not sources:
        raise UnsupportedError(
            block.place,
            "it keeps results but has no identity source, which API Gateway refuses",
            "Set authorizerResultTtlInSeconds to 0, or name what tells callers apart.",
        )
    return LambdaAuthorizer(
        name=name, function=function, ttl_seconds=ttl, identity_sources=sources, place=block.place
    )


def _is_api_key(scheme: Block) -> bool:
    return (
        scheme.text("type") == "apiKey"
        and scheme.text("in") == "header"
        and (scheme.text("name") or "").lower() == "x-api-key"
    )


def _check_extensions(block: Block, known: set[str]) -> None:
    for name in block.names():
        if name.startswith("x-amazon-") and name.removeprefix(EXTENSION) not in known:
            raise UnsupportedError(block.place, f"the extension {name} is not emulated")


def _check_references(schema: Any, place: str, schemas: Block) -> None:
    """Every ``$ref`` names a model of this document, so that validation never meets another."""
    left, seen = [schema], set()
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            reference = part.get("$ref")
            if isinstance(reference, str):
                name = reference.removeprefix("#/components/schemas/")
                if name == reference or name not in schemas:
                    raise UnsupportedError(place, f"{reference} leads nowhere")
                if name not in seen:
                    seen.add(name)
                    left.append(schemas.values[name])
            left += [value for key, value in part.items() if key not in {"example", "examples"}]
        elif isinstance(part, list):
            left += part
