"""Figures for CloudWatch inside the log line, in the embedded metric format: no call, no library.

Only a line that was put together anyway carries them: a refusal, a failure, a new token. The line
of a reused answer has none, and costs nothing more.
Source: CloudWatch User Guide, "Specification: Embedded metric format".
"""

from typing import Any

NAMESPACE = "Portcullis/Authorizer"
FUNCTION = "FunctionName"  # a dimension of each metric, as in AWS's own
DAY_SECONDS = 86400
EXPIRY_NOTICE_DAYS = 30  # above it a client's certificate is nobody's concern

# Name, unit and further dimension of each, by the member of the log line that holds its value.
_METRICS = {
    "refused": ("Count", "reason"),
    "failed": ("Count", "reason"),
    "kmsMs": ("Milliseconds", None),
    "registryMs": ("Milliseconds", None),
    "daysToExpiry": ("Count", "clientId"),
    "crlAgeHours": ("Count", None),
    "crlOverdueHours": ("Count", None),
}


def embedded(members: dict[str, Any], *, function_name: str, now: float) -> dict[str, Any]:
    """What to add to a line with these members; nothing where none of them is a metric."""
    directives = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [[FUNCTION] if dimension is None else [FUNCTION, dimension]],
            "Metrics": [{"Name": name, "Unit": unit}],
        }
        for name, (unit, dimension) in _METRICS.items()
        if members.get(name) is not None
    ]
    if not directives:
        return {}
    return {
        FUNCTION: function_name,
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": directives},
    }


def days_to_expiry(not_after: float, now: float) -> float | None:
    """None while there is time enough."""
    days = (not_after - now) / DAY_SECONDS
    return round(days, 1) if days < EXPIRY_NOTICE_DAYS else None
