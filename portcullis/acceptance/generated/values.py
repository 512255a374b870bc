"""Makes a small value that a schema accepts: its example, or the least that the keywords require.

The same schema always gives the same value. A value is used only if jsonschema accepts it, so a
keyword that is not understood here makes no wrong value but none. hypothesis-jsonschema does not
run with the Hypothesis of today, and schemathesis brings pytest along.
"""

from collections.abc import Mapping
from math import floor, inf
from typing import Any, Final

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError, UnknownType

from portcullis.acceptance.generated.pattern_text import texts

MAX_DEPTH: Final = 16  # of a schema that refers to itself
MAX_ITEMS: Final = 100
_WORD: Final = "example"
_FORMATS: Final = {
    "uuid": "3f2b8c1e-5d4a-4b6c-9e7f-0a1b2c3d4e5f",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "hostname": "host.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "byte": "ZXhhbXBsZQ==",
}


class NoValueError(Exception):
    """No value was made. The text says what the schema lacks."""


class Values:
    """Makes values for one contract.

    References lead to ``schemas``, which may hold examples, and for judging a value to ``models``.
    """

    def __init__(self, schemas: Mapping[str, Any], models: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self.models = models

    def of(self, schema: Mapping[str, Any], *, model: Mapping[str, Any] | None = None) -> Any:
        """A value that ``model`` accepts, or ``schema`` where there is no model.

        Raises:
            NoValueError: the value that was made is refused, or none could be made.
        """
        try:
            Draft4Validator.check_schema(schema)
        except SchemaError as error:
            raise NoValueError(f"its schema is refused: {error.message}") from None
        value = self._value(schema, 0)
        if not accepts(model if model is not None else schema, self.models, value):
            raise NoValueError("the value made from its schema is refused")
        return value

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The model that a schema stands for: its reference followed, its allOf merged."""
        try:
            return self._merged({"allOf": [schema]}, 0)
        except NoValueError:
            return {}

    def _value(self, schema: Any, depth: int) -> Any:  # noqa: PLR0911 - one line per kind
        if depth > MAX_DEPTH:
            raise NoValueError("its schema refers to itself without an end")
        if not isinstance(schema, Mapping):
            return _WORD
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            return self._value(self._schemas.get(name), depth + 1)
        for key in ("example", "default"):
            if key in schema and accepts(schema, self.models, schema[key]):
                return schema[key]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        if "allOf" in schema:
            return self._value(self._merged(schema, depth), depth + 1)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._alternative(schema, key, depth)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        match schema.get("type") or _kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
        return _text(schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        optional = [name for name in properties if name not in required]
        missing = max(0, int(schema.get("minProperties", 0)) - len(required))
        extra = schema.get("additionalProperties")
        return {
            name: self._value(properties.get(name, extra), depth + 1)
            for name in [*required, *optional[:missing]]
        }

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        count = int(schema.get("minItems", 0))
        if count > MAX_ITEMS:
            raise NoValueError(f"its array has more than {MAX_ITEMS} items")
        return [self._value(schema.get("items"), depth + 1) for _ in range(count)]

    def _alternative(self, schema: Mapping[str, Any], key: str, depth: int) -> Any:
        """The value of the first alternative that the whole schema accepts."""
        rest = {name: value for name, value in schema.items() if name != key}
        for alternative in schema[key]:
            try:
                whole = self._merged({**rest, "allOf": [alternative]}, depth)
                value = self._value(whole, depth + 1)
            except NoValueError:
                continue
            if accepts(schema, self.models, value):
                return value
        raise NoValueError(f"no alternative of its {key} gives a value")

    def _merged(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """One schema for the parts of allOf: properties and required members together."""
        merged = {name: value for name, value in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            resolved, steps = part, 0
            while isinstance(resolved, Mapping) and "$ref" in resolved:
                resolved = self._schemas.get(str(resolved["$ref"]).rpartition("/")[2])
                steps += 1
                if steps + depth > MAX_DEPTH:
                    raise NoValueError("its schema refers to itself without an end")
            if not isinstance(resolved, Mapping):
                continue
            if "allOf" in resolved:
                resolved = self._merged(resolved, depth + 1)
            merged = {
                **merged,
                **resolved,
                "properties": {
                    **(merged.get("properties") or {}),
                    **(resolved.get("properties") or {}),
                },
                "required": [*(merged.get("required") or ()), *(resolved.get("required") or ())],
            }
        return {name: value for name, value in merged.items() if value not in ({}, [])}


def accepts(schema: Mapping[str, Any], models: Mapping[str, Any], value: Any) -> bool:
    """Whether JSON Schema draft 4, as API Gateway reads it, accepts a value."""
    whole = {**schema, "components": {"schemas": dict(models)}}
    try:
        return Draft4Validator(whole).is_valid(value)
    except (SchemaError, UnknownType, RecursionError, TypeError, ValueError):
        return False


def _kind(schema: Mapping[str, Any]) -> str:
    """The type that a schema without ``type`` is about."""
    if "properties" in schema or "required" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1 if whole else 0)
    value = low if low is not None else min(1, high if high is not None else 1)
    if schema.get("exclusiveMinimum") is True and value == low:
        value += step or (1 if high is None else (high - value) / 2)
    if schema.get("exclusiveMaximum") is True and value == high:
        value -= step or 1
    if step:
        value = floor(value / step) * step
        value += step if low is not None and value < low else 0
    return int(value) if whole else value


def _text(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        return _matching(schema)
    text = _FORMATS.get(str(schema.get("format")), _WORD)
    text = text.ljust(int(schema.get("minLength", 0)), "a")
    return text[: int(schema.get("maxLength", len(text)))]


def _matching(schema: Mapping[str, Any]) -> str:
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength", inf)
    for text in texts(str(schema["pattern"])):
        if least <= len(text) <= most:
            return text
    raise NoValueError(f"its pattern {schema['pattern']!r} needs an example")
