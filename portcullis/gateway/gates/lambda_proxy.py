"""AWS_PROXY integration: the request goes to a Lambda function as an event.

Mapping templates and parameters have no effect on it, so the token that the authorizer made is
where the function has to read it: in ``requestContext.authorizer``.
Source: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway"; the answers to
failures are inferred.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from portcullis.gateway.exchange import Functions, InvocationResult, Response
from portcullis.gateway.gates.backend_uri import with_stage_variables
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.integration_timeout import note_latency, timeout_seconds
from portcullis.gateway.gates.proxy_answer import MalformedProxyAnswerError, proxy_answer
from portcullis.gateway.gates.proxy_event import proxy_event
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.resources.arn import FunctionArn, function_of_invocation_uri
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

_INVOKE_METHOD = "POST"
_KEYS = (
    "type",
    "httpMethod",
    "uri",
    "passthroughBehavior",  # without effect, as are the two below
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "timeoutInMillis",
    "responses",
    "responseTransferMode",
)


class LambdaProxy:
    """Invokes the function of one method."""

    def __init__(
        self,
        block: Block,
        *,
        stage_variables: Mapping[str, str],
        functions: Functions,
        may_invoke: Callable[[FunctionArn], bool],
        execution_log: Callable[[str], None],
    ) -> None:
        if (block.text("responseTransferMode") or "BUFFERED") != "BUFFERED":
            raise UnsupportedError(block.place, "a streamed response is not emulated")
        block.only(*_KEYS)
        if block.required_text("httpMethod").upper() != _INVOKE_METHOD:
            raise UnsupportedError(
                block.place,
                "its httpMethod is not POST, with which Lambda is invoked",
                'Set "httpMethod": "POST".',
            )
        uri = with_stage_variables(block.required_text("uri"), stage_variables)
        function = function_of_invocation_uri(uri)
        if function is None:
            raise UnsupportedError(block.place, f"its uri {uri} is not a Lambda invocation")
        self._function = function
        self._may_invoke = may_invoke(function)
        self._timeout_seconds = timeout_seconds(block)
        self._stage_variables = stage_variables
        self._functions = functions
        self._log = execution_log

    async def answer(self, call: Call, responses: GatewayResponses) -> Response:
        if not self._may_invoke:
            words = "configuration error: Invalid permissions on Lambda function"
            return self._failed(call, responses, "API_CONFIGURATION_ERROR", words)
        started = time.perf_counter()
        result = await self._invoke(call)
        note_latency(call, started)
        if result is None:
            return self._failed(call, responses, "INTEGRATION_TIMEOUT", "a timeout error")
        if result.function_error is not None:
            call.context["integration.error"] = result.function_error
            words = f"a function error ({result.function_error})"
            return self._failed(call, responses, "FUNCTION_FAILED", words)
        try:
            response = proxy_answer(result.payload)
        except MalformedProxyAnswerError as error:
            words = f"configuration error: Malformed Lambda proxy response ({error})"
            return self._failed(call, responses, "FUNCTION_FAILED", words)
        status = str(response.status)
        call.context["integration.status"] = call.context["integrationStatus"] = status
        return response

    async def _invoke(self, call: Call) -> InvocationResult | None:
        """None at the integration's timeout; the function then runs to its end unheard."""
        invocation = self._functions.invoke(
            self._function.name,
            self._function.qualifier,
            proxy_event(call, self._stage_variables),
        )
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await invocation
        except TimeoutError:
            return None

    def _failed(self, call: Call, responses: GatewayResponses, name: str, words: str) -> Response:
        call.context["integrationErrorMessage"] = f"Execution failed due to {words}"
        self._log(f"({call.request_id}) Execution failed due to {words}")
        return responses.answer(call, name, reason=words)
