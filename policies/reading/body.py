"""Reads the OpenAPI document of an API.

Routes that no rule can read are one violation, of apigateway-body-is-readable. The other rules are
silent about them: see :class:`UnreadableBodyError`.
"""

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource

WITH_BODY = frozenset({types.REST_API, types.REST_API_PUT, types.HTTP_API})


class UnreadableBodyError(UndecidedError):
    """A document or a route is unknown, malformed or incomplete. Only one rule reports it."""


def body_of(api: JudgedResource) -> Node:
    """The root of the document; absent if the resource has none.

    Raises:
        UnreadableBodyError: it or a part of it is unknown in a preview, or it is not an OpenAPI
            document.
    """
    body = api["body"]
    if api.type not in WITH_BODY or not body.present:
        return Node(None, body.path)
    try:
        if body.is_mapping:
            body.plain()  # raises if a part is unknown; a string is known as a whole
        return body.document("OpenAPI document")
    except UndecidedError as error:
        raise UnreadableBodyError(str(error)) from error


def is_unreadable(part: JudgedResource) -> bool:
    """Whether a part of an API has a document that no rule can read."""
    try:
        body_of(part)
    except UnreadableBodyError:
        return True
    return False
