"""Limits of tags, the same for every service."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.limits.limit import Limit
from portcullis.awsmodels.requests import BY_TYPE
from portcullis.graph.resource import UNKNOWN

MAX_TAGS: Final = 50
MAX_KEY_CHARACTERS: Final = 128
MAX_VALUE_CHARACTERS: Final = 256


def _tags(value: Any, _: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping):
        return "they are not a mapping"
    if len(value) > MAX_TAGS:
        return f"there are {len(value)}"
    for key, text in value.items():
        if not key or len(key) > MAX_KEY_CHARACTERS:
            return f"the key {key[:20]!r}… has {len(key)} characters"
        if key.lower().startswith("aws:"):
            return f"the key {key!r} has the reserved prefix aws:"
        if text != UNKNOWN and len(str(text)) > MAX_VALUE_CHARACTERS:
            return f"the value of {key!r} has {len(str(text))} characters"
    return None


ROWS: Final[Sequence[Limit]] = tuple(
    Limit(
        types=(resource_type,),
        property="tags",
        operation=requests.sent[0].operation,
        kind=FaultKind.QUOTA,
        accepted=f"up to {MAX_TAGS} tags, keys of 1 to {MAX_KEY_CHARACTERS} characters without the "
        f"prefix aws:, values of up to {MAX_VALUE_CHARACTERS}",
        source="AWS General Reference, Tag naming limits and requirements",
        breaks=_tags,
    )
    for resource_type, requests in BY_TYPE.items()
)
