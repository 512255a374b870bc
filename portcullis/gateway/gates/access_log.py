"""Writes one access log line per call, in the stage's format.

Callers choose many of the values, so each is escaped as in JSON: a value cannot end the line or a
string of the format. A variable without a value is a dash.
Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs in API Gateway".
"""

import re
from collections.abc import Callable, Mapping

from portcullis.gateway.resources.template import escaped, is_plain
from portcullis.gateway.resources.unsupported import UnsupportedError

UNKNOWN_VALUE = "-"
_VARIABLE = re.compile(r"\$context\.([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)")
_REQUIRED = frozenset({"requestId", "extendedRequestId"})
_QUOTED = frozenset({"error.messageString"})  # has its own quotes


class AccessLog:
    """Writes to ``sink``. Raises UnsupportedError for a format that API Gateway refuses."""

    def __init__(self, log_format: str, *, place: str, sink: Callable[[str], None]) -> None:
        single_line = "".join(log_format.splitlines())
        pieces = _VARIABLE.split(single_line)
        self._pieces = pieces  # literal text and variable names in turn
        self._variables = pieces[1::2]
        self._unknown = [UNKNOWN_VALUE] * len(self._variables)
        self._sink = sink
        if not _REQUIRED & set(self._variables):
            raise UnsupportedError(
                place,
                "its access log format has neither $context.requestId nor "
                "$context.extendedRequestId, and API Gateway requires one of them",
            )

    def write(self, context: Mapping[str, str]) -> None:
        values = list(map(context.get, self._variables, self._unknown))
        if "" in values:
            values = [value or UNKNOWN_VALUE for value in values]
        if not is_plain("".join(values)):  # checked together: most calls need no escape
            values = [
                value if variable in _QUOTED else escaped(value)
                for variable, value in zip(self._variables, values, strict=True)
            ]
        line = self._pieces.copy()
        line[1::2] = values
        self._sink("".join(line))
