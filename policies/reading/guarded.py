"""Finds out whether a stack declares an API behind mutual TLS."""

from policies.reading import types
from policies.reading.resource import Stack


def has_guarded_api(stack: Stack) -> bool:
    """Whether a custom domain of the stack requires a client certificate.

    The world of such a stack is closed: what cannot be judged is a violation. Other programs are
    not judged by rules that protect the authorizer of a guarded API.
    """
    found: bool = stack.memo(
        "guarded API",
        lambda: any(
            domain["mutualTlsAuthentication"].present
            for domain in stack.of_type(types.REST_DOMAIN, types.HTTP_DOMAIN)
        ),
    )
    return found
