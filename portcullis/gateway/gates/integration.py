"""The integration of one API method: an HTTP backend or a function by proxy, or a MOCK."""

from collections.abc import Callable, Mapping
from typing import Protocol

from portcullis.gateway.exchange import Functions, Response, Upstream
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.http_proxy import HttpProxy
from portcullis.gateway.gates.lambda_proxy import LambdaProxy
from portcullis.gateway.gates.mock import Mock
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.resources.arn import FunctionArn
from portcullis.gateway.resources.openapi import ApiMethod
from portcullis.gateway.resources.unsupported import UnsupportedError


class Integration(Protocol):
    async def answer(self, call: Call, responses: GatewayResponses) -> Response:
        """Always an answer: the backend's, or a gateway response."""


def compile_integration(
    operation: ApiMethod,
    *,
    api_id: str,
    stage_variables: Mapping[str, str],
    upstream: Upstream,
    functions: Functions,
    may_invoke: Callable[[FunctionArn], bool],
    execution_log: Callable[[str], None],
) -> Integration:
    """Raises UnsupportedError for any type but HTTP_PROXY, AWS_PROXY and MOCK."""
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
    if kind == "AWS_PROXY":
        return LambdaProxy(
            block,
            stage_variables=stage_variables,
            functions=functions,
            may_invoke=may_invoke,
            execution_log=execution_log,
        )
    if kind == "MOCK":
        return Mock(block, stage_variables=stage_variables, execution_log=execution_log)
    raise UnsupportedError(operation.place, f"an integration of type {kind} is not emulated")
