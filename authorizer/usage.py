"""Which usage plan a call counts against: the name that API Gateway knows the caller by.

With ``apiKeySource: AUTHORIZER`` API Gateway looks for an API key whose value is the answer's
``usageIdentifierKey``. A caller cannot send one himself, so the value is a name and no secret; the
deploy makes the keys by this very function.
Source: API Gateway Developer Guide, "Choose an API key source" and "Output from an API Gateway
Lambda authorizer".
"""

MIN_KEY_LENGTH = 20  # API Gateway API Reference, CreateApiKey


def usage_key(stage: str, name: str) -> str:
    """``name`` is a client's id, or a rate plan where clients come and go without a deploy."""
    return f"{stage}-{name}".ljust(MIN_KEY_LENGTH, "-")
