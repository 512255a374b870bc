r"""Validates a value by a model of API Gateway: JSON Schema draft 4.

Patterns are matched by a library that knows more of ECMA 262 than Python's own, such as ``\p{L}``
and named groups.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import regex
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend

from portcullis.gateway.resources.unsupported import UnsupportedError


def _pattern(
    _validator: Any, pattern: str, value: Any, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(value, str) and not regex.search(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, by_pattern: Mapping[str, Any], value: Any, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(value, Mapping):
        for pattern, schema in by_pattern.items():
            for name, member in value.items():
                if regex.search(pattern, name):
                    yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(value, Mapping):
        return
    patterns = schema.get("patternProperties", {})
    extras = [
        name
        for name in value
        if name not in schema.get("properties", {})
        and not any(regex.search(pattern, name) for pattern in patterns)
    ]
    if isinstance(allowed, Mapping):
        for name in extras:
            yield from validator.descend(value[name], allowed, path=name)
    elif allowed is False and extras:
        verb = "was" if len(extras) == 1 else "were"
        shown = ", ".join(repr(name) for name in sorted(extras))
        yield ValidationError(f"Additional properties are not allowed ({shown} {verb} unexpected)")


def _not_checked(*_: Any) -> tuple[()]:
    """For keywords that the import of a body leaves out of the validation.

    Source: API Gateway Developer Guide, "Amazon API Gateway important notes for REST APIs".
    """
    return ()


# The library has no types for this function.
_MODEL = extend(  # type: ignore[no-untyped-call]
    Draft4Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "minItems": _not_checked,
        "maxItems": _not_checked,
    },
)


_NO_FORMATS = FormatChecker(formats=())  # the format "regex" is Python's own dialect


def request_model(schema: Mapping[str, Any], place: str) -> Any:
    """A validator of the schema.

    Raises:
        UnsupportedError: it is not a JSON schema of draft 4.
    """
    try:
        Draft4Validator.check_schema(schema, format_checker=_NO_FORMATS)
        for pattern in _patterns(schema):
            regex.compile(pattern)
    except (SchemaError, regex.error) as error:
        message = getattr(error, "message", None) or str(error)
        raise UnsupportedError(
            place, f"its request model is not a JSON schema of draft 4 ({message})"
        ) from None
    return _MODEL(schema)


def _patterns(schema: Any) -> Iterator[str]:
    """Every regular expression of the schema and of the models beside it."""
    if isinstance(schema, list):
        for one in schema:
            yield from _patterns(one)
    elif isinstance(schema, Mapping):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        by_pattern = schema.get("patternProperties")
        yield from by_pattern if isinstance(by_pattern, Mapping) else ()
        for key, one in schema.items():
            if key not in {"enum", "default", "example"}:
                yield from _patterns(one)
