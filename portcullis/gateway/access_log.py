"""One access log line per call, from the stage's own format.

Values are the callers' to choose, so each is written as JSON would escape it: nobody ends a line or
a string that the format began. What is not known is a dash.
Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs in API Gateway".
"""

import re
from collections.abc import Callable, Mapping

from portcullis.gateway.template import escaped
from portcullis.gateway.unsupported import UnsupportedError

UNKNOWN_VALUE = "-"
_VARIABLE = re.compile(r"\$context\.([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)")
_REQUIRED = frozenset({"requestId", "extendedRequestId"})
_QUOTED = frozenset({"error.messageString"})  # brings its own quotes


class AccessLog:
    """Writes to ``sink``. Raises UnsupportedError for a format that API Gateway refuses."""

    def __init__(self, log_format: str, *, place: str, sink: Callable[[str], None]) -> None:
        single_line = "".join(log_format.splitlines())
        pieces = _VARIABLE.split(single_line)
        self._literals = pieces[0::2]
        self._variables = pieces[1::2]
        self._sink = sink
        if not _REQUIRED & set(self._variables):
            raise UnsupportedError(
                place,
                "its access log format has neither $context.requestId nor "
                "$context.extendedRequestId, and API Gateway wants one of them",
            )

    def write(self, context: Mapping[str, str]) -> None:
        line = [self._literals[0]]
        for variable, literal in zip(self._variables, self._literals[1:], strict=True):
            line += (_written(variable, context.get(variable)), literal)
        self._sink("".join(line))


def _written(variable: str, value: str | None) -> str:
    if value is None or value == "":
        return UNKNOWN_VALUE
    return value if variable in _QUOTED else escaped(value)
