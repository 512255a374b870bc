"""Refuses a web ACL log without redaction of credentials."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import WAF_GUIDE, ResourceRule, Settings
from policies.setting import strings


def _check(log: JudgedResource, settings: Settings) -> Iterator[str]:
    redacted = {
        field["singleHeader"]["name"].text("").lower() for field in log["redactedFields"].items()
    }
    for header in settings["headers"]:
        if header.lower() not in redacted:
            yield f"redactedFields does not contain the header {header}."


RULE = ResourceRule(
    name="wafv2-log-redacts-authorization",
    title="Web ACL logs redact credentials.",
    severity=Severity.MEDIUM,
    why=(
        "The log contains all request headers. Tokens and cookies that are not redacted can be "
        "replayed by anyone who can read the log."
    ),
    fix='redacted_fields=[{"single_header": {"name": "authorization"}}, …]',
    page="Log fields",
    url=WAF_GUIDE + "logging-fields.html",
    types=frozenset({types.WEB_ACL_LOGGING}),
    settings={
        "headers": strings("Headers that must be redacted.", default=["authorization", "cookie"]),
    },
    check=_check,
)
