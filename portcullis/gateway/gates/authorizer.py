"""Calls the Lambda authorizer, decides by its answer, and caches the answer.

Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers".
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Functions, InvocationResult, Response
from portcullis.gateway.gates.authorizer_answer import AuthorizerAnswer, MalformedAnswerError
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.event import request_event
from portcullis.gateway.gates.policy import ALLOW, PolicyDecision
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.resources.authorizers import LambdaAuthorizer
from portcullis.gateway.resources.unsupported import UnsupportedError

MAX_METHOD_ARN_BYTES = 1600
MAX_CACHED_ANSWERS = 10_000
REASON_CODE = re.compile(
    r"[a-z_]{1,64}"
)  # what our authorizer raises; any other text may hold secrets
ALLOWED, MISSING_SCOPE = "ok", "missing_scope"  # codes of authorizer.reasons
UNAUTHORIZED = "Unauthorized"  # API Gateway answers 401 to an exception with exactly this message

Source = Callable[[Call], str | None]


@dataclass(frozen=True, slots=True)
class _Cached:
    answer: AuthorizerAnswer
    certificate: str | None
    until: float


class AuthorizerGate:
    """One authorizer in front of one stage; its cache is shared by every method behind it."""

    def __init__(
        self,
        authorizer: LambdaAuthorizer,
        *,
        functions: Functions,
        may_invoke: bool,
        stage_variables: Mapping[str, str],
        clock: Callable[[], float],
        execution_log: Callable[[str], None],
    ) -> None:
        self._function = authorizer.function
        self._name = authorizer.name
        self._ttl_seconds = authorizer.ttl_seconds
        self._sources = tuple(
            _identity_source(s, stage_variables, authorizer.place)
            for s in authorizer.identity_sources
        )
        self._functions = functions
        self._may_invoke = may_invoke
        self._stage_variables = stage_variables
        self._clock = clock
        self._log = execution_log
        self._cache: OrderedDict[tuple[str | None, ...], _Cached] = OrderedDict()

    async def check(
        self, call: Call, method_arn: str, responses: GatewayResponses
    ) -> Response | AuthorizerAnswer:
        """The refusal, or the authorizer's answer if it allows the call."""
        if len(method_arn.encode()) > MAX_METHOD_ARN_BYTES:
            return responses.answer(call, "METHOD_ARN_TOO_LONG")
        identity: tuple[str | None, ...] = ()
        answer: AuthorizerAnswer | None = None
        if self._ttl_seconds:
            identity = tuple([source(call) for source in self._sources])
            if not all(identity):
                return responses.answer(call, "NO_IDENTITY_SOURCE")
            answer = self._remembered(call, identity)
        if answer is None:
            called = await self._call(call, method_arn, responses)
            if isinstance(called, Response):
                return called
            answer = called
            if self._ttl_seconds:
                self._remember(call, identity, answer)
        return self._decide(call, method_arn, answer, responses)

    def _decide(
        self, call: Call, method_arn: str, answer: AuthorizerAnswer, responses: GatewayResponses
    ) -> Response | AuthorizerAnswer:
        call.authorizer_answer = answer
        context = call.context
        context.update(answer.variables)
        decision = answer.policy.decide(method_arn)
        if decision is ALLOW:
            return answer
        context["authorizer.status"] = "403"
        self._log(f"({call.request_id}) The client is not authorized to perform this operation.")
        name = "EXPLICIT_DENY" if decision is PolicyDecision.EXPLICIT_DENY else "IMPLICIT_DENY"
        return responses.answer(call, name, reason=_refusal_reason(answer, decision))

    async def _call(
        self, call: Call, method_arn: str, responses: GatewayResponses
    ) -> Response | AuthorizerAnswer:
        if not self._may_invoke:
            return self._failed(
                call,
                responses,
                "Invalid permissions on Lambda function",
                "API Gateway may not invoke the authorizer",
            )
        started = time.perf_counter()
        result = await self._functions.invoke(
            self._function.name,
            self._function.qualifier,
            request_event(call, method_arn, self._stage_variables),
        )
        latency = str(round((time.perf_counter() - started) * 1000))
        call.context["authorizer.latency"] = latency
        call.context["authorizer.integrationLatency"] = latency
        if result.function_error is not None:
            if result.error_message == UNAUTHORIZED:
                call.context["authorizer.status"] = "401"
                return responses.answer(call, "UNAUTHORIZED")
            return self._failed(
                call,
                responses,
                "Authorizer error",
                f"the authorizer failed: {_why(result)}",
            )
        try:
            return AuthorizerAnswer.parse(result.payload)
        except MalformedAnswerError as error:
            return self._failed(
                call, responses, "Could not parse policy", f"the authorizer's answer: {error}"
            )

    def _failed(
        self, call: Call, responses: GatewayResponses, aws_words: str, reason: str
    ) -> Response:
        call.context["authorizer.status"] = "500"
        call.context["authorizer.error"] = aws_words
        self._log(
            f"({call.request_id}) Execution failed due to configuration error: {aws_words} "
            f"[{self._name}: {reason}]"
        )
        return responses.answer(call, "AUTHORIZER_FAILED", reason=reason)

    def _remembered(self, call: Call, identity: tuple[str | None, ...]) -> AuthorizerAnswer | None:
        found = self._cache.get(identity)
        if found is None:
            return None
        if found.until <= self._clock():
            del self._cache[identity]
            return None
        if found.certificate != _pem(call):
            # AWS would use the cached answer; here the certificate has to be the same too.
            self._log(
                f"({call.request_id}) [{self._name}: the identity sources are the same for "
                "two client certificates; AWS would reuse the answer of the other one]"
            )
            return None
        self._cache.move_to_end(identity)
        return found.answer

    def _remember(
        self, call: Call, identity: tuple[str | None, ...], answer: AuthorizerAnswer
    ) -> None:
        self._cache[identity] = _Cached(answer, _pem(call), self._clock() + self._ttl_seconds)
        self._cache.move_to_end(identity)
        if len(self._cache) > MAX_CACHED_ANSWERS:
            self._cache.popitem(last=False)


def _refusal_reason(answer: AuthorizerAnswer, decision: PolicyDecision) -> str:
    """Our authorizer's own reason; its Allow permits the routes of the client's scopes only."""
    reason = answer.context.get("reason")
    return MISSING_SCOPE if reason == ALLOWED else reason or decision


def _why(result: InvocationResult) -> str:
    """The kind of failure, and the reason code where the function raised one."""
    code = REASON_CODE.fullmatch(result.error_message or "")
    return f"{result.function_error}: {code[0]}" if code else str(result.function_error)


def _identity_source(expression: str, stage_variables: Mapping[str, str], place: str) -> Source:
    kind, _, name = expression.partition(".")
    if expression.startswith("method.request.header."):
        header = expression.removeprefix("method.request.header.").lower()
        return lambda call: ",".join(v for n, v in call.headers if n.lower() == header) or None
    if expression.startswith("method.request.querystring."):
        argument = expression.removeprefix("method.request.querystring.")
        return lambda call: "&".join(v for n, v in call.arguments if n == argument) or None
    if kind == "stageVariables" and name:
        value = stage_variables.get(name)
        return lambda _call: value
    if kind == "context" and name:
        return lambda call: call.context.get(name)
    raise UnsupportedError(place, f"the identity source {expression} is not emulated")


def _pem(call: Call) -> str | None:
    return None if call.certificate is None else call.certificate.pem
