"""The web ACL sees every header before anybody checked it, and its log would keep them."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings


def _check(log: JudgedResource, settings: Settings) -> Iterator[str]:
    redacted = {
        field["singleHeader"]["name"].text("").lower() for field in log["redactedFields"].items()
    }
    for header in settings["headers"]:
        if header.lower() not in redacted:
            yield f"redactedFields leaves the header {header} readable."


RULE = ResourceRule(
    name="wafv2-log-redacts-authorization",
    title="A web ACL's log hides credentials.",
    severity=Severity.MEDIUM,
    why=(
        "Clients send tokens and cookies even where nobody asked. The log keeps whole headers, so "
        "what is not redacted can be replayed by whoever may read it."
    ),
    fix='redacted_fields=[{"single_header": {"name": "authorization"}}, …]',
    page="Log fields",
    url="https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
    types=frozenset({types.WEB_ACL_LOGGING}),
    settings={
        "headers": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["authorization", "cookie"],
            "description": "Headers that must be redacted.",
        }
    },
    check=_check,
)
