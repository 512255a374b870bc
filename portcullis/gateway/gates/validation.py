"""Request validation: required parameters must be present, the body must match its model.

Source: API Gateway Developer Guide, "Request validation for REST APIs": presence and JSON schema
draft 4 only; a body whose content type has no model is not checked.
"""

import json
from collections.abc import Mapping
from typing import Any

from portcullis.gateway.exchange import Response
from portcullis.gateway.gates.call import Call, by_name
from portcullis.gateway.gates.request_model import request_model
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.resources.request_validation import Validation

DEFAULT_CONTENT_TYPE = "application/json"
ANY_CONTENT_TYPE = "$default"
MAX_REPORTED_ERRORS = 5


class RequestValidator:
    """The checks of one API method; ``check`` returns the refusal, or None."""

    def __init__(self, validation: Validation, place: str) -> None:
        self._parameters = tuple(
            (location, name)
            for location, _, name in (p.partition(".") for p in validation.parameters)
        )
        self._models = {
            content_type.lower(): request_model(schema, place)
            for content_type, schema in (validation.models or {}).items()
        }

    @property
    def checks_nothing(self) -> bool:
        return not self._parameters and not self._models

    def check(self, call: Call, responses: GatewayResponses) -> Response | None:
        missing = self._missing(call) if self._parameters else []
        if missing:
            message = f"Missing required request parameters: [{', '.join(missing)}]"
            return responses.answer(call, "BAD_REQUEST_PARAMETERS", reason=message, message=message)
        if not self._models:
            return None
        sent = call.request.header("content-type") or DEFAULT_CONTENT_TYPE
        content_type = sent.partition(";")[0].strip().lower()
        model = self._models.get(content_type) or self._models.get(ANY_CONTENT_TYPE)
        errors = [] if model is None else _errors(model, call.request.body)
        if not errors:
            return None
        return responses.answer(
            call,
            "BAD_REQUEST_BODY",
            reason="Invalid request body",
            validation_error=f"[{', '.join(errors)}]",
        )

    def _missing(self, call: Call) -> list[str]:
        headers = by_name(call.headers)
        arguments = by_name(call.arguments)
        sent: Mapping[str, Mapping[str, Any]] = {
            "header": headers,
            "querystring": arguments,
            "path": call.path_parameters,
        }
        missing = []
        for location, name in self._parameters:
            found = sent[location].get(name)
            values = found if isinstance(found, list) else [found or ""]
            if not any(value.strip() for value in values):
                missing.append(name)
        return missing


def _errors(model: Any, body: bytes) -> list[str]:
    try:
        # Captured: an empty body counts as an empty object.
        document = json.loads(body or b"{}", parse_constant=_not_json)
        if model.is_valid(document):
            return []
        errors = sorted(model.iter_errors(document), key=lambda e: list(map(str, e.path)))
        return [e.message for e in errors[:MAX_REPORTED_ERRORS]]
    except (ValueError, RecursionError):
        return ["Unable to parse the body as JSON"]


def _not_json(name: str) -> None:
    raise ValueError(name)  # Python reads NaN and Infinity; JSON does not have them
