"""Reads what a caller sends to each operation: parameters and body, with schemas and examples.

The contract that API Gateway imports has no examples in it, and no body that it does not validate;
a call made from the contract needs both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portcullis.contract.contract import Contract
from portcullis.contract.operations import JSON, ContractOperation, json_type
from portcullis.contract.references import References
from portcullis.contract.source import ContractSource, read

ABSENT: Final = object()  # no example; None would be one


@dataclass(frozen=True, kw_only=True)
class InputParameter:
    """A parameter, its schema as written, and its example or ABSENT."""

    name: str
    place: str
    required: bool
    is_validated: bool  # API Gateway refuses a call without it
    schema: Mapping[str, Any]
    example: Any


@dataclass(frozen=True, kw_only=True)
class InputBody:
    """A request body of one media type. ``model`` is the schema that API Gateway validates."""

    media_type: str
    required: bool
    schema: Mapping[str, Any]
    example: Any
    model: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class OperationInputs:
    operation: ContractOperation
    parameters: tuple[InputParameter, ...]
    body: InputBody | None


@dataclass(frozen=True, kw_only=True)
class ContractInputs:
    """The operations with a scope. ``schemas`` and ``models`` are what references lead to."""

    operations: tuple[OperationInputs, ...]
    schemas: Mapping[str, Any]  # as written, with examples
    models: Mapping[str, Any]  # as API Gateway validates, by the names there and as written

    @classmethod
    def load(cls, file: Path) -> "ContractInputs":
        """Raises ContractError: the file is not a contract that API Gateway imports."""
        contract = Contract.load(file)
        source = read(file)
        models = contract.document["components"].get("schemas", {})
        names = References(source).model_names
        return cls(
            operations=tuple(
                _inputs(source, operation) for operation in contract.operations if operation.scope
            ),
            schemas=source.components("schemas"),
            models={**models, **{written: models[name] for written, name in names.items()}},
        )


def _inputs(source: ContractSource, operation: ContractOperation) -> OperationInputs:
    item = source.document["paths"][operation.written_path or operation.path]
    written = item[operation.method.lower()]
    references = References(source)
    by_name: dict[tuple[str, str], Mapping[str, Any]] = {}
    for value in (*(item.get("parameters") or ()), *(written.get("parameters") or ())):
        parameter, _ = references.resolve(value, (), "parameters")
        by_name[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    parameters = []
    for known in operation.parameters:
        if known.place == "header" and known.ignored is not None:
            continue  # the gateway, or HTTP itself, sets it
        written_name = known.name
        if known.place == "path":
            written_name = operation.written_names[known.name]
        one = by_name[known.place, written_name]
        schema = one.get("schema")
        parameters.append(
            InputParameter(
                name=known.name,
                place=known.place,
                required=known.required,
                is_validated=known.required and known.ignored is None and known.place != "path",
                schema=schema if isinstance(schema, Mapping) else {"type": "string"},
                example=_example(one),
            )
        )
    return OperationInputs(
        operation=operation,
        parameters=tuple(parameters),
        body=_body(references, written, operation),
    )


def _body(
    references: References, written: Mapping[str, Any], operation: ContractOperation
) -> InputBody | None:
    if not written.get("requestBody"):
        return None
    body, _ = references.resolve(written["requestBody"], (), "requestBodies")
    content = body.get("content") or {}
    media_type = json_type(content) or next(iter(content), None)
    if media_type is None:
        return None
    model = None
    if operation.validates_body:
        model = operation.document["requestBody"]["content"][JSON]["schema"]
    value = content[media_type] or {}
    return InputBody(
        media_type=media_type,
        required=body.get("required") is True,
        schema=value.get("schema") or {},
        example=_example(value),
        model=model,
    )


def _example(holder: Mapping[str, Any]) -> Any:
    """The first example of a parameter or a media type, or ABSENT."""
    if "example" in holder:
        return holder["example"]
    examples = holder.get("examples")
    for one in examples.values() if isinstance(examples, Mapping) else ():
        if isinstance(one, Mapping) and "value" in one:
            return one["value"]
    return ABSENT
