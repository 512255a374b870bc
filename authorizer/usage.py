"""Computes the value of the API key whose usage plan counts a call.

With ``apiKeySource: AUTHORIZER`` API Gateway looks for an API key whose value is the answer's
``usageIdentifierKey``. A caller cannot send one, so the value need not be secret: it can be
computed from stage and client. The deploy makes the keys with this function.
Source: API Gateway Developer Guide, "Choose an API key source" and "Output from an API Gateway
Lambda authorizer".
"""

import hashlib

# A value is alphanumeric and has 20 to 128 characters; two keys of one value are one key.
# Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs".
KEY_LENGTH = 40


def usage_key(stage: str, name: str) -> str:
    """``name`` is a client's id, or a rate plan where clients come and go without a deploy."""
    return hashlib.sha256(f"{stage}\0{name}".encode()).hexdigest()[:KEY_LENGTH]
