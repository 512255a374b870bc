"""Reads the operations of a contract: who may call each, what is validated, what is uploaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portcullis.contract.faults import METHODS, Keys
from portcullis.contract.parameters import ContractParameter, Parameters
from portcullis.contract.paths import parameter_names
from portcullis.contract.references import References
from portcullis.contract.schemas import Schemas
from portcullis.contract.scopes import ScopeReader
from portcullis.contract.source import ContractSource

JSON = "application/json"  # the media type that API Gateway has models for
AWS_EXTENSION = "x-amazon-"
_ANY = "x-amazon-apigateway-any-method"
_WITHOUT_BODY = frozenset({"get", "head", "options"})
_KEPT = ("operationId", "summary", "description")
_IGNORED = {
    "callbacks": "API Gateway does not call back",
    "servers": "every call goes to backendUrl",
    "deprecated": "API Gateway does not know it",
}
_PATH_MEMBERS = frozenset({*METHODS, "summary", "description", "servers", "parameters"})
_MEMBERS = frozenset(
    {
        *(*_KEPT, *_IGNORED, "tags", "externalDocs", "parameters", "requestBody", "responses"),
        "security",
    }
)
_PRIMITIVES = ("string", "number", "integer", "boolean")
_STATUS = re.compile(r"[1-5][0-9][0-9]")


@dataclass(frozen=True, kw_only=True)
class ContractOperation:
    """One method of one path; ``scope`` is None only for the key set."""

    method: str  # "GET"
    path: str
    scope: str | None
    parameters: tuple[ContractParameter, ...] = ()
    validates_body: bool = False
    ignored: tuple[str, ...] = ()  # what API Gateway does not check or know
    document: Mapping[str, Any]  # what API Gateway imports, without security and integration
    written_path: str | None = None  # in the contract, where parameters have other names there

    @property
    def written_names(self) -> Mapping[str, str]:
        """The names of its path parameters in the contract, by their names in API Gateway."""
        written = parameter_names(self.written_path or self.path)
        return dict(zip(parameter_names(self.path), written, strict=True))

    def moved(self, path: str) -> "ContractOperation":
        """The same operation at its path in API Gateway, which may name parameters otherwise."""
        if path == self.path:
            return self
        here = replace(self, path=path, written_path=self.path)
        names = {written: name for name, written in here.written_names.items()}
        parameters = tuple(
            replace(p, name=names[p.name]) if p.place == "path" else p for p in self.parameters
        )
        notes = [
            f"path {written}: its name is {name} in API Gateway, which has one name at each place"
            for written, name in names.items()
            if name != written
        ]
        return replace(
            here,
            parameters=parameters,
            ignored=(*self.ignored, *notes),
            document={
                **self.document,
                "parameters": [p.document for p in parameters if p.ignored is None],
            },
        )

    @property
    def validated(self) -> tuple[str, ...]:
        """What API Gateway checks before the backend is called."""
        required = [f"{p.place} {p.name}" for p in self.parameters if p.required and not p.ignored]
        return (*required, *([f"body {JSON}"] if self.validates_body else []))


class OperationReader:
    """Reads the operations of one source and notes their faults."""

    def __init__(self, source: ContractSource) -> None:
        self._source = source
        self._references = References(source)
        self._parameters = Parameters(source, self._references)
        self._scopes = ScopeReader(source)
        self.operation_ids: dict[str, str] = {}

    def of_path(self, path: str, item: Mapping[str, Any]) -> list[ContractOperation]:
        """The operations of one path item."""
        at: Keys = ("paths", path)
        self._check_members(item, at)
        found = []
        for method in METHODS:
            operation = item.get(method, {})
            if not isinstance(operation, Mapping):
                self._source.add((*at, method), "must be a mapping with responses.")
            elif "$ref" in operation:
                self._source.add(
                    (*at, method, "$ref"),
                    "refers to an operation elsewhere. Write it here; a bundler for OpenAPI makes "
                    "one file of several.",
                )
            elif method in item:
                if "x-scope" in item:  # as if each operation without its own had it
                    operation = {"x-scope": item["x-scope"], **operation}
                found.append(self._operation(path, method, item, operation))
        return found

    def _check_members(self, item: Mapping[str, Any], at: Keys) -> None:
        """Note the members of a path item that API Gateway or OpenAPI 3.0 does not have."""
        if _ANY in item:
            self._source.add(
                (*at, _ANY),
                f"{_ANY} has no method to name in a policy. Write each method: "
                f"{', '.join(METHODS)}.",
            )
        else:
            self.refuse_extensions(item, at)
        for key in item:
            if key == "$ref":
                message = "refers to a path elsewhere. Write the methods here."
            elif key == "trace":
                message = "API Gateway has no method TRACE. Remove it."
            elif key.lower() in METHODS and key not in METHODS:
                message = f"a method is in lower case. Write {key.lower()}."
            elif key not in _PATH_MEMBERS and not key.startswith("x-"):
                message = (
                    "is not a member of a path, nor a method of API Gateway. Write one of "
                    f"{', '.join(METHODS)}, or remove it."
                )
            else:
                continue
            self._source.add((*at, key), message)

    def refuse_extensions(self, holder: Mapping[str, Any], keys: Keys) -> None:
        for key in holder:
            if key.startswith(AWS_EXTENSION):
                self._source.add(
                    (*keys, key), f"sets {key}, but the program adds what is AWS's. Remove it."
                )

    def _operation(
        self, path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any]
    ) -> ContractOperation:
        at: Keys = ("paths", path, method)
        self.refuse_extensions(operation, at)
        parameters = self._parameters.of_operation(path, method, item, operation)
        ignored = [f"{p.place} {p.name}: {p.ignored}" for p in parameters if p.ignored]
        ignored += [
            f"{key}: {why}" for key, why in _IGNORED.items() if operation.get(key) or item.get(key)
        ]
        ignored += [
            f"{key}: not a member of an operation in OpenAPI 3.0"
            for key in operation
            if key not in _MEMBERS and not key.startswith("x-")
        ]
        document: dict[str, Any] = {
            key: operation[key] for key in _KEPT if isinstance(operation.get(key), str)
        }
        self._check_operation_id(document.get("operationId"), at)
        if uploaded := [p.document for p in parameters if p.ignored is None]:
            document["parameters"] = uploaded
        body = self._body(operation, method, at, ignored)
        if body is not None:
            document["requestBody"] = body
        document["responses"] = self._responses(operation, at, ignored)
        if "x-jwks" in operation:
            _declare_cache_control(document["responses"])
        return ContractOperation(
            method=method.upper(),
            path=path,
            scope=self._scope(operation, method, at),
            parameters=parameters,
            validates_body=body is not None,
            ignored=tuple(ignored),
            document=document,
        )

    def _scope(self, operation: Mapping[str, Any], method: str, at: Keys) -> str | None:
        if "x-jwks" not in operation:
            return self._scopes.of_operation(operation, at)
        if operation["x-jwks"] is not True or method != "get":
            self._source.add((*at, "x-jwks"), "must be true, and in a get operation.")
        if "x-scope" in operation:
            self._source.add(
                at,
                "must have either x-scope, the scope a client needs for it, or x-jwks: true where "
                "it serves the public keys. Remove one of them.",
            )
        return None

    def _check_operation_id(self, name: str | None, at: Keys) -> None:
        here = f"{str(at[2]).upper()} {at[1]}"
        if name is not None and self.operation_ids.setdefault(name, here) != here:
            self._source.add(
                (*at, "operationId"),
                f"is {name}, as of {self.operation_ids[name]}. Give one of them another name.",
            )

    def _body(
        self, operation: Mapping[str, Any], method: str, at: Keys, ignored: list[str]
    ) -> dict[str, Any] | None:
        """The request body that API Gateway validates; None if it validates none."""
        if operation.get("requestBody") is None:
            return None
        body, keys = self._references.resolve(
            operation["requestBody"], (*at, "requestBody"), "requestBodies"
        )
        if not isinstance(body.get("required", False), bool):
            self._source.add((*keys, "required"), "must be true or false.")
        content = self._content(body, keys, ignored)
        written = body["content"] if isinstance(body.get("content"), Mapping) else {}
        for media in written:
            if media != json_type(written):
                ignored.append(f"body {media}: not validated, and passed on as text")
            elif media != JSON and content is not None:
                ignored.append(f"body {media}: validated for {JSON}, whatever its parameters are")
        if content is not None and method in _WITHOUT_BODY:
            ignored.append(f"body {JSON}: API Gateway sends no body with {method.upper()}")
            return None
        if content is None:
            return None
        kept = {key: body[key] for key in ("required", "description") if key in body}
        return {**kept, "content": content}

    def _responses(
        self, operation: Mapping[str, Any], at: Keys, ignored: list[str]
    ) -> dict[str, Any]:
        written = operation.get("responses", {})
        if not isinstance(written, Mapping):
            self._source.add((*at, "responses"), "must be a mapping of status codes to responses.")
            return {}
        kept: dict[str, Any] = {}
        for status, value in written.items():
            if status.startswith("x-"):
                continue
            response, keys = self._references.resolve(
                value, (*at, "responses", status), "responses"
            )
            if status != "default" and not re.fullmatch(r"[1-5]([0-9][0-9]|XX)", status):
                self._source.add(
                    (*at, "responses", status),
                    "is not a status code. Write one such as 200, or default.",
                )
            content = self._content(response, keys, [])
            if content is not None and content[JSON]["schema"].get("type") in _PRIMITIVES:
                content = None  # API Gateway does not support such a schema in a response
            headers = self._headers(response, keys)
            if _STATUS.fullmatch(status):
                kept[status] = {"description": str(response.get("description", ""))}
                kept[status] |= {} if content is None else {"content": content}
                kept[status] |= {"headers": headers} if headers else {}
            else:
                ignored.append(f"response {status}: API Gateway passes every answer on")
        # A proxied answer needs no declaration, but an operation without responses is not OpenAPI.
        return kept or {"200": {"description": "The backend's answer."}}

    def _content(
        self, holder: Mapping[str, Any], keys: Keys, ignored: list[str]
    ) -> dict[str, Any] | None:
        """The JSON content with its schema: API Gateway warns about a model of another type."""
        content = holder.get("content")
        if content is None:
            return None
        if not isinstance(content, Mapping):
            self._source.add((*keys, "content"), "must be a mapping of media types.")
            return None
        found = None
        for media, value in content.items():
            at = (*keys, "content", media)
            if not isinstance(value, Mapping | None):
                self._source.add(at, "must be a mapping with a schema.")
            elif value and value.get("schema") is not None:
                schemas = Schemas(self._source, self._references)
                schema = schemas.read(value["schema"], (*at, "schema"))
                if media == json_type(content):
                    found = {JSON: {"schema": schema}}
                    ignored += [f"{k} in a schema: {w}" for k, w in schemas.ignored.items()]
        return found

    def _headers(self, response: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
        written = response.get("headers", {})
        if not isinstance(written, Mapping):
            self._source.add((*keys, "headers"), "must be a mapping of headers.")
            return {}
        found = {}
        for name, value in written.items():
            header, _ = self._references.resolve(value, (*keys, "headers", name), "headers")
            found[name] = {"schema": {"type": "string"}}
            if isinstance(header.get("description"), str):
                found[name]["description"] = header["description"]
        return found


def json_type(content: Mapping[str, Any]) -> str | None:
    """The media type that API Gateway's model is for: JSON, perhaps with parameters in the text."""
    same = (media for media in content if media.partition(";")[0].strip().lower() == JSON)
    return JSON if JSON in content else next(same, None)


def _declare_cache_control(responses: dict[str, Any]) -> None:
    """Declare the header that the key set's integration sets: API Gateway maps no other."""
    ok = responses.setdefault("200", {"description": "The key set."})
    ok.setdefault("headers", {}).setdefault("Cache-Control", {"schema": {"type": "string"}})
