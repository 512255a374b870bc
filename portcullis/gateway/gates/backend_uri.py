"""The ``uri`` of an HTTP integration: stage variables once at the start, parameters per call."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.mapping import ParameterMapping, UnmappableValueError, Value
from portcullis.gateway.resources.unsupported import UnsupportedError

_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9._-]+)\+?\}")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


def compile_uri(
    uri: str, mapping: ParameterMapping, place: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Path and query of the URI, each as literal text and parameter names in turn.

    Raises UnsupportedError.
    """
    try:
        parsed = urlsplit(uri)
        is_address = parsed.scheme in {"http", "https"} and bool(parsed.hostname)
        _ = parsed.port
    except ValueError:
        is_address = False
    if not is_address or "#" in uri or "${" in uri or "@" in parsed.netloc or "{" in parsed.netloc:
        raise UnsupportedError(place, f"the integration's uri {uri} is not an HTTP URL")
    for name in _PLACEHOLDER.findall(uri):
        if name not in mapping.path:
            raise UnsupportedError(
                place,
                f"the integration's uri has {{{name}}}, but no request parameter is mapped to it",
                f"Map integration.request.path.{name} from method.request.path.{name}.",
            )
    before, _, query = uri.partition("?")
    return tuple(_PLACEHOLDER.split(before)), tuple(_PLACEHOLDER.split(query)) if query else ()


def render(parts: tuple[str, ...], values: Mapping[str, Value], call: Call) -> str:
    if len(parts) == 1:
        return parts[0]
    rendered: list[str] = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            rendered.append(part)
        else:
            value = values[part](call)
            if not value:
                raise UnmappableValueError(part)
            rendered.append(value)
    return "".join(rendered)


def with_stage_variables(uri: str, stage_variables: Mapping[str, str]) -> str:
    return _STAGE_VARIABLE.sub(lambda m: stage_variables.get(m[1], ""), uri)
