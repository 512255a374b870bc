"""The event that a REST API sends to a function behind a Lambda proxy integration.

Unlike the event for an authorizer it has the body, and null in place of what is empty. The
authorizer's answer is in ``requestContext.authorizer``; ``headers`` are the caller's own, its
``Authorization`` too.
Source: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
"""

from collections.abc import Mapping
from typing import Any

from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.event import request_event

_NULL_IF_EMPTY = (
    "multiValueQueryStringParameters",
    "pathParameters",
    "queryStringParameters",
    "stageVariables",
)


def proxy_event(call: Call, stage_variables: Mapping[str, str]) -> dict[str, Any]:
    """A body that is not UTF-8 has U+FFFD in place of what cannot be decoded."""
    event = request_event(call, "", stage_variables)
    del event["type"], event["methodArn"]
    for name in _NULL_IF_EMPTY:
        event[name] = event[name] or None
    if call.authorizer_answer is not None:
        event["requestContext"]["authorizer"] = {
            **call.authorizer_answer.context,
            "principalId": call.authorizer_answer.principal,
            "integrationLatency": int(call.context.get("authorizer.integrationLatency", "0")),
        }
    body = call.request.body
    event["body"] = body.decode("utf-8", "replace") if body else None
    event["isBase64Encoded"] = False
    return event
