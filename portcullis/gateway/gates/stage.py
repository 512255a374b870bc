"""One stage of a REST API: takes a call through its gates in AWS's order.

Web ACL, route, throttle, API key, authorizer, validation, integration.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache

from portcullis.gateway.exchange import Layer, Response
from portcullis.gateway.gates.access_log import AccessLog
from portcullis.gateway.gates.answers import ANSWERS
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.methods import (
    AUTHORIZER_KEY_SOURCE,
    CompiledMethod,
    StageServices,
    compile_methods,
)
from portcullis.gateway.gates.responses import JSON, GatewayResponses
from portcullis.gateway.gates.usage import HEADER as API_KEY_HEADER
from portcullis.gateway.gates.usage import api_keys
from portcullis.gateway.resources.model import StageModel
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.web_acl import WebAcl, WebAclVerdict

# To look a member of an enum up takes Python 3.11 a call.
_WEB_ACL, _AUTHORIZER = Layer.WEB_ACL, Layer.AUTHORIZER
_VALIDATION, _INTEGRATION = Layer.VALIDATION, Layer.INTEGRATION


class Stage:
    """The gates of one stage, compiled from the graph."""

    def __init__(self, model: StageModel, services: StageServices) -> None:
        """Raises UnsupportedError."""
        api = model.api
        self._arn_prefix = f"{api.execution_arn}/{model.name}/"
        self._web_acl = _web_acl(model, services)
        self._responses = GatewayResponses(api.overlays, model.variables)
        self._traces = model.traces
        self._constants = {
            "accountId": api.account,
            "apiId": api.id,
            "stage": model.name,
            "deploymentId": model.deployment_id,
            **({"webaclArn": self._web_acl.arn} if self._web_acl else {}),
        }
        self.access_log = (
            None
            if model.access_log_format is None
            else AccessLog(model.access_log_format, place=model.place, sink=services.access_log)
        )
        self._keys_from_authorizer = api.api_key_source == AUTHORIZER_KEY_SOURCE
        self._api_keys = api_keys(services.graph, api.id, model.name, services.clock)
        self._router = compile_methods(model, services)

    async def answer(self, call: Call, path: str) -> Response:
        """Always returns a response. ``path`` is canonical, without stage name or base path."""
        call.path = call.path or path
        self.set_context(call)
        refusal = self._pass_web_acl(call)
        if refusal is not None:
            return refusal
        method = self._method(call, path)
        if isinstance(method, Response):
            return method
        refusal = (
            self._throttle(call, method)
            or await self._authorize(call, method, path)
            or self._validate(call, method)
        )
        if refusal is not None:
            return refusal
        started = time.perf_counter()
        response = await method.integration.answer(call, self._responses)
        _note_time(call, _INTEGRATION, started)
        return response

    def set_context(self, call: Call) -> None:
        """Sets the variables of ``$context`` that are known before the first gate."""
        request = call.request
        context = call.context
        context.update(self._constants)
        host = (request.header("host") or "").partition(":")[0]
        second = int(request.received_at)
        context["requestId"] = call.request_id
        context["extendedRequestId"] = call.extended_request_id
        context["httpMethod"] = call.method
        context["path"] = request.path
        context["protocol"] = request.http_version
        context["domainName"] = host
        context["domainPrefix"] = host.partition(".")[0]
        context["requestTime"] = _common_log_time(second)
        context["requestTimeEpoch"] = str(int(request.received_at * 1000))
        context["tlsVersion"] = request.tls.version
        context["cipherSuite"] = request.tls.cipher
        context["identity.sourceIp"] = request.source_ip
        user_agent = request.header("user-agent")
        if user_agent is not None:
            context["identity.userAgent"] = user_agent
        if self._traces:
            context["xrayTraceId"] = call.trace_id.removeprefix("Root=")

    def _pass_web_acl(self, call: Call) -> Response | None:
        if self._web_acl is None:
            return None
        started = time.perf_counter()
        verdict = call.web_acl_verdict = self._web_acl.evaluate(call.request)
        _note_time(call, _WEB_ACL, started)
        context = call.context
        context["waf.latency"] = str(round(call.timings_ms[_WEB_ACL]))
        if verdict.allowed:
            context["wafResponseCode"], context["waf.status"] = "WAF_ALLOW", "200"
            call.inserted_headers = verdict.inserted_headers
            return None
        context["wafResponseCode"], context["waf.status"] = "WAF_BLOCK", "403"
        return self._blocked(call, verdict)

    def _blocked(self, call: Call, verdict: WebAclVerdict) -> Response:
        custom = verdict.custom_response
        if custom is None:
            return self._responses.answer(call, "WEB_ACL_BLOCKED", reason=verdict.rule)
        standard = ANSWERS["WEB_ACL_BLOCKED"]
        call.context["error.responseType"] = standard.type or ""
        headers = [("Content-Type", custom.content_type or JSON)]
        headers += [h for h in custom.headers if h[0].lower() != "content-type"]
        return Response(
            status=custom.status,
            headers=(*headers, ("x-amzn-ErrorType", standard.error_type)),
            body=custom.body,
            layer=standard.layer,
            reason=verdict.rule,
            error_type=standard.error_type,
        )

    def _method(self, call: Call, path: str) -> Response | CompiledMethod:
        match = self._router.match(path, call.method)
        if match is not None:
            call.resource_path = call.context["resourcePath"] = match.resource_path
            call.path_parameters = match.parameters
            if match.target is not None:
                call.context["resourceId"] = match.target.resource_id
                return match.target
        reason = "no such resource" if match is None else "no such method"
        return self._responses.answer(call, "UNKNOWN_ROUTE", reason=reason)

    def _throttle(self, call: Call, method: CompiledMethod) -> Response | None:
        bucket = method.buckets.get(call.method)
        if bucket is not None and not bucket.take():
            return self._responses.answer(call, "THROTTLED", reason="stage")
        if method.needs_api_key and not self._keys_from_authorizer:
            return self._check_key(call, call.request.header(API_KEY_HEADER))
        return None

    async def _authorize(self, call: Call, method: CompiledMethod, path: str) -> Response | None:
        if method.authorizer is None:
            return None
        started = time.perf_counter()
        method_arn = f"{self._arn_prefix}{call.method}{path}"
        answer = await method.authorizer.check(call, method_arn, self._responses)
        _note_time(call, _AUTHORIZER, started)
        if isinstance(answer, Response):
            return answer
        if method.needs_api_key and self._keys_from_authorizer:
            return self._check_key(call, answer.usage_identifier_key)
        return None

    def _validate(self, call: Call, method: CompiledMethod) -> Response | None:
        if method.validator is None:
            return None
        started = time.perf_counter()
        refusal = method.validator.check(call, self._responses)
        _note_time(call, _VALIDATION, started)
        return refusal

    def _check_key(self, call: Call, value: str | None) -> Response | None:
        return self._api_keys.check(call, value, self._responses)


def _web_acl(model: StageModel, services: StageServices) -> WebAcl | None:
    if model.web_acl_arn is None:
        return None
    acl = services.web_acls.get(model.web_acl_arn)
    if acl is None:
        raise UnsupportedError(model.place, f"its web ACL {model.web_acl_arn} is not in the graph")
    return acl


@lru_cache(maxsize=4)
def _common_log_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _note_time(call: Call, layer: Layer, started: float) -> None:
    call.timings_ms[layer] = (time.perf_counter() - started) * 1000
