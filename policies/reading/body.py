"""Reads the OpenAPI document of an API.

A document that no rule can read is one violation, of apigateway-body-is-readable. The other rules
are silent about it: see :class:`UnreadableBodyError`.
"""

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource

WITH_BODY = frozenset({types.REST_API, types.REST_API_PUT, types.HTTP_API})


class UnreadableBodyError(UndecidedError):
    """The document is unknown, malformed or incomplete. Only one rule reports it."""


def body_of(api: JudgedResource) -> Node:
    """The root of the document; absent if the resource has none.

    Raises:
        UnreadableBodyError: it is unknown in a preview, or not an OpenAPI document.
    """
    body = api["body"]
    if api.type not in WITH_BODY or not body.present:
        return Node(None, body.path)
    try:
        return body.document("OpenAPI document")
    except UndecidedError as error:
        raise UnreadableBodyError(str(error)) from error
