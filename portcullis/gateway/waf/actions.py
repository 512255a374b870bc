"""Actions of web ACL rules: allow, block or count, with custom responses and inserted headers.

Source: AWS WAF Developer Guide, "Customized web requests and responses in AWS WAF".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

INSERTED_HEADER_PREFIX = "x-amzn-waf-"
UNSUPPORTED_ACTIONS = ("captcha", "challenge")
CONTENT_TYPES = {
    "TEXT_PLAIN": "text/plain",
    "TEXT_HTML": "text/html",
    "APPLICATION_JSON": "application/json",
}


class ActionKind(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomResponse:
    """The response to a blocked request, instead of the gateway response WAF_FILTERED."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    kind: ActionKind
    custom_response: CustomResponse | None = None
    inserted_headers: tuple[tuple[str, str], ...] = ()


def parse_action(block: Block, bodies: Mapping[str, tuple[str, bytes]]) -> Action:
    kinds = block.names()
    if len(kinds) != 1:
        raise UnsupportedError(
            block.place, f"it must have one action, but has {', '.join(kinds) or 'none'}"
        )
    kind = kinds[0]
    if kind in UNSUPPORTED_ACTIONS or kind not in set(ActionKind):
        raise UnsupportedError(block.place, f"the action {kind} is not emulated")
    inner = block.required_block(kind)
    if kind == ActionKind.BLOCK:
        inner.only("customResponse")
        custom = inner.block("customResponse")
        return Action(
            kind=ActionKind.BLOCK,
            custom_response=None if custom is None else _custom_response(custom, bodies),
        )
    inner.only("customRequestHandling")
    handling = inner.block("customRequestHandling")
    return Action(
        kind=ActionKind(kind),
        inserted_headers=() if handling is None else _inserted_headers(handling),
    )


def _inserted_headers(handling: Block) -> tuple[tuple[str, str], ...]:
    handling.only("insertHeaders")
    return tuple(
        (INSERTED_HEADER_PREFIX + name, value)
        for name, value in _headers(handling, "insertHeaders")
    )


def _headers(block: Block, name: str) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    for header in block.blocks(name):
        header.only("name", "value")
        headers.append((header.required_text("name"), header.required_text("value")))
    return headers


def custom_response_bodies(owner: Block) -> dict[str, tuple[str, bytes]]:
    bodies: dict[str, tuple[str, bytes]] = {}
    for block in owner.blocks("customResponseBodies"):
        content_type = block.required_text("contentType")
        if content_type not in CONTENT_TYPES:
            raise UnsupportedError(block.place, f"contentType {content_type} is not emulated")
        bodies[block.required_text("key")] = (
            CONTENT_TYPES[content_type],
            block.required_text("content").encode(),
        )
    return bodies


def _custom_response(block: Block, bodies: Mapping[str, tuple[str, bytes]]) -> CustomResponse:
    block.only("responseCode", "customResponseBodyKey", "responseHeaders")
    key = block.text("customResponseBodyKey")
    if key is not None and key not in bodies:
        raise UnsupportedError(block.place, f"no custom response body has the key {key!r}")
    content_type, body = bodies[key] if key is not None else (None, b"")
    return CustomResponse(
        status=block.required_integer("responseCode"),
        headers=tuple(_headers(block, "responseHeaders")),
        body=body,
        content_type=content_type,
    )
