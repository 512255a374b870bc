"""HTTP_PROXY integration: the request goes to an HTTP backend, and its answer to the client.

Source: API Gateway Developer Guide, "HTTP integrations for REST APIs"; that an empty mapped value
leaves the client's own header is captured.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote

from portcullis.gateway.exchange import (
    Layer,
    Response,
    Upstream,
    UpstreamError,
    UpstreamTimeoutError,
)
from portcullis.gateway.gates.backend_uri import compile_uri, render, with_stage_variables
from portcullis.gateway.gates.call import REMEMBERED_HEADERS, Call, Headers
from portcullis.gateway.gates.integration_headers import NOT_PROXIED, returned_headers
from portcullis.gateway.gates.integration_timeout import note_latency, timeout_seconds
from portcullis.gateway.gates.mapping import ParameterMapping, UnmappableValueError
from portcullis.gateway.gates.responses import JSON, GatewayResponses
from portcullis.gateway.resources.openapi import ANY, METHODS
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

FIRST_FINAL_STATUS = 200
LAST_STATUS = 599
API_ID_HEADER = "x-amzn-apigateway-api-id"
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_BACKEND = Layer.BACKEND  # to look it up takes Python 3.11 a call

_PROXY_KEYS = (
    "type",
    "httpMethod",
    "uri",
    "connectionType",
    "connectionId",
    "integrationTarget",
    "passthroughBehavior",
    "timeoutInMillis",
    "requestParameters",
    "requestTemplates",
    "responses",
    "cacheNamespace",
    "cacheKeyParameters",
    "responseTransferMode",
)


class HttpProxy:
    """Sends the request as it came, but for what the program maps and API Gateway rewrites."""

    def __init__(
        self,
        block: Block,
        *,
        api_id: str,
        stage_variables: Mapping[str, str],
        upstream: Upstream,
        execution_log: Callable[[str], None],
    ) -> None:
        _check_connection(block)
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
        uri = with_stage_variables(block.required_text("uri"), stage_variables)
        self._path, self._query = compile_uri(uri, self._mapping, block.place)
        self._timeout_seconds = timeout_seconds(block)
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
        call.backend_request = (method, url, headers)
        context = call.context
        started = time.perf_counter()
        try:
            answer = await self._upstream.send(method, url, headers, body, self._timeout_seconds)
        except UpstreamTimeoutError:
            return self._failed(call, responses, started, "INTEGRATION_TIMEOUT", "a timeout error")
        except UpstreamError as error:
            words = f"a network error communicating with endpoint ({error})"
            return self._failed(call, responses, started, "INTEGRATION_FAILURE", words)
        note_latency(call, started)
        if not FIRST_FINAL_STATUS <= answer.status <= LAST_STATUS:
            words = f"the status {answer.status} of the endpoint"
            return self._failed(call, responses, started, "INTEGRATION_FAILURE", words)
        context["integration.status"] = context["integrationStatus"] = str(answer.status)
        return Response(
            status=answer.status,
            headers=returned_headers(answer.headers),
            body=answer.body,
            layer=_BACKEND,
        )

    def _failed(
        self, call: Call, responses: GatewayResponses, started: float, name: str, words: str
    ) -> Response:
        note_latency(call, started)
        context = call.context
        context["integration.error"] = context["integrationErrorMessage"] = (
            f"Execution failed due to {words}"
        )
        self._log(f"({call.request_id}) Execution failed due to {words}")
        return responses.answer(call, name, reason=words)

    def _url(self, call: Call) -> str:
        path = render(self._path, self._mapping.path, call)
        pairs = [
            f"{quote(n, safe='')}={quote(v, safe='')}"
            for n, v in (*call.arguments, *self._mapped_query(call))
        ]
        if self._query:
            pairs.insert(0, render(self._query, self._mapping.path, call))
        return f"{path}?{'&'.join(pairs)}" if pairs else path

    def _mapped_query(self, call: Call) -> list[tuple[str, str]]:
        # A mapped argument is added to the client's of the same name, it does not replace it.
        return [(name, found) for name, value in self._mapping.query if (found := value(call))]

    def _headers(self, call: Call) -> Headers:
        mapped = self._mapping.mapped_headers(call)
        sent, names = _proxied(call.client_headers + call.inserted_headers)
        headers = [(name, value) for lowered, name, value in sent if lowered not in mapped]
        headers += [header for header in call.set_headers if header[0].lower() not in mapped]
        headers.append((API_ID_HEADER, self._api_id))
        headers += mapped.values()
        if "accept" not in names and "accept" not in mapped:
            headers.append(("Accept", JSON))
        if "user-agent" not in names and "user-agent" not in mapped:
            headers.append(("User-Agent", f"AmazonAPIGateway_{self._api_id}"))
        return tuple(headers)


@lru_cache(maxsize=REMEMBERED_HEADERS)
def _proxied(headers: Headers) -> tuple[tuple[tuple[str, str, str], ...], frozenset[str]]:
    """The headers that a backend gets, each with its name in lower case, and all these names."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() not in NOT_PROXIED:
            # Headers of exactly the same name become one, as API Gateway sends them.
            values.setdefault(name, []).append(value)
    sent = tuple((name.lower(), name, ",".join(each)) for name, each in values.items())
    return sent, frozenset(lowered for lowered, _, _ in sent)


def _check_connection(block: Block) -> None:
    """A VPC link is emulated by address: the host of the URI is called from this machine."""
    kind = block.text("connectionType") or "INTERNET"
    has_link = bool(block.text("connectionId"))
    if kind not in {"INTERNET", "VPC_LINK"}:
        raise UnsupportedError(block.place, f"the connectionType {kind} is not emulated")
    if has_link != (kind == "VPC_LINK"):
        raise UnsupportedError(
            block.place,
            "connectionId and the connectionType VPC_LINK go together, or API Gateway refuses it",
            "Set both, or neither.",
        )
    if block.text("integrationTarget") and not has_link:
        raise UnsupportedError(block.place, "it has an integrationTarget without a VPC link")
