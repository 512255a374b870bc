"""Reads the parameters of an operation, with those of its path.

API Gateway checks that a required parameter is there, and nothing else about it.
Source: API Gateway Developer Guide, "Request validation for REST APIs in API Gateway" and "Amazon
API Gateway important notes".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.contract.faults import Keys
from portcullis.contract.paths import parameter_names
from portcullis.contract.references import References
from portcullis.contract.source import ContractSource

PLACES = ("path", "query", "header", "cookie")
_TYPES = frozenset({"string", "number", "integer", "boolean", "array"})
_NAME = re.compile(r"[A-Za-z0-9._$-]+")  # what a parameter mapping can name
_OPENAPI_IGNORES = frozenset({"accept", "content-type", "authorization"})
_PROGRAM_SETS = frozenset({"x-client-certificate-thumbprint", "x-request-id"})
_PROXY_SETS = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate"),
        *("te", "trailer", "transfer-encoding", "upgrade", "via"),
    }
)


@dataclass(frozen=True, kw_only=True)
class ContractParameter:
    """One parameter. ``ignored`` says why it is left out of the body, or None."""

    name: str
    place: str
    required: bool
    type: str
    description: str | None
    ignored: str | None

    @property
    def document(self) -> dict[str, Any]:
        """The parameter object that API Gateway imports."""
        schema: dict[str, Any] = {"type": self.type}
        if self.type == "array":
            schema["items"] = {"type": "string"}
        found: dict[str, Any] = {
            "name": self.name,
            "in": self.place,
            "required": self.required,
            "schema": schema,
        }
        return found if self.description is None else {**found, "description": self.description}


class Parameters:
    def __init__(self, source: ContractSource, references: References) -> None:
        self._source = source
        self._references = references

    def of_operation(
        self, path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any]
    ) -> tuple[ContractParameter, ...]:
        """The parameters of an operation; it overrides its path's by name and place."""
        at = ("paths", path, method)
        merged = {
            **self._listed(item.get("parameters"), ("paths", path, "parameters")),
            **self._listed(operation.get("parameters"), (*at, "parameters")),
        }
        declared = {p.name for p in merged.values() if p.place == "path"}
        wanted = parameter_names(path)
        for name in wanted:
            if name not in declared:
                self._source.add(
                    at,
                    f"must declare exactly its path's parameters, and {{{name}}} is missing. Add "
                    f"to parameters: {{name: {name}, in: path, required: true, schema: "
                    "{type: string}}",
                )
        for name in sorted(declared - set(wanted)):
            self._source.add(
                at,
                f"declares the path parameter {name}, which is not in {path}. Remove it, or write "
                f"{{{name}}} in the path.",
            )
        return tuple(merged.values())

    def _listed(self, written: Any, keys: Keys) -> dict[tuple[str, str], ContractParameter]:
        if written is None:
            return {}
        if not isinstance(written, list):
            self._source.add(keys, "must be a list of parameters.")
            return {}
        found: dict[tuple[str, str], ContractParameter] = {}
        for parameter in self._each(written, keys):
            name = parameter.name.lower() if parameter.place == "header" else parameter.name
            if (parameter.place, name) in found:
                self._source.add(
                    keys, f"has the {parameter.place} parameter {parameter.name} twice."
                )
            found[parameter.place, name] = parameter
        return found

    def _each(self, written: list[Any], keys: Keys) -> Iterator[ContractParameter]:
        for position, value in enumerate(written):
            parameter, at = self._references.resolve(value, (*keys, position), "parameters")
            if parameter:
                read = self._read(parameter, at)
                if read is not None:
                    yield read
            elif isinstance(value, Mapping) and "$ref" not in value:
                self._source.add(at, "must have name and in.")

    def _read(self, parameter: Mapping[str, Any], keys: Keys) -> ContractParameter | None:
        name, place, required = (parameter.get(key) for key in ("name", "in", "required"))
        if not isinstance(name, str) or not name:
            self._source.add(keys, "must have a name, which is a string.")
            return None
        if place not in PLACES:
            self._source.add(
                keys,
                f"the parameter {name} has in: {place}; accepted: {', '.join(PLACES)}."
                + (" Write a requestBody instead." if place in ("body", "formData") else ""),
            )
            return None
        if not isinstance(required, bool | None):
            self._source.add((*keys, "required"), "must be true or false.")
        if place == "path" and required is not True:
            self._source.add(keys, f"the path parameter {name} must have required: true.")
        kind = self._written_type(parameter, keys)
        ignored = _ignored(name, place)
        if ignored is None and place == "query" and kind == "object" and _is_spread(parameter):
            ignored = "each property is a query parameter of its own, so it is not checked"
        if ignored is not None and required is True and ignored.startswith("its name"):
            self._source.add(
                keys,
                f"the parameter {name} is required, and API Gateway cannot check it: {ignored}. "
                "Rename it, or write required: false.",
            )
        description = parameter.get("description")
        return ContractParameter(
            name=name,
            place=str(place),
            required=required is True,
            type=kind if kind in _TYPES else "string",  # an object is sent as text
            description=description if isinstance(description, str) else None,
            ignored=ignored,
        )

    def _written_type(self, parameter: Mapping[str, Any], keys: Keys) -> str:
        if parameter.get("schema") is None:
            return "string"
        schema, _ = self._references.resolve(parameter["schema"], (*keys, "schema"), "schemas")
        if "type" not in schema and "properties" in schema:
            return "object"
        return str(schema.get("type", "string"))


def _is_spread(parameter: Mapping[str, Any]) -> bool:
    """Whether an object's properties are parameters: filter[a]=1, or a=1, instead of filter=a,1."""
    style = parameter.get("style", "form")
    return style == "deepObject" or (style == "form" and parameter.get("explode") is not False)


def _ignored(name: str, place: str) -> str | None:
    if place == "cookie":
        return "API Gateway does not validate cookies; the backend receives it"
    if place == "header" and (reason := _ignored_header(name.lower())):
        return reason
    if not _NAME.fullmatch(name):
        return "its name may hold only letters, digits and . _ $ - in API Gateway"
    return None


def _ignored_header(name: str) -> str | None:
    if name in _OPENAPI_IGNORES:
        return "OpenAPI ignores a header parameter of this name"
    if name in _PROGRAM_SETS:
        return "the gateway sets this header; what the client sends is replaced"
    if name == "client-cert":
        return "only the gateway may set it: see the setting clientCertHeader"
    if name in _PROXY_SETS:
        return "API Gateway sets this header itself"
    return None
