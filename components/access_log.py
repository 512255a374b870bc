"""Access log format, from access_log.yaml beside this module."""

import json

from portcullis.yaml_table import read_table

_FIELDS = read_table(__file__)
# Every value in quotes: API Gateway writes a bare "-" for a value it does not have.
ACCESS_LOG_FORMAT = json.dumps(
    {name: f"$context.{variable}" for name, variable in _FIELDS.items()}, separators=(",", ":")
)
