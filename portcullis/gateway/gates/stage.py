"""One stage of one API, compiled: the gates behind the entrance, in AWS's order.

Web ACL, route, throttle, API key, authorizer, validation, integration.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from portcullis.gateway.exchange import Functions, Layer, Response, Upstream
from portcullis.gateway.gates.access_log import AccessLog
from portcullis.gateway.gates.answers import ANSWERS
from portcullis.gateway.gates.authorizer import AuthorizerGate
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.integration import Integration, compile_integration
from portcullis.gateway.gates.responses import JSON, GatewayResponses
from portcullis.gateway.gates.routing import Router
from portcullis.gateway.gates.throttle import (
    MethodSetting,
    TokenBucket,
    method_settings,
    setting_of,
)
from portcullis.gateway.gates.usage import HEADER as API_KEY_HEADER
from portcullis.gateway.gates.usage import ApiKeys, api_keys
from portcullis.gateway.gates.validation import RequestValidator
from portcullis.gateway.resources.authorizers import LambdaAuthorizer
from portcullis.gateway.resources.model import StageModel
from portcullis.gateway.resources.openapi import METHODS, ApiMethod
from portcullis.gateway.resources.permissions import may_invoke
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.web_acl import WebAcl, WebAclVerdict
from portcullis.graph.resource import Graph

Log = Callable[[str], None]
AUTHORIZER_KEY_SOURCE = "AUTHORIZER"  # the API key is the authorizer's usageIdentifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StageServices:
    """What a stage is compiled with, beside the graph."""

    graph: Graph
    web_acls: Mapping[str, WebAcl]
    functions: Functions
    upstream: Upstream
    access_log: Log
    execution_log: Log
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """One operation, compiled."""

    resource_id: str
    buckets: Mapping[str, TokenBucket]  # by method: AWS throttles each method by itself
    needs_api_key: bool
    authorizer: AuthorizerGate | None
    validator: RequestValidator | None
    integration: Integration


class Stage:
    """Compiled from the graph; ``answer`` takes a call through the gates."""

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
        self._keys_from_authorizer = api.contract.api_key_source == AUTHORIZER_KEY_SOURCE
        self._api_keys = _api_keys(model, services)
        self._router = _router(model, services)

    async def answer(self, call: Call, path: str) -> Response:
        """``path`` is canonical, without stage name or base path."""
        call.path = call.path or path
        self.note(call)
        refusal = self._pass_web_acl(call)
        if refusal is not None:
            return refusal
        route = self._route(call, path)
        if isinstance(route, Response):
            return route
        refusal = (
            self._throttle(call, route)
            or await self._authorize(call, route, path)
            or self._validate(call, route)
        )
        if refusal is not None:
            return refusal
        started = time.perf_counter()
        response = await route.integration.answer(call, self._responses)
        _note_time(call, Layer.INTEGRATION, started)
        return response

    def note(self, call: Call) -> None:
        """Everything of ``$context`` that is known before the first gate."""
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
        verdict = self._web_acl.evaluate(call.request)
        _note_time(call, Layer.WEB_ACL, started)
        context = call.context
        context["waf.latency"] = str(round(call.timings_ms[Layer.WEB_ACL]))
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

    def _route(self, call: Call, path: str) -> "Response | _Route":
        match = self._router.match(path, call.method)
        if match is not None:
            call.resource_path = call.context["resourcePath"] = match.resource_path
            call.path_parameters = match.parameters
            if match.target is not None:
                call.context["resourceId"] = match.target.resource_id
                return match.target
        reason = "no such resource" if match is None else "no such method"
        return self._responses.answer(call, "UNKNOWN_ROUTE", reason=reason)

    def _throttle(self, call: Call, route: _Route) -> Response | None:
        bucket = route.buckets.get(call.method)
        if bucket is not None and not bucket.take():
            return self._responses.answer(call, "THROTTLED", reason="stage")
        if route.needs_api_key and not self._keys_from_authorizer:
            return self._check_key(call, call.request.header(API_KEY_HEADER))
        return None

    async def _authorize(self, call: Call, route: _Route, path: str) -> Response | None:
        if route.authorizer is None:
            return None
        started = time.perf_counter()
        method_arn = f"{self._arn_prefix}{call.method}{path}"
        answer = await route.authorizer.check(call, method_arn, self._responses)
        _note_time(call, Layer.AUTHORIZER, started)
        if isinstance(answer, Response):
            return answer
        if route.needs_api_key and self._keys_from_authorizer:
            return self._check_key(call, answer.usage_identifier_key)
        return None

    def _validate(self, call: Call, route: _Route) -> Response | None:
        if route.validator is None:
            return None
        started = time.perf_counter()
        refusal = route.validator.check(call, self._responses)
        _note_time(call, Layer.VALIDATION, started)
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


def _api_keys(model: StageModel, services: StageServices) -> ApiKeys:
    return api_keys(services.graph, model.api.id, model.name, services.clock)


def _router(model: StageModel, services: StageServices) -> Router[_Route]:
    api = model.api
    settings = method_settings(services.graph, api.id, model.name)
    general = setting_of(settings, "", "")
    log = services.execution_log if general and general.logging_level != "OFF" else _nowhere
    gates: dict[str, AuthorizerGate] = {}
    router: Router[_Route] = Router(api.place)
    for operation in api.contract.operations:
        if (
            operation.api_key_required
            and operation.authorizer is None
            and (api.contract.api_key_source == AUTHORIZER_KEY_SOURCE)
        ):
            raise UnsupportedError(
                operation.place, "it takes its API key from an authorizer, and has none"
            )
        authorizer = operation.authorizer
        if authorizer is not None and authorizer.name not in gates:
            gates[authorizer.name] = _gate(authorizer, model, services, log)
        validator = RequestValidator(operation.validation, operation.place)
        route = _Route(
            resource_id=_short_id(api.id, operation.path),
            buckets=_buckets(operation, settings, services.clock),
            needs_api_key=operation.api_key_required,
            authorizer=None if authorizer is None else gates[authorizer.name],
            validator=None if validator.checks_nothing else validator,
            integration=compile_integration(
                operation,
                api_id=api.id,
                stage_variables=model.variables,
                upstream=services.upstream,
                execution_log=log,
            ),
        )
        router.add(operation.path, operation.method, route)
    return router


def _gate(
    authorizer: LambdaAuthorizer, model: StageModel, services: StageServices, log: Log
) -> AuthorizerGate:
    api = model.api
    # API Gateway draws the id of a body's authorizer itself; a permission covers it by a wildcard.
    source_arn = f"{api.execution_arn}/authorizers/{_short_id(api.id, authorizer.name)}"
    return AuthorizerGate(
        authorizer,
        functions=services.functions,
        may_invoke=may_invoke(
            services.graph, authorizer.function, source_arn=source_arn, account=api.account
        ),
        stage_variables=model.variables,
        clock=services.clock,
        execution_log=log,
    )


def _buckets(
    operation: ApiMethod, settings: dict[str, MethodSetting], clock: Callable[[], float]
) -> dict[str, TokenBucket]:
    buckets: dict[str, TokenBucket] = {}
    for method in METHODS:
        setting = setting_of(settings, operation.path, method)
        bucket = None if setting is None else setting.bucket(clock)
        if bucket is not None:
            buckets[method] = bucket
    return buckets


def _short_id(api_id: str, name: str) -> str:
    """Six characters, as AWS's ids have; the same on every run."""
    return hashlib.sha256(f"{api_id} {name}".encode()).hexdigest()[:6]


@lru_cache(maxsize=4)
def _common_log_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _note_time(call: Call, layer: Layer, started: float) -> None:
    call.timings_ms[layer] = (time.perf_counter() - started) * 1000


def _nowhere(_line: str) -> None:
    """A log that nobody reads."""
