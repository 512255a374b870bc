"""Which usage plan a call counts against: the name that API Gateway knows the caller by.

With ``apiKeySource: AUTHORIZER`` API Gateway looks for an API key whose value is the answer's
``usageIdentifierKey``. A caller cannot send one himself, so the value is a name and no secret:
whoever knows stage and client can work it out. The deploy makes the keys by this very function.
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
