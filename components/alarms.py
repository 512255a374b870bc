"""The alarms on AWS's and the authorizer's metrics, as data: what they watch, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input

from components.gateway_responses import LAYERS
from components.log_groups import renewal_function_name
from components.metrics import (
    API_NAMESPACE,
    AUTHORIZER_NAMESPACE,
    CERTIFICATE_NAMESPACE,
    FAILED_RENEWALS_METRIC,
    LAMBDA_NAMESPACE,
    WAF_NAMESPACE,
    Names,
    refusal_metric,
)

EXPIRY_ALARM_DAYS = 45  # time to renew, distribute and deploy, with a holiday in between
# ACM renews its public certificates 45 days before they expire (ACM User Guide, "Managed
# certificate renewal"): with fewer days left, it has failed to for more than three weeks.
RENEWAL_ALARM_DAYS = 20
DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS = 86_400, 3600, 60
FIVE_MINUTES = 5 * MINUTE_SECONDS

# Where one client is locked out: its address, path, rate or identity. Bad bodies are its own fault.
CLIENT_LAYERS = ("web-acl", "route", "throttle", "authorizer")
CLIENT_REFUSALS_DESCRIPTION = (
    "The gates have begun to refuse the calls of a client: the alarm's contributors name the "
    'certificate. Log query: "{prefix}/refusals of each client by hour", over a week for what is '
    "usual for this client; then portcullis explain."
)


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
    period_seconds: int = FIVE_MINUTES
    evaluation_periods: int = 1
    treat_missing_data: str = "notBreaching"  # without calls there is nothing to report


def caller_alarms(names: Names, thresholds: Thresholds) -> list[Alarm]:
    """Errors and latency as callers see them."""
    return [
        Alarm(
            suffix="server-errors",
            description="Callers get 5xx answers: look at the dashboard for the layer, and run the "
            f'log query "{names.prefix}/last refusals".',
            namespace=API_NAMESPACE,
            metric_name="5XXError",
            dimensions=names.api,
            threshold=thresholds.server_errors,
        ),
        Alarm(
            suffix="p99-latency",
            description="One call in a hundred is slow: compare integration and authorizer "
            f'latency. Log query: "{names.prefix}/slowest calls".',
            namespace=API_NAMESPACE,
            metric_name="Latency",
            dimensions=names.api,
            statistic=None,
            extended_statistic="p99",
            threshold=thresholds.p99_latency_milliseconds,
            evaluation_periods=3,
        ),
    ]


def authorizer_alarms(names: Names, thresholds: Thresholds) -> list[Alarm]:
    """The function fails, is throttled, or could not decide about a call."""
    return [
        Alarm(
            suffix="authorizer-errors",
            description="The authorizer fails, and its calls are refused with 500. If "
            "authorizer-failures is quiet, it does not start or runs out of time: its log group "
            f'says why. Log query: "{names.prefix}/reasons of the authorizer".',
            namespace=LAMBDA_NAMESPACE,
            metric_name="Errors",
            dimensions=names.function,
            threshold=thresholds.authorizer_errors,
        ),
        Alarm(
            suffix="authorizer-throttles",
            description="The authorizer is out of instances: raise reservedConcurrency. Log query: "
            f'"{names.prefix}/last refusals".',
            namespace=LAMBDA_NAMESPACE,
            metric_name="Throttles",
            dimensions=names.function,
            threshold=thresholds.authorizer_errors,
        ),
        Alarm(
            suffix="authorizer-failures",
            description="The authorizer could not decide about a call and refused it with 500. "
            "The dashboard shows the reason, the log line its detail. registry_failed: the "
            "registry's table is out of reach. signing_failed: the KMS key is. "
            "revocation_unknown: an issuer's revocation list is missing or overdue, import a "
            "newer one. policy_failed, internal_error: send the line's detail to the maintainers "
            f'of the authorizer. Log query: "{names.prefix}/reasons of the authorizer".',
            namespace=AUTHORIZER_NAMESPACE,
            metric_name="failed",
            dimensions=names.function,
            threshold=thresholds.authorizer_failures,
        ),
    ]


def renewal_alarms(names: Names, thresholds: Thresholds) -> list[Alarm]:
    """The certificate renewal fails, is throttled, or could not issue a certificate."""
    function = {"FunctionName": renewal_function_name(names.prefix)}
    query = f'Log query: "{names.prefix}/renewals without a certificate".'
    return [
        Alarm(
            suffix="renewal-errors",
            description="The certificate renewal does not start or runs out of time, and clients "
            "get 502 or 504: the log group /aws/lambda/"
            f"{renewal_function_name(names.prefix)} says why. {query}",
            namespace=LAMBDA_NAMESPACE,
            metric_name="Errors",
            dimensions=function,
            threshold=thresholds.renewal_failures,
        ),
        Alarm(
            suffix="renewal-throttles",
            description="The certificate renewal is throttled: the account's concurrency is used "
            "up. Ask AWS for a higher quota, or reserve less for other functions. The renewal "
            f"writes no line for such a call. {query}",
            namespace=LAMBDA_NAMESPACE,
            metric_name="Throttles",
            dimensions=function,
            threshold=thresholds.renewal_failures,
        ),
        Alarm(
            suffix="renewal-failures",
            description="A client asked for its next certificate and got 503. failed: KMS did "
            "not sign, as the line's detail says; the key may be disabled, or not that of the "
            "first certificate of certificateRenewalAuthorityFile. registry_failed: the registry's "
            "table cannot be reached. revocation_unknown: an issuer's revocation list is missing "
            f"or overdue, import a newer one. {query}",
            namespace=names.own_namespace,
            metric_name=FAILED_RENEWALS_METRIC,
            dimensions={},
            threshold=thresholds.renewal_failures,
        ),
    ]


def revocation_list_alarms(names: Names, thresholds: Thresholds) -> list[Alarm]:
    """A revocation list is due or overdue."""
    return [
        Alarm(
            suffix=suffix,
            description=description,
            namespace=AUTHORIZER_NAMESPACE,
            metric_name="crlHoursLeft",
            dimensions=names.function,
            statistic="Minimum",
            threshold=hours,
            comparison_operator="LessThanThreshold",
            # A cached answer writes no log line, but it is reused for an hour at most.
            period_seconds=HOUR_SECONDS,
            # Without calls no data arrive, and a list does not become newer meanwhile.
            treat_missing_data="ignore",
        )
        for suffix, hours, description in (
            (
                "revocation-list-due",
                thresholds.crl_hours,
                f"An issuer's revocation list is overdue within {thresholds.crl_hours} hours. "
                "Import the next one (portcullis clients fetch-crl or import-crl); if there is "
                "none, ask the issuer. Whose: log query "
                f'"{names.prefix}/revocation lists by client".',
            ),
            (
                "revocation-list-overdue",
                0,
                "An issuer's revocation list is overdue. Its clients are still allowed because of "
                "crlGraceSeconds, and certificates revoked since then are not known. Import a "
                "newer list; when the grace period ends, their calls are refused with 500. Whose: "
                f'log query "{names.prefix}/revocation lists by client".',
            ),
        )
    ]


def refusal_alarms(names: Names, thresholds: Thresholds) -> list[Alarm]:
    """The web ACL or another layer refuses far more than usual."""
    return [
        Alarm(
            suffix="web-acl-blocks",
            description="The web ACL blocks far more than usual: an attack, or a partner's new "
            f'address. Log query: "{names.prefix}/blocks of the web ACL by rule".',
            namespace=WAF_NAMESPACE,
            metric_name="BlockedRequests",
            dimensions=names.web_acl,
            threshold=thresholds.web_acl_blocks,
        ),
        *(
            Alarm(
                suffix=refusal_metric(layer),
                description=f"The {layer} layer refuses far more than usual. Which callers: log "
                f'query "{names.prefix}/refusals by gate and client".',
                namespace=names.own_namespace,
                metric_name=refusal_metric(layer),
                dimensions={},
                threshold=thresholds.refusals,
            )
            for layer in LAYERS
        ),
    ]


def expiry_alarms(
    names: Names,
    thresholds: Thresholds,
    server_certificate: Mapping[str, Input[str]],
    *,
    acm_renews: bool,
) -> list[Alarm]:
    """The server certificate, or a certificate that a client still calls with, ends soon."""
    server_days = RENEWAL_ALARM_DAYS if acm_renews else EXPIRY_ALARM_DAYS
    server_remedy = (
        "ACM should have renewed it: check its validation record and its status in ACM."
        if acm_renews
        else "Renew it; import an imported one again under the same ARN."
    )
    client_days = thresholds.client_certificate_days
    return [
        Alarm(
            suffix="server-certificate-expiry",
            description=f"The server certificate expires within {server_days} days. "
            f"{server_remedy}",
            namespace=CERTIFICATE_NAMESPACE,
            metric_name="DaysToExpiry",
            dimensions=server_certificate,
            statistic="Minimum",
            threshold=server_days,
            comparison_operator="LessThanThreshold",
            period_seconds=DAY_SECONDS,
        ),
        Alarm(
            suffix="client-certificate-expiry",
            description="A client still calls with a certificate that expires within "
            f"{client_days} days: the dashboard shows which client. Issue it a new one, and add "
            "its pin if the registry has pins. Log query: "
            f'"{names.prefix}/client certificates that expire soon".',
            namespace=AUTHORIZER_NAMESPACE,
            metric_name="daysToExpiry",
            dimensions=names.function,
            statistic="Minimum",
            threshold=client_days,
            comparison_operator="LessThanThreshold",
            period_seconds=DAY_SECONDS,  # some clients call once a day
        ),
    ]
