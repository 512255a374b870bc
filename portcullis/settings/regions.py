"""The regions that AWS has, from the list that botocore ships.

Read as a file: importing botocore would cost every command its start-up time.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from portcullis.settings.checks import nearest_name
from portcullis.settings.setting import Problem

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")  # those that components/arn.py composes ARNs for


def region_code(text: str) -> Problem | None:
    known = partitions_by_region()
    if text in known:
        return None
    return Problem(because="AWS has no such region", suggestion=nearest_name(text, list(known)))


@cache
def partitions_by_region() -> Mapping[str, str]:
    """The partition of every region; a partition of its own, such as aws-iso, is left out."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ImportError("botocore is not installed")
    file = Path(spec.origin).parent / "data" / "partitions.json"
    partitions = json.loads(file.read_text(encoding="utf-8"))["partitions"]
    return {
        region: partition["id"]
        for partition in partitions
        if partition["id"] in PARTITIONS
        for region in partition["regions"]
        if not region.endswith("-global")
    }
