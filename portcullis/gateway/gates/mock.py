"""MOCK integration: API Gateway answers from templates, without a backend.

Source: API Gateway Developer Guide, "Mock integrations for REST APIs".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Layer, Response
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.integration_headers import returned_headers
from portcullis.gateway.gates.responses import JSON, GatewayResponses, accepted_type
from portcullis.gateway.resources.overlays import header_template
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.template import Template, compile_velocity
from portcullis.gateway.resources.unsupported import UnsupportedError

_LENIENT_STATUS = re.compile(r"\s*\{\s*['\"]?statusCode['\"]?\s*:\s*(\d{3})\s*,?\s*\}\s*")
_MOCK_KEYS = (
    "type",
    "httpMethod",
    "passthroughBehavior",
    "timeoutInMillis",
    "requestTemplates",
    "responses",
    "cacheNamespace",
    "cacheKeyParameters",
)
_RESPONSE_KEYS = ("statusCode", "responseParameters", "responseTemplates")
_RESPONSE_HEADER = "method.response.header."


@dataclass(frozen=True, slots=True, kw_only=True)
class _MockResponse:
    pattern: re.Pattern[str] | None  # None for the default
    status: int
    headers: tuple[tuple[str, Template], ...]
    templates: Mapping[str, Template]


class Mock:
    """The request template gives the status, the response template the body."""

    def __init__(
        self,
        block: Block,
        *,
        stage_variables: Mapping[str, str],
        execution_log: Callable[[str], None],
    ) -> None:
        block.only(*_MOCK_KEYS)
        self._place = block.place
        self._log = execution_log
        self._variables = stage_variables
        self._request_templates = {
            content_type.lower(): compile_velocity(text, place=block.place, escapes=True)
            for content_type, text in block.text_map("requestTemplates").items()
        }
        self._passthrough = (block.text("passthroughBehavior") or "when_no_match").lower()
        if self._passthrough not in {"never", "when_no_match", "when_no_templates"}:
            raise UnsupportedError(
                block.place, f"passthroughBehavior {self._passthrough} is not emulated"
            )
        responses = block.block("responses") or Block({}, block.place)
        self._responses = tuple(
            _mock_response(name, responses.required_block(name)) for name in responses.names()
        )

    async def answer(self, call: Call, responses: GatewayResponses) -> Response:
        sent = call.request.header("content-type") or JSON
        content_type = sent.partition(";")[0].strip().lower()
        template = self._request_templates.get(content_type) or self._request_templates.get(
            "$default"
        )
        if template is not None:
            written = template.render(call.context, self._variables)
        elif self._passthrough == "when_no_match" or (
            self._passthrough == "when_no_templates" and not self._request_templates
        ):
            written = call.request.body.decode("utf-8", "replace")
        else:
            return responses.answer(call, "UNSUPPORTED_MEDIA_TYPE")
        status = _status_code(written)
        chosen = None if status is None else self._choose(status)
        if chosen is None:
            self._log(
                f"({call.request_id}) Execution failed due to configuration error: Unable to parse "
                "statusCode. It should be an integer that is defined in the request template."
            )
            return responses.answer(
                call, "API_CONFIGURATION_ERROR", reason="no statusCode from the request template"
            )
        call.context["integration.status"] = call.context["integrationStatus"] = str(status)
        return self._response(call, chosen)

    def _choose(self, status: int) -> _MockResponse | None:
        default = None
        for response in self._responses:
            if response.pattern is None:
                default = default or response
            elif response.pattern.fullmatch(str(status)):
                return response
        return default

    def _response(self, call: Call, chosen: _MockResponse) -> Response:
        content_type, body = JSON, b""
        if chosen.templates:
            content_type = accepted_type(chosen.templates, call)
            body = chosen.templates[content_type].render(call.context, self._variables).encode()
        mapped = [
            (name, rendered)
            for name, template in chosen.headers
            if (rendered := template.render(call.context, self._variables))
        ]
        if not any(name.lower() == "content-type" for name, _ in mapped):
            mapped.insert(0, ("Content-Type", content_type))
        return Response(
            status=chosen.status,
            headers=returned_headers(tuple(mapped)),
            body=body,
            layer=Layer.INTEGRATION,
        )


def _mock_response(name: str, block: Block) -> _MockResponse:
    block.only(*_RESPONSE_KEYS)
    status = block.required_integer("statusCode")
    headers: list[tuple[str, Template]] = []
    for target, source in block.text_map("responseParameters").items():
        if not target.startswith(_RESPONSE_HEADER):
            raise UnsupportedError(block.place, f"{target} is not a {_RESPONSE_HEADER}… parameter")
        headers.append(
            (target.removeprefix(_RESPONSE_HEADER), header_template(source, block.place))
        )
    try:
        pattern = None if name == "default" else re.compile(name)
    except re.error:
        raise UnsupportedError(block.place, f"{name!r} is not a valid selection pattern") from None
    return _MockResponse(
        pattern=pattern,
        status=status,
        headers=tuple(headers),
        templates={
            content_type: compile_velocity(text, place=block.place, escapes="json" in content_type)
            for content_type, text in block.text_map("responseTemplates").items()
        },
    )


def _status_code(written: str) -> int | None:
    """The status in a rendered request template; its key may lack the quotes, as on AWS."""
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        lenient = _LENIENT_STATUS.fullmatch(written)
        return int(lenient[1]) if lenient else None
    status = document.get("statusCode") if isinstance(document, dict) else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None
