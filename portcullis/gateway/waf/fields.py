"""``fieldToMatch``: extracts a request component and applies the text transformations.

Source: AWS WAF API Reference, FieldToMatch; Developer Guide, "Oversize web request components".
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from portcullis.gateway.exchange import Request
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.inspection import (
    HEADERS_LIMIT_BYTES,
    HEADERS_LIMIT_COUNT,
    Extract,
    Extracted,
    Inspection,
    json_at,
    json_elements,
    parse_json,
    wire_bytes,
)
from portcullis.gateway.waf.patterns import REMEMBERED_BYTES, REMEMBERED_TEXTS
from portcullis.gateway.waf.transformations import TRANSFORMATIONS, Transformation

SUPPORTED_FIELDS = (
    "allQueryArguments",
    "body",
    "cookies",
    "headers",
    "jsonBody",
    "method",
    "queryString",
    "singleHeader",
    "singleQueryArgument",
    "uriPath",
)
UNSUPPORTED_FIELDS = ("headerOrders", "ja3Fingerprint", "ja4Fingerprint", "uriFragment")
_OVERSIZE = {"CONTINUE": None, "MATCH": True, "NO_MATCH": False}
_SCOPES = {"ALL": (True, True), "KEY": (True, False), "VALUE": (False, True)}
Pairs = tuple[tuple[bytes, bytes], ...]
# What of a request a component is made from. Only of a body over the web ACL's limit there is more
# to know.
Part = Callable[[Request], Any]
METHOD, PATH, QUERY, HEADERS, BODY = map(attrgetter, ("method", "path", "query", "headers", "body"))


@dataclass(frozen=True, slots=True)
class Component:
    """A request component after its text transformations.

    Those with the same key share the extracted values.
    """

    key: str
    part: Part
    extract: Extract
    transform: Transformation | None

    def of(self, inspection: Inspection) -> Extracted:
        extracted = inspection.extracted.get(self.key)
        if extracted is None:
            extracted = self.extract(inspection)
            if self.transform is not None and not isinstance(extracted, bool):
                extracted = tuple(map(self.transform, extracted))
            inspection.extracted[self.key] = extracted
        return extracted


def compile_field(statement: Block) -> Component:
    """A statement's ``fieldToMatch``, after its ``textTransformations``."""
    field = statement.required_block("fieldToMatch")
    kinds = field.names()
    if len(kinds) != 1:
        raise UnsupportedError(
            statement.place, "fieldToMatch must have exactly one request component"
        )
    if kinds[0] not in _EXTRACTORS:
        raise UnsupportedError(statement.place, f"the request component {kinds[0]} is not emulated")
    part, extractor = _EXTRACTORS[kinds[0]]
    key = sys.intern(f"{field.values!r} {statement.values.get('textTransformations')!r}")
    return Component(
        key=key,
        part=part,
        extract=extractor(field),
        transform=_transformations(statement),
    )


def _transformations(statement: Block) -> Transformation | None:
    steps: list[Transformation] = []
    for block in sorted(
        statement.blocks("textTransformations"), key=lambda b: b.required_integer("priority")
    ):
        block.only("priority", "type")
        name = block.required_text("type")
        if name not in TRANSFORMATIONS:
            raise UnsupportedError(block.place, f"the text transformation {name} is not emulated")
        if name != "NONE":
            steps.append(TRANSFORMATIONS[name])
    if not steps:
        return None

    def transformed(text: bytes) -> bytes:
        for step in steps:
            text = step(text)
        return text

    remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(transformed)
    return lambda text: remembered(text) if len(text) <= REMEMBERED_BYTES else transformed(text)


def _method(field: Block) -> Extract:
    field.required_block("method").only()
    return lambda inspection: (wire_bytes(inspection.request.method),)


def _uri_path(field: Block) -> Extract:
    field.required_block("uriPath").only()
    return lambda inspection: (wire_bytes(inspection.request.path),)


def _query_string(field: Block) -> Extract:
    field.required_block("queryString").only()
    return lambda inspection: (wire_bytes(inspection.request.query),)


def _all_query_arguments(field: Block) -> Extract:
    field.required_block("allQueryArguments").only()
    return lambda inspection: tuple(value for _, value in inspection.arguments)


def _single_query_argument(field: Block) -> Extract:
    wanted = _name(field.required_block("singleQueryArgument")).encode()
    return lambda inspection: tuple(v for n, v in inspection.arguments if n.lower() == wanted)


def _single_header(field: Block) -> Extract:
    wanted = _name(field.required_block("singleHeader"))
    return lambda inspection: tuple(wire_bytes(v) for v in inspection.header(wanted))


def _body(field: Block) -> Extract:
    block = field.required_block("body")
    block.only("oversizeHandling")
    oversize = _oversize(block)

    def extract(inspection: Inspection) -> Extracted:
        body, limit = inspection.request.body, inspection.body_limit_bytes
        if len(body) <= limit:
            return (body,)
        return (body[:limit],) if oversize is None else oversize

    return extract


def _headers(field: Block) -> Extract:
    (block,) = _one(field, "headers")
    block.only("matchPattern", "matchScope", "oversizeHandling")
    chosen = _chosen(
        block.required_block("matchPattern"), "includedHeaders", "excludedHeaders", bytes.lower
    )
    return _pairs(block, lambda inspection: inspection.headers, chosen)


def _cookies(field: Block) -> Extract:
    block = field.required_block("cookies")
    block.only("matchPatterns", "matchScope", "oversizeHandling")
    (pattern,) = _one(block, "matchPatterns")
    chosen = _chosen(pattern, "includedCookies", "excludedCookies", lambda name: name)
    return _pairs(block, lambda inspection: inspection.cookies, chosen)


def _json_body(field: Block) -> Extract:
    block = field.required_block("jsonBody")
    block.only("invalidFallbackBehavior", "matchPattern", "matchScope", "oversizeHandling")
    oversize = _oversize(block)
    keys, values = _scope(block)
    # Without a fallback AWS inspects the body up to the error; the whole body contains that part.
    fallback = block.text("invalidFallbackBehavior") or "EVALUATE_AS_STRING"
    if fallback not in {"MATCH", "NO_MATCH", "EVALUATE_AS_STRING"}:
        raise UnsupportedError(block.place, f"invalidFallbackBehavior {fallback} is not emulated")
    pattern = block.required_block("matchPattern")
    pattern.only("all", "includedPaths")
    pointers = [_pointer(pattern, path) for path in pattern.texts("includedPaths")]
    if not pointers and "all" not in pattern:
        raise UnsupportedError(pattern.place, "it has neither all nor includedPaths")

    def extract(inspection: Inspection) -> Extracted:
        body = inspection.request.body
        if len(body) > inspection.body_limit_bytes:
            if oversize is not None:
                return oversize
            body = body[: inspection.body_limit_bytes]
        if not body:
            return ()
        try:
            document = parse_json(body)
        except ValueError:
            return (body,) if fallback == "EVALUATE_AS_STRING" else fallback == "MATCH"
        roots: Iterable[object] = (
            [found for pointer in pointers for found in json_at(document, pointer)]
            if pointers
            else [document]
        )
        return tuple(e for root in roots for e in json_elements(root, keys=keys, values=values))

    return extract


def _pairs(
    block: Block, of: Callable[[Inspection], Pairs], chosen: Callable[[bytes], bool]
) -> Extract:
    keys, values = _scope(block)
    oversize = _oversize(block)

    def extract(inspection: Inspection) -> Extracted:
        size = 0
        found: list[bytes] = []
        for count, (name, value) in enumerate(of(inspection)):
            size += len(name) + len(value)
            if count >= HEADERS_LIMIT_COUNT or size > HEADERS_LIMIT_BYTES:
                if oversize is not None:
                    return oversize
                value = value[: max(0, len(value) - (size - HEADERS_LIMIT_BYTES))]  # noqa: PLW2901
                if count < HEADERS_LIMIT_COUNT and value and values and chosen(name):
                    found.append(value)
                break
            if chosen(name):
                found += [name] * keys + [value] * values
        return tuple(found)

    return extract


def _chosen(
    pattern: Block, included: str, excluded: str, fold: Callable[[bytes], bytes]
) -> Callable[[bytes], bool]:
    pattern.only("all", included, excluded)
    if "all" in pattern:
        return lambda _name: True
    wanted = {fold(n.encode()) for n in pattern.texts(included)}
    if wanted:
        return lambda name: fold(name) in wanted
    unwanted = {fold(n.encode()) for n in pattern.texts(excluded)}
    if unwanted:
        return lambda name: fold(name) not in unwanted
    raise UnsupportedError(pattern.place, "its match pattern selects nothing")


def _name(block: Block) -> str:
    """The name of a header or argument, which AWS WAF compares without case."""
    block.only("name")
    return block.required_text("name").lower()


def _one(block: Block, name: str) -> list[Block]:
    found = block.blocks(name)
    if len(found) != 1:
        raise UnsupportedError(block.place, f"{name} must have one entry, but has {len(found)}")
    return found


def _scope(block: Block) -> tuple[bool, bool]:
    scope = block.required_text("matchScope")
    if scope not in _SCOPES:
        raise UnsupportedError(block.place, f"matchScope {scope} is not emulated")
    return _SCOPES[scope]


def _oversize(block: Block) -> bool | None:
    """None to inspect the part within the limit, else whether an oversize component matches."""
    handling = block.text("oversizeHandling") or "CONTINUE"
    if handling not in _OVERSIZE:
        raise UnsupportedError(block.place, f"oversizeHandling {handling} is not emulated")
    return _OVERSIZE[handling]


def _pointer(pattern: Block, path: str) -> tuple[str, ...]:
    if not path.startswith("/"):
        raise UnsupportedError(pattern.place, f"{path!r} is not a JSON pointer")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in path[1:].split("/"))


_EXTRACTORS: dict[str, tuple[Part, Callable[[Block], Extract]]] = {
    "allQueryArguments": (QUERY, _all_query_arguments),
    "body": (BODY, _body),
    "cookies": (HEADERS, _cookies),
    "headers": (HEADERS, _headers),
    "jsonBody": (BODY, _json_body),
    "method": (METHOD, _method),
    "queryString": (QUERY, _query_string),
    "singleHeader": (HEADERS, _single_header),
    "singleQueryArgument": (QUERY, _single_query_argument),
    "uriPath": (PATH, _uri_path),
}
