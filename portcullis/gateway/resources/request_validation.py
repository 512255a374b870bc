"""Reads the request validation of an OpenAPI body: required parameters and request models.

Source: API Gateway Developer Guide, "Request validation for REST APIs".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.resources.extensions import EXTENSION
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The checks for one API method. A content type without a model is not checked."""

    parameters: tuple[str, ...] = ()  # "header.X", "path.X", "querystring.X", all of them required
    models: Mapping[str, Mapping[str, Any]] | None = None  # JSON schema by content type


class ValidationReader:
    """Reads the validation of each operation of one OpenAPI body."""

    def __init__(self, root: Block, components: Block) -> None:
        self._root = root
        self._schemas = components.block_or_empty("schemas")
        self._parameters = components.block_or_empty("parameters")
        self._bodies = components.block_or_empty("requestBodies")
        self._validators = root.block_or_empty(f"{EXTENSION}request-validators")

    def read(self, operation: Block, item: Block) -> Validation:
        """The checks of one operation; ``item`` is the path item that holds it."""
        name = operation.text(f"{EXTENSION}request-validator")
        if name is None:
            name = self._root.text(f"{EXTENSION}request-validator")
        if name is None:
            return Validation()
        validator = self._validators.block(name)
        if validator is None:
            raise UnsupportedError(
                operation.place, f"the request validator {name!r} does not exist"
            )
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
            if place in places:  # API Gateway ignores cookie parameters
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
            raise UnsupportedError(block.place, f"{reference} does not exist in the document")
        return found


def _check_references(schema: Any, place: str, schemas: Block) -> None:
    """Raises UnsupportedError for a ``$ref`` to anything but a model of the document."""
    left, seen = [schema], set()
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            reference = part.get("$ref")
            if isinstance(reference, str):
                name = reference.removeprefix("#/components/schemas/")
                if name == reference or name not in schemas:
                    raise UnsupportedError(place, f"{reference} does not exist in the document")
                if name not in seen:
                    seen.add(name)
                    left.append(schemas.values[name])
            left += [value for key, value in part.items() if key not in {"example", "examples"}]
        elif isinstance(part, list):
            left += part
