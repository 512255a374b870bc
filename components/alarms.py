"""The alarms on AWS's and the authorizer's metrics, from alarms.yaml beside this module."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pulumi import Input

from components.gateway_responses import LAYERS
from components.metrics import CERTIFICATE_NAMESPACE, Names, refusal_metric
from portcullis.yaml_table import read_table

EXPIRY_ALARM_DAYS = 45  # time to renew, distribute and deploy, with a holiday in between
DAY_SECONDS, HOUR_SECONDS = 86_400, 3600
# Where one client is locked out: its address, path, rate or identity. Bad bodies are its own fault.
CLIENT_LAYERS = ("web-acl", "route", "throttle", "authorizer")
CLIENT_REFUSALS_DESCRIPTION = (
    "The gates have begun to refuse the calls of a client: the alarm's contributors name the "
    'certificate. Log query: "{prefix}/refusals of each client by hour", over a week for what is '
    "usual for this client; then portcullis explain."
)
ALWAYS: Final = ("callers", "authorizer", "refusals", "client-certificates")
_LISTED: Final[Mapping[str, list[dict[str, Any]]]] = read_table(__file__)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Counts are within five minutes."""

    server_errors: int = 5
    p99_latency_milliseconds: int = 3000
    authorizer_errors: int = 3
    authorizer_failures: int = 1  # a client that calls once an hour must not wait for a second one
    renewal_failures: int = 1  # a client tries once an hour, or once a day
    web_acl_blocks: int = 500
    refusals: int = 100
    client_refusals: int = 5  # of one client within an hour
    client_certificate_days: int = 14  # below authorizer.metrics.EXPIRY_NOTICE_DAYS
    crl_hours: int = 24  # before a list is overdue: time to fetch and deploy the next one


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One metric alarm; ``suffix`` ends its name and its resource's name."""

    suffix: str
    description: str
    namespace: str
    metric_name: str
    dimensions: Mapping[str, Input[str]]
    threshold: int
    statistic: str | None = "Sum"  # None with an extended statistic
    extended_statistic: str | None = None
    comparison_operator: str = "GreaterThanOrEqualToThreshold"
    period_seconds: int = 300
    evaluation_periods: int = 1
    treat_missing_data: str = "notBreaching"  # without calls there is nothing to report


def alarms(
    names: Names,
    thresholds: Thresholds,
    server_certificate: Mapping[str, Input[str]],
    *groups: str,
) -> Iterator[Alarm]:
    """The alarms of these groups of alarms.yaml, and of those that every stack has."""
    certificate = (CERTIFICATE_NAMESPACE, server_certificate)
    limits = asdict(thresholds)
    for listed in (entry for group in (*ALWAYS, *groups) for entry in _LISTED[group]):
        properties = dict(listed)
        watch, metric = properties.pop("metric").split()
        namespace, dimensions = certificate if watch == "certificate" else names.dimensions(watch)
        threshold = properties.pop("threshold")
        description = properties.pop("description")
        if "extended_statistic" in properties:
            properties["statistic"] = None
        yield Alarm(
            description=description.format(prefix=names.prefix, **limits),
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            threshold=limits.get(threshold, threshold),
            **properties,
        )
    for layer in LAYERS:
        yield Alarm(
            suffix=refusal_metric(layer),
            description=f"The {layer} layer refuses far more than usual. Which callers: log query "
            f'"{names.prefix}/refusals by gate and client".',
            namespace=names.own_namespace,
            metric_name=refusal_metric(layer),
            dimensions={},
            threshold=thresholds.refusals,
        )
