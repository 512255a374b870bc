"""What answers a call that passed every gate: an HTTP backend by proxy, or a MOCK.

Source: API Gateway Developer Guide, "HTTP integrations for REST APIs" and "Mock integrations for
REST APIs"; which headers are dropped, set and remapped is captured.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from portcullis.gateway.exchange import (
    Layer,
    Response,
    Upstream,
    UpstreamError,
    UpstreamTimeoutError,
)
from portcullis.gateway.gates.call import DROPPED_HEADERS, Call
from portcullis.gateway.gates.mapping import ParameterMapping, UnmappableValueError, Value
from portcullis.gateway.gates.responses import JSON, GatewayResponses
from portcullis.gateway.resources.openapi import ANY, METHODS, ApiMethod
from portcullis.gateway.resources.overlays import static_text
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.template import Template, compile_simple, compile_velocity
from portcullis.gateway.resources.unsupported import UnsupportedError

MAX_TIMEOUT_SECONDS = 29.0  # API Gateway quotas; a laptop has no quota increase
MIN_TIMEOUT_SECONDS = 0.05
FIRST_FINAL_STATUS = 200
LAST_STATUS = 599
API_ID_HEADER = "x-amzn-apigateway-api-id"

# Captured: the backend sees none of these of the client's, unless the program maps them.
NOT_PROXIED = frozenset({"host", "content-encoding", "via"})
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
REMAPPED = frozenset(
    {"connection", "content-length", "date", "server", "www-authenticate", "x-amzn-requestid"}
)
NOT_RETURNED = frozenset(
    {"content-encoding", "via", "transfer-encoding", "x-amz-apigw-id"}
    | (DROPPED_HEADERS - REMAPPED)
)

_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9._-]+)\+?\}")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_LENIENT_STATUS = re.compile(r"\s*\{\s*['\"]?statusCode['\"]?\s*:\s*(\d{3})\s*,?\s*\}\s*")
_PROXY_KEYS = (
    "type",
    "httpMethod",
    "uri",
    "connectionType",
    "passthroughBehavior",
    "timeoutInMillis",
    "requestParameters",
    "requestTemplates",
    "responses",
    "cacheNamespace",
    "cacheKeyParameters",
    "responseTransferMode",
)
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


class Integration(Protocol):
    async def answer(self, call: Call, responses: GatewayResponses) -> Response:
        """Always an answer: the backend's, or a gateway response."""


def compile_integration(
    operation: ApiMethod,
    *,
    api_id: str,
    stage_variables: Mapping[str, str],
    upstream: Upstream,
    execution_log: Callable[[str], None],
) -> Integration:
    """Raises UnsupportedError for any type but HTTP_PROXY and MOCK."""
    block = operation.integration
    kind = block.required_text("type").upper()
    if kind == "HTTP_PROXY":
        return HttpProxy(
            block,
            api_id=api_id,
            stage_variables=stage_variables,
            upstream=upstream,
            execution_log=execution_log,
        )
    if kind == "MOCK":
        return Mock(block, stage_variables=stage_variables, execution_log=execution_log)
    raise UnsupportedError(operation.place, f"an integration of type {kind} is not emulated")


class HttpProxy:
    """HTTP_PROXY: the request goes on whole, but for what the program maps and AWS rewrites."""

    def __init__(
        self,
        block: Block,
        *,
        api_id: str,
        stage_variables: Mapping[str, str],
        upstream: Upstream,
        execution_log: Callable[[str], None],
    ) -> None:
        if (block.text("connectionType") or "INTERNET") != "INTERNET":
            raise UnsupportedError(block.place, "a VPC link is not emulated")
        if (block.text("responseTransferMode") or "BUFFERED") != "BUFFERED":
            raise UnsupportedError(block.place, "a streamed response is not emulated")
        block.only(*_PROXY_KEYS)
        method = block.required_text("httpMethod").upper()
        if method != ANY and method not in METHODS:
            raise UnsupportedError(block.place, f"the httpMethod {method} is not emulated")
        self._method = None if method == ANY else method
        self._mapping = ParameterMapping.compile(
            block.text_map("requestParameters"), stage_variables, block.place
        )
        uri = _with_stage_variables(block.required_text("uri"), stage_variables)
        self._path, self._query = _compile_uri(uri, self._mapping, block.place)
        self._timeout_seconds = _timeout_seconds(block)
        self._api_id = api_id
        self._upstream = upstream
        self._log = execution_log

    async def answer(self, call: Call, responses: GatewayResponses) -> Response:
        method = self._method or call.method
        try:
            url = self._url(call)
            headers = self._headers(call)
        except UnmappableValueError as error:
            self._log(
                f"({call.request_id}) Execution failed due to configuration error: "
                f"the mapped value of {error} cannot be sent"
            )
            return responses.answer(call, "API_CONFIGURATION_ERROR", reason=f"mapping of {error}")
        body = b"" if method in WITHOUT_BODY else call.request.body
        context = call.context
        started = time.perf_counter()
        try:
            answer = await self._upstream.send(method, url, headers, body, self._timeout_seconds)
        except UpstreamTimeoutError:
            return self._failed(call, responses, started, "INTEGRATION_TIMEOUT", "a timeout error")
        except UpstreamError as error:
            words = f"a network error communicating with endpoint ({error})"
            return self._failed(call, responses, started, "INTEGRATION_FAILURE", words)
        _note_latency(call, started)
        if not FIRST_FINAL_STATUS <= answer.status <= LAST_STATUS:
            words = f"the status {answer.status} of the endpoint"
            return self._failed(call, responses, started, "INTEGRATION_FAILURE", words)
        context["integration.status"] = context["integrationStatus"] = str(answer.status)
        return Response(
            status=answer.status,
            headers=returned_headers(answer.headers),
            body=answer.body,
            layer=Layer.BACKEND,
        )

    def _failed(
        self, call: Call, responses: GatewayResponses, started: float, name: str, words: str
    ) -> Response:
        _note_latency(call, started)
        context = call.context
        context["integration.error"] = context["integrationErrorMessage"] = (
            f"Execution failed due to {words}"
        )
        self._log(f"({call.request_id}) Execution failed due to {words}")
        return responses.answer(call, name, reason=words)

    def _url(self, call: Call) -> str:
        path = _render(self._path, self._mapping.path, call)
        pairs = [
            f"{quote(n, safe='')}={quote(v, safe='')}"
            for n, v in (*call.arguments, *self._mapped_query(call))
        ]
        if self._query:
            pairs.insert(0, _render(self._query, self._mapping.path, call))
        return f"{path}?{'&'.join(pairs)}" if pairs else path

    def _mapped_query(self, call: Call) -> list[tuple[str, str]]:
        # A mapped argument joins the client's of the same name, it does not replace it.
        found = ((name, value(call)) for name, value in self._mapping.query)
        return [(name, value) for name, value in found if value]

    def _headers(self, call: Call) -> tuple[tuple[str, str], ...]:
        proxied = [h for h in call.headers if h[0].lower() not in NOT_PROXIED]
        proxied.append((API_ID_HEADER, self._api_id))
        headers = _joined(self._mapping.apply_headers(call, proxied))
        sent = {name.lower() for name, _ in headers}
        if "accept" not in sent:
            headers.append(("Accept", JSON))
        if "user-agent" not in sent:
            headers.append(("User-Agent", f"AmazonAPIGateway_{self._api_id}"))
        return tuple(headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MockResponse:
    pattern: re.Pattern[str] | None  # None for the default
    status: int
    headers: tuple[tuple[str, Template], ...]
    templates: Mapping[str, Template]


class Mock:
    """MOCK: the request template names a status, the response template is the body."""

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
            raise UnsupportedError(block.place, f"passthroughBehavior {self._passthrough}")
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
            return responses.answer(call, "API_CONFIGURATION_ERROR", reason="no status to mock")
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
            accepted = (call.request.header("accept") or JSON).split(",")[0].split(";")[0].strip()
            content_type = next(
                (t for t in (accepted, JSON) if t in chosen.templates),
                next(iter(chosen.templates)),
            )
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


def returned_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """An integration's headers as the client gets them: some renamed, hop-by-hop ones gone."""
    returned: list[tuple[str, str]] = []
    has_content_type = False
    for name, value in headers:
        lowered = name.lower()
        if lowered in REMAPPED:
            returned.append((f"x-amzn-Remapped-{name}", value))
        elif lowered not in NOT_RETURNED:
            has_content_type = has_content_type or lowered == "content-type"
            returned.append((name, value))
    if not has_content_type:
        returned.append(("Content-Type", JSON))
    return tuple(returned)


def _compile_uri(
    uri: str, mapping: ParameterMapping, place: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Path and query of the URI, each as literal text and parameter names in turn."""
    try:
        parsed = urlsplit(uri)
        is_address = parsed.scheme in {"http", "https"} and bool(parsed.hostname)
        _ = parsed.port
    except ValueError:
        is_address = False
    if not is_address or "#" in uri or "${" in uri or "@" in parsed.netloc or "{" in parsed.netloc:
        raise UnsupportedError(place, f"the integration's uri {uri} is no HTTP address")
    for name in _PLACEHOLDER.findall(uri):
        if name not in mapping.path:
            raise UnsupportedError(
                place,
                f"the integration's uri has {{{name}}}, which nothing fills",
                f"Map integration.request.path.{name} from method.request.path.{name}.",
            )
    before, _, query = uri.partition("?")
    return tuple(_PLACEHOLDER.split(before)), tuple(_PLACEHOLDER.split(query)) if query else ()


def _render(parts: tuple[str, ...], values: Mapping[str, Value], call: Call) -> str:
    if len(parts) == 1:
        return parts[0]
    rendered: list[str] = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            rendered.append(part)
        else:
            value = values[part](call)
            if not value:
                raise UnmappableValueError(part)
            rendered.append(value)
    return "".join(rendered)


def _joined(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Several headers of exactly one name become one, as API Gateway sends them."""
    grouped: dict[str, str] = {}
    for name, value in headers:
        known = grouped.get(name)
        grouped[name] = value if known is None else f"{known},{value}"
    return list(grouped.items())


def _with_stage_variables(uri: str, stage_variables: Mapping[str, str]) -> str:
    return _STAGE_VARIABLE.sub(lambda m: stage_variables.get(m[1], ""), uri)


def _timeout_seconds(block: Block) -> float:
    milliseconds = block.number("timeoutInMillis")
    seconds = MAX_TIMEOUT_SECONDS if milliseconds is None else milliseconds / 1000
    if not MIN_TIMEOUT_SECONDS <= seconds <= MAX_TIMEOUT_SECONDS:
        raise UnsupportedError(
            block.place, f"a timeout of {seconds:g} seconds, where 0.05 to 29 are possible"
        )
    return seconds


def _note_latency(call: Call, started: float) -> None:
    latency = str(round((time.perf_counter() - started) * 1000))
    call.context["integration.latency"] = call.context["integrationLatency"] = latency


def _mock_response(name: str, block: Block) -> _MockResponse:
    block.only(*_RESPONSE_KEYS)
    status = block.required_integer("statusCode")
    headers: list[tuple[str, Template]] = []
    for target, source in block.text_map("responseParameters").items():
        if not target.startswith(_RESPONSE_HEADER):
            raise UnsupportedError(block.place, f"{target} is no {_RESPONSE_HEADER}… parameter")
        static = static_text(source)
        if static is not None:
            template = Template((static,), escapes=False)
        elif source.startswith(("context.", "stageVariables.")):
            template = compile_simple(f"${source}", place=block.place, escapes=True)
        else:
            raise UnsupportedError(block.place, f"the value {source} is not emulated")
        headers.append((target.removeprefix(_RESPONSE_HEADER), template))
    try:
        pattern = None if name == "default" else re.compile(name)
    except re.error:
        raise UnsupportedError(block.place, f"{name!r} is no selection pattern") from None
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
    """The status a request template gives; Velocity's JSON may lack the quotes, as on AWS."""
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        lenient = _LENIENT_STATUS.fullmatch(written)
        return int(lenient[1]) if lenient else None
    status = document.get("statusCode") if isinstance(document, dict) else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None
