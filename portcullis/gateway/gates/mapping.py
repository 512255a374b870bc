"""Maps integration request parameters: headers, query arguments and path parameters.

Source: API Gateway Developer Guide, "Parameter mapping examples for REST APIs"; which headers a
program must not set, and that an empty value leaves the client's header, is captured.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from portcullis.gateway.gates.call import Call, by_name
from portcullis.gateway.gates.routing import climbs
from portcullis.gateway.resources.overlays import static_text
from portcullis.gateway.resources.unsupported import UnsupportedError

ILLEGAL_HEADERS = frozenset(
    {"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"}
)
Value = Callable[[Call], str | None]

_PREFIX = "integration.request."
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})  # RFC 9110 section 5.5


class UnmappableValueError(Exception):
    """A value that a header or path cannot hold.

    The call fails: without the mapped header the client's own would reach the backend.
    """


@dataclass(frozen=True, slots=True)
class ParameterMapping:
    """``requestParameters`` of one integration, compiled."""

    headers: tuple[tuple[str, str, Value], ...]  # name in lower case, name, value
    query: tuple[tuple[str, Value], ...]
    path: Mapping[str, Value]

    @classmethod
    def compile(
        cls, parameters: Mapping[str, str], stage_variables: Mapping[str, str], place: str
    ) -> "ParameterMapping":
        """Raises UnsupportedError for a target that makes AWS answer 500, or an unknown source."""
        headers: list[tuple[str, str, Value]] = []
        query: list[tuple[str, Value]] = []
        path: dict[str, Value] = {}
        for target, source in parameters.items():
            kind, _, name = target.removeprefix(_PREFIX).partition(".")
            if not target.startswith(_PREFIX) or not name:
                raise UnsupportedError(place, f"{target} is not an {_PREFIX}… parameter")
            value = _source(source, stage_variables, place)
            if kind == "header":
                _check_header(name, target, place)
                headers.append((name.lower(), name, value))
            elif kind == "path":
                path[name] = value if _is_path(source) else _encoded(value)
            elif kind != "querystring":
                raise UnsupportedError(place, f"the mapping target {target} is not emulated")
            elif source != f"method.request.querystring.{name}":
                # The proxy passes this argument on anyway; mapped onto itself it is not added.
                query.append((name, value))
        return cls(tuple(headers), tuple(query), path)

    def mapped_headers(self, call: Call) -> dict[str, tuple[str, str]]:
        """By lower-case name: each replaces every header of that name, compared without case.

        An empty or missing value is skipped, as on AWS: then the client's own header is sent.

        Raises:
            UnmappableValueError: a value with a character that a header must not contain.
        """
        mapped = {
            lowered: (name, found)
            for lowered, name, value in self.headers
            if (found := value(call))
        }
        if not _is_header_value("".join([value for _, value in mapped.values()])):
            raise UnmappableValueError(
                next(name for name, value in mapped.values() if not _is_header_value(value))
            )
        return mapped


def _is_header_value(text: str) -> bool:
    try:  # for a token this takes half the time of a regular expression
        return not text.encode("latin-1").translate(None, _HEADER_VALUE)
    except UnicodeEncodeError:
        return False


def _is_path(source: str) -> bool:
    return source.startswith("method.request.path.")  # still percent-encoded as sent


def _encoded(value: Value) -> Value:
    """Percent-encodes a value that is not from the path, so that it stays one segment."""

    def read(call: Call) -> str | None:
        found = value(call)
        encoded = None if found is None else quote(found, safe="")
        if encoded is not None and climbs(encoded):
            raise UnmappableValueError("a path parameter")
        return encoded

    return read


def _check_header(name: str, target: str, place: str) -> None:
    if name.lower() in ILLEGAL_HEADERS:
        raise UnsupportedError(
            place,
            f"it maps {target}, for which API Gateway answers 500",
            "Map another header; API Gateway sets this one itself.",
        )
    if not _HEADER_NAME.fullmatch(name):
        raise UnsupportedError(place, f"{name!r} is not a valid header name")


def _source(expression: str, stage_variables: Mapping[str, str], place: str) -> Value:
    static = static_text(expression)
    if static is not None:
        return lambda _call: static
    if expression.startswith("context."):
        name = expression.removeprefix("context.")
        return lambda call: call.context.get(name)
    if expression.startswith("stageVariables."):
        variable = stage_variables.get(expression.removeprefix("stageVariables."))
        return lambda _call: variable
    kind, _, name = expression.removeprefix("method.request.").partition(".")
    if expression.startswith("method.request.") and name and kind in _METHOD_SOURCES:
        read = _METHOD_SOURCES[kind]
        return lambda call: read(call, name)
    raise UnsupportedError(place, f"the mapping source {expression} is not emulated")


def _header(call: Call, name: str) -> str | None:
    values = by_name(call.headers).get(name)  # the name is case-sensitive, as on AWS
    return values[-1] if values else None


def _all_headers(call: Call, name: str) -> str | None:
    return ",".join(by_name(call.headers).get(name, ())) or None


def _argument(call: Call, name: str) -> str | None:
    values = by_name(call.arguments).get(name)
    return values[-1] if values else None


def _all_arguments(call: Call, name: str) -> str | None:
    return ",".join(by_name(call.arguments).get(name, ())) or None


def _path_parameter(call: Call, name: str) -> str | None:
    return call.path_parameters.get(name)


_METHOD_SOURCES: Mapping[str, Callable[[Call, str], str | None]] = {
    "header": _header,
    "multivalueheader": _all_headers,
    "querystring": _argument,
    "multivaluequerystring": _all_arguments,
    "path": _path_parameter,
}
