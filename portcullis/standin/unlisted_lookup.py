"""Answers a lookup that no table lists, in a preview: every value that AWS would choose is unknown.

The SDK has no unknown for the plain form of a lookup (``aws.ec2.get_ami(...).id``). The answer is a
string that contains the sentinel and the lookup, and so does every string that the program makes of
it. :func:`portcullis.graph.wire.plain_value` turns them into unknowns.
"""

import json
import re
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote

from portcullis.graph.resource import UNKNOWN

MARK = f"{UNKNOWN}<"
_MARKED = re.compile(rf"{MARK}([a-z0-9-]+:[\w/]+:\w+)\?([^>]*)>")
_TOKEN = re.compile(r"([a-z0-9-]+):([^:]+):(\w+)")
_KEYWORD_MODULES = {"lambda": "lambda_"}
_DEEPEST = 3  # a result may contain itself


def unlisted_answer(token: str, args: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments, and an unknown text for each string of the result; None if it has no type.

    Numbers and booleans are left out: Python's SDK accepts no text for them.
    """
    result = result_type(token)
    return None if result is None else {**_unknown_fields(result, _text_of(token, args), 0), **args}


def lookups_in(value: Any) -> Iterator[tuple[str, str]]:
    """Token and arguments, in JSON, of the lookups whose answers are in a value."""
    if isinstance(value, str):
        yield from ((token, unquote(given)) for token, given in _MARKED.findall(value))
    elif isinstance(value, Mapping):
        yield from (lookup for item in value.values() for lookup in lookups_in(item))
    elif isinstance(value, list):
        yield from (lookup for item in value for lookup in lookups_in(item))


def _text_of(token: str, args: Mapping[str, Any]) -> str:
    return f"{MARK}{token}?{quote(json.dumps(args, sort_keys=True), safe='')}>"


def result_type(token: str) -> type | None:
    """``GetAmiResult`` of ``pulumi_aws.ec2`` for the token ``aws:ec2/getAmi:getAmi``."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    package, path, name = match.groups()
    module = path.partition("/")[0]
    parts = [f"pulumi_{package.replace('-', '_')}"]
    if module != "index":
        parts.append(_KEYWORD_MODULES.get(module, module.lower()))
    full_name = ".".join(parts)
    try:
        # The program called the lookup, so its module has been imported.
        loaded = sys.modules.get(full_name) or import_module(full_name)
    except ImportError:
        return None
    found = getattr(loaded, f"{name[0].upper()}{name[1:]}Result", None)
    return found if isinstance(found, type) else None


def _unknown_fields(result: type, text: str, depth: int) -> dict[str, Any]:
    from pulumi import _types  # noqa: PLC0415 - the program has imported it; a command has not

    types = _types.output_type_types(result)
    fields = {name: _unknown(type_, text, depth) for name, type_ in types.items()}
    return {name: value for name, value in fields.items() if value is not None}


def _unknown(type_: Any, text: str, depth: int) -> Any:
    from pulumi import _types  # noqa: PLC0415 - see above

    type_ = _types.unwrap_optional_type(type_)
    if type_ is str:
        return text
    origin = typing.get_origin(type_)
    if origin in {list, Sequence}:
        item = _unknown(typing.get_args(type_)[0], text, depth)
        return [] if item is None else [item]
    if origin in {dict, Mapping}:
        return {}
    if isinstance(type_, type) and _types.is_output_type(type_) and depth < _DEEPEST:
        return _unknown_fields(type_, text, depth + 1)
    return None
