"""Adds metrics to the log line in CloudWatch's embedded metric format: no call, no library.

Lines of a refusal, a failure or a new token carry them; the line of a remembered answer does not.
Source: CloudWatch User Guide, "Specification: Embedded metric format".
"""

from typing import Any, NamedTuple

NAMESPACE = "Portcullis/Authorizer"
FUNCTION = "FunctionName"  # a dimension of each metric, as in AWS's own
DAY_SECONDS = 86400
EXPIRY_NOTICE_DAYS = 30  # a client's certificate is reported below it,
EXPIRY_NOTICE_PART = 6  # and in the last sixth of its life: short-lived ones are renewed before


class Metric(NamedTuple):
    """Unit and dimensions of a metric. CloudWatch charges for each set of dimension values."""

    unit: str
    dimensions: tuple[tuple[str, ...], ...]


_ALONE, _BY_REASON, _BY_CLIENT = (FUNCTION,), (FUNCTION, "reason"), (FUNCTION, "clientId")

# By the member of the log line that holds the value. An alarm cannot search for reasons or clients,
# so what one watches is also kept without them.
METRICS = {
    "refused": Metric("Count", (_BY_REASON,)),
    "failed": Metric("Count", (_ALONE, _BY_REASON)),
    "kmsMs": Metric("Milliseconds", (_ALONE,)),
    "registryMs": Metric("Milliseconds", (_ALONE,)),
    "daysToExpiry": Metric("Count", (_ALONE, _BY_CLIENT)),
    "crlAgeHours": Metric("Count", (_ALONE,)),
    "crlHoursLeft": Metric("Count", (_ALONE,)),
}
_DIRECTIVES = {
    name: {
        "Namespace": NAMESPACE,
        "Dimensions": metric.dimensions,
        "Metrics": [{"Name": name, "Unit": metric.unit}],
    }
    for name, metric in METRICS.items()
}


def embedded(members: dict[str, Any], *, function_name: str, now: float) -> dict[str, Any]:
    """The members to add to a line with these members; empty where none of them is a metric."""
    directives = [
        directive for name, directive in _DIRECTIVES.items() if members.get(name) is not None
    ]
    if not directives:
        return {}
    return {
        FUNCTION: function_name,
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": directives},
    }


def days_to_expiry(not_before: float, not_after: float, now: float) -> float | None:
    """The days left; None before the notice, so that a short life alone raises no alarm."""
    life = (not_after - not_before) / DAY_SECONDS
    days = (not_after - now) / DAY_SECONDS
    return round(days, 1) if days < min(EXPIRY_NOTICE_DAYS, life / EXPIRY_NOTICE_PART) else None
