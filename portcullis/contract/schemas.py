"""Reads the schemas of a contract as the models of API Gateway.

Source: API Gateway Developer Guide, "Amazon API Gateway important notes" for REST APIs.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from portcullis.contract.faults import Keys
from portcullis.contract.patterns import fault_of_pattern
from portcullis.contract.references import References
from portcullis.contract.source import ContractSource

_MAPS = ("properties", "patternProperties", "definitions")  # of schemas by name
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("items", "not", "additionalProperties")
# Documentation, or not known to API Gateway: a warning of it would fail the import.
_DROPPED = frozenset({"discriminator", "xml", "externalDocs", "example", "examples", "deprecated"})
# The other members of a schema in OpenAPI 3.0, and those of JSON Schema draft 4.
_KNOWN = frozenset(
    {
        *(*_MAPS, *_LISTS, *_SINGLE),
        *("type", "title", "description", "default", "enum", "format", "pattern"),
        *("nullable", "readOnly", "writeOnly", "multipleOf", "minimum", "exclusiveMinimum"),
        *("maximum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"),
        *("uniqueItems", "minProperties", "maxProperties", "required", "additionalItems"),
        "dependencies",
    }
)
_LATER = {  # keywords of later drafts that would check values
    "const": "Write enum with this one value.",
    **dict.fromkeys(("if", "then", "else"), "Write the alternatives under oneOf."),
    "contains": "Write items, or remove it.",
    "prefixItems": "Write items with oneOf.",
    **dict.fromkeys(("$defs", "$dynamicRef"), "Write the schemas under components.schemas."),
    **dict.fromkeys(
        (
            *("propertyNames", "dependentRequired", "dependentSchemas", "minContains"),
            *("maxContains", "unevaluatedProperties", "unevaluatedItems"),
        ),
        "Remove it.",
    ),
}
_IGNORED = {
    "nullable": "null is refused",
    "discriminator": "only oneOf or anyOf is checked",
    "exclusiveMinimum": "API Gateway does not support it; the minimum itself may be accepted",
    "minItems": "the number of items is not checked",
    "maxItems": "the number of items is not checked",
    "readOnly": "the property may be sent",
    "writeOnly": "answers are not checked",
}
_FLAGS = ("nullable", "readOnly", "writeOnly")
_FIXES = {  # what to write where a member of a schema is not one of draft 4
    "exclusiveMinimum": "Write the bound as minimum, and exclusiveMinimum: true.",
    "exclusiveMaximum": "Write the bound as maximum, and exclusiveMaximum: true.",
    "required": "Write a list with at least one property's name, beside properties, or remove it.",
    "type": "Write string, number, integer, boolean, array or object.",
    "enum": "Write a list of different values, at least one, or remove it.",
}


@cache
def _metaschema() -> Any:
    from jsonschema import Draft4Validator  # noqa: PLC0415 - takes 0.1 s; few commands read one

    return Draft4Validator(Draft4Validator.META_SCHEMA)


class Schemas:
    """Reads schemas; what API Gateway ignores in them is noted in ``ignored``."""

    def __init__(self, source: ContractSource, references: References) -> None:
        self._source = source
        self._references = references
        self.ignored: dict[str, str] = {}

    def models(self) -> dict[str, Any]:
        """The schemas of ``components``, each a model."""
        models = {}
        for name, schema in self._source.components("schemas").items():
            keys = ("components", "schemas", name)
            # A chain of references that comes back to its start is not a schema.
            self._references.resolve(schema, keys, "schemas")
            models[self._references.model_names[name]] = self.read(schema, keys)
        self._check_endless(models)
        return models

    def _check_endless(self, models: Mapping[str, Any]) -> None:
        """Note a model that a value must match before it can match that model."""
        direct = {name: set(_applied(model)) for name, model in models.items()}
        for written, name in self._references.model_names.items():
            reached, waiting = set(), list(direct[name])
            while waiting:
                other = waiting.pop()
                if other not in reached:
                    reached.add(other)
                    waiting += direct.get(other, ())
            if name in reached:
                self._source.add(
                    ("components", "schemas", written),
                    "refers to itself without a property or item between, so that no check of it "
                    "ends. Write it out.",
                )

    def read(self, schema: Any, keys: Keys) -> Any:
        """The schema without what API Gateway does not know.

        A model must be a schema of JSON Schema draft 4.
        """
        noted = len(self._source.faults)
        found = self._read(schema, keys)
        if len(self._source.faults) == noted:
            for error in _metaschema().iter_errors(found):
                at = (*keys, *error.absolute_path)
                self._source.add(
                    at,
                    f"{error.message}, but API Gateway's models are JSON Schema draft 4. "
                    + _FIXES.get(str(at[-1]), "Correct it, or remove it."),
                )
        return found

    def _read(self, schema: Any, keys: Keys) -> Any:
        if isinstance(schema, bool) and keys[-1] == "additionalProperties":
            return schema
        if not isinstance(schema, Mapping):
            self._source.add(keys, "must be a schema, which is a mapping.")
            return {}
        if "$ref" in schema:
            name = self._references.name(schema["$ref"], (*keys, "$ref"), "schemas")
            if len(schema) > 1:
                self.ignored["$ref"] = "what stands beside it has no effect"
            if name is None:
                return {}
            return {"$ref": f"#/components/schemas/{self._references.model_names[name]}"}
        if isinstance(schema.get("type"), list):
            match [one for one in schema["type"] if one != "null"]:
                case [str(kind)] if len(schema["type"]) > 1:
                    mend = f"Write type: {kind}, and nullable: true."
                case _:
                    mend = "Write one type, or use oneOf."
            self._source.add((*keys, "type"), f"is a list, as in OpenAPI 3.1. {mend}")
        if schema.get("type") == "null":
            self._source.add(
                (*keys, "type"), "is null, as in OpenAPI 3.1. Write the other type, and nullable."
            )
        self._check_patterns(schema, keys)
        for keyword, effect in _IGNORED.items():
            if schema.get(keyword):
                self.ignored[keyword] = effect
        found = dict(self._members(schema, keys))
        if found.get("type") == "array":
            found.setdefault("items", {})  # OpenAPI requires it, and an empty schema takes all
        return found

    def _check_patterns(self, schema: Mapping[str, Any], keys: Keys) -> None:
        by_name = schema.get("patternProperties")
        for at, pattern in (
            ((*keys, "pattern"), schema.get("pattern")),
            *(
                ((*keys, "patternProperties", name), name)
                for name in (by_name if isinstance(by_name, Mapping) else ())
            ),
        ):
            if isinstance(pattern, str) and (fault := fault_of_pattern(pattern)) is not None:
                self._source.add(at, f"{pattern!r} is not a regular expression: {fault}. Mend it.")

    def _members(self, schema: Mapping[str, Any], keys: Keys) -> Iterator[tuple[str, Any]]:
        for key, value in schema.items():
            at = (*keys, key)
            if key in _DROPPED or key.startswith("x-"):
                continue
            if key in _FLAGS and not isinstance(value, bool):
                self._source.add(at, "must be true or false.")
                continue
            if key in _LATER:
                self._source.add(at, f"API Gateway's models have no {key}. {_LATER[key]}")
                continue
            if key not in _KNOWN:
                self.ignored[key] = "not a keyword of OpenAPI 3.0"
                continue
            if key in _MAPS and isinstance(value, Mapping):
                yield key, {name: self._read(one, (*at, name)) for name, one in value.items()}
            elif key in _LISTS and isinstance(value, list):
                yield key, [self._read(one, (*at, n)) for n, one in enumerate(value)]
            elif key in _SINGLE:
                yield key, self._read(value, at)
            elif key in (*_MAPS, *_LISTS):
                self._source.add(at, "must be a " + ("mapping." if key in _MAPS else "list."))
            elif key == "enum" and isinstance(value, list):
                # Generators repeat values, and draft 4 wants each once.
                yield key, list({json.dumps(one): one for one in value}.values())
            else:
                yield key, value


def _applied(schema: Any) -> Iterator[str]:
    """The models that a value of the schema must be checked against as a whole."""
    if not isinstance(schema, Mapping):
        return
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"].rpartition("/")[2]
    for key in _LISTS:
        for one in schema.get(key, ()) if isinstance(schema.get(key), list) else ():
            yield from _applied(one)
    yield from _applied(schema.get("not"))
