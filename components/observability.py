"""What is measured, who is told: refusals per layer, alarms, one dashboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.arn import Place
from components.dashboard import dashboard_body
from components.gateway_responses import GATEWAY_RESPONSES
from components.metrics import (
    API_NAMESPACE,
    AUTHORIZER_NAMESPACE,
    CERTIFICATE_NAMESPACE,
    LAMBDA_NAMESPACE,
    WAF_NAMESPACE,
    Names,
    days_to_expiry_expression,
    refusal_metric,
)
from components.truststore import Issuer

LAYERS = tuple(dict.fromkeys(response.layer for response in GATEWAY_RESPONSES))
EXPIRY_ALARM_DAYS = 45  # time to renew, roll out and update, with a holiday in between
DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS = 86_400, 3600, 60
FIVE_MINUTES = 5 * MINUTE_SECONDS


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """Thresholds count within five minutes, unless they say otherwise."""

    prefix: str
    place: Place
    stage_name: str
    function_name: str
    web_acl_name: str
    access_log_group_name: Input[str]
    server_certificate_arn: Input[str]
    issuers: Sequence[Issuer]
    alarm_emails: Sequence[str] = ()
    server_errors: int = 5
    p99_latency_milliseconds: int = 3000
    authorizer_errors: int = 3
    authorizer_failures: int = 1  # a client that calls once an hour is locked out just the same
    web_acl_blocks: int = 500
    refusals: int = 100
    client_certificate_days: int = 14  # below authorizer.metrics.EXPIRY_NOTICE_DAYS
    has_revocation_lists: bool = False
    crl_hours: int = 24  # before a list is overdue: time to fetch the next one, and to deploy it


class Observability(pulumi.ComponentResource):
    """Alarms on what callers feel and on what attackers do, sent to one topic.

    Outputs: ``topic_arn``, ``dashboard_name``.
    Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics"; AWS WAF
    Developer Guide, "AWS WAF metrics and dimensions".
    """

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:Observability", name, None, opts)
        self._name, self._args = name, args
        self._names = Names(
            prefix=args.prefix,
            region=args.place.region,
            stage_name=args.stage_name,
            function_name=args.function_name,
            web_acl_name=args.web_acl_name,
        )
        topic = self._topic()
        self.topic_arn = topic.arn
        self._alarm_on_callers()
        self._alarm_on_the_authorizer()
        if args.has_revocation_lists:
            self._alarm_on_revocation_lists()
        self._alarm_on_refusals()
        self._alarm_on_expiry()
        self.dashboard_name = args.prefix
        aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=self.dashboard_name,
            dashboard_body=json.dumps(dashboard_body(self._names, LAYERS), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        self.register_outputs({"topicArn": topic.arn, "dashboardName": self.dashboard_name})

    def _topic(self) -> aws.sns.Topic:
        name, args = self._name, self._args
        topic_name = f"{args.prefix}-alarms"
        topic = aws.sns.Topic(
            f"{name}-alarms",
            name=topic_name,
            display_name=f"Alarms of {args.prefix}",
            # Not encrypted with alias/aws/sns: alarms may not use that key, and would fall silent.
            opts=ResourceOptions(parent=self),
        )
        aws.sns.TopicPolicy(
            f"{name}-alarms-policy",
            arn=topic.arn,
            policy=json.dumps(_publish_policy(args.place, topic_name), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        for position, address in enumerate(args.alarm_emails, start=1):
            aws.sns.TopicSubscription(
                f"{name}-alarms-{position}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=ResourceOptions(parent=self),
            )
        return topic

    def _alarm_on_callers(self) -> None:
        self._alarm(
            "server-errors",
            "Callers get 5xx answers: look at the dashboard for the layer.",
            namespace=API_NAMESPACE,
            metric_name="5XXError",
            dimensions=self._names.api,
            statistic="Sum",
            threshold=self._args.server_errors,
        )
        self._alarm(
            "p99-latency",
            "One call in a hundred is slow: compare integration and authorizer latency.",
            namespace=API_NAMESPACE,
            metric_name="Latency",
            dimensions=self._names.api,
            extended_statistic="p99",
            threshold=self._args.p99_latency_milliseconds,
            evaluation_periods=3,
        )

    def _alarm_on_the_authorizer(self) -> None:
        for metric_name, told in (
            (
                "Errors",
                "The authorizer fails, and its calls are refused with 500. Where "
                "authorizer-failures is quiet, it does not start or runs out of time: its log "
                "group says why.",
            ),
            ("Throttles", "The authorizer is out of instances: raise reservedConcurrency."),
        ):
            self._alarm(
                f"authorizer-{metric_name.lower()}",
                told,
                namespace=LAMBDA_NAMESPACE,
                metric_name=metric_name,
                dimensions=self._names.function,
                statistic="Sum",
                threshold=self._args.authorizer_errors,
            )
        self._alarm(
            "authorizer-failures",
            "The authorizer could not decide about a call and refused it with 500. The dashboard "
            "shows the reason, the log line its detail. registry_failed: the registry's table is "
            "out of reach. signing_failed: the KMS key is. revocation_unknown: an issuer's "
            "revocation list is missing or overdue, import a newer one. policy_failed, "
            "internal_error: send the line's detail to whoever maintains the authorizer.",
            namespace=AUTHORIZER_NAMESPACE,
            metric_name="failed",
            dimensions=self._names.function,
            statistic="Sum",
            threshold=self._args.authorizer_failures,
        )

    def _alarm_on_revocation_lists(self) -> None:
        for suffix, hours, told in (
            (
                "revocation-list-due",
                self._args.crl_hours,
                f"An issuer's revocation list is overdue within {self._args.crl_hours} hours. "
                "Import the next one (portcullis clients import-crl); if there is none, ask the "
                "issuer.",
            ),
            (
                "revocation-list-overdue",
                0,
                "An issuer's revocation list is overdue: crlGraceSeconds alone still lets its "
                "clients in, and what was revoked since is not known. Import a newer list before "
                "the grace ends and they are refused with 500.",
            ),
        ):
            self._alarm(
                suffix,
                told,
                namespace=AUTHORIZER_NAMESPACE,
                metric_name="crlHoursLeft",
                dimensions=self._names.function,
                statistic="Minimum",
                threshold=hours,
                comparison_operator="LessThanThreshold",
                # A remembered answer tells nothing, but none outlives its token: an hour at most.
                period=HOUR_SECONDS,
                treat_missing_data="ignore",  # while nobody calls, a list grows no younger
            )

    def _alarm_on_refusals(self) -> None:
        self._alarm(
            "web-acl-blocks",
            "The web ACL blocks far more than usual: an attack, or a partner's new address.",
            namespace=WAF_NAMESPACE,
            metric_name="BlockedRequests",
            dimensions=self._names.web_acl,
            statistic="Sum",
            threshold=self._args.web_acl_blocks,
        )
        for layer in LAYERS:
            of_layer = [r.response_type for r in GATEWAY_RESPONSES if r.layer == layer]
            any_of_them = " || ".join(f'($.errorResponseType = "{t}")' for t in of_layer)
            aws.cloudwatch.LogMetricFilter(
                f"{self._name}-refused-by-{layer}",
                name=f"{self._args.prefix}-refused-by-{layer}",
                log_group_name=self._args.access_log_group_name,
                pattern=f"{{ {any_of_them} }}",
                metric_transformation={
                    "namespace": self._names.own_namespace,
                    "name": refusal_metric(layer),
                    "value": "1",
                    "default_value": "0",
                    "unit": "Count",
                },
                opts=ResourceOptions(parent=self),
            )
            self._alarm(
                f"refused-by-{layer}",
                f"The {layer} layer refuses far more than usual; the access log says whom.",
                namespace=self._names.own_namespace,
                metric_name=refusal_metric(layer),
                dimensions={},
                statistic="Sum",
                threshold=self._args.refusals,
            )

    def _alarm_on_expiry(self) -> None:
        certificate = {"CertificateArn": self._args.server_certificate_arn}
        self._alarm(
            "server-certificate-expiry",
            f"The server certificate expires within {EXPIRY_ALARM_DAYS} days.",
            namespace=CERTIFICATE_NAMESPACE,
            metric_name="DaysToExpiry",
            dimensions=certificate,
            statistic="Minimum",
            threshold=EXPIRY_ALARM_DAYS,
            comparison_operator="LessThanThreshold",
            period=DAY_SECONDS,
        )
        days = self._args.client_certificate_days
        self._alarm(
            "client-certificate-expiry",
            f"A client still calls with a certificate that ends within {days} days: the dashboard "
            "shows whose. Send it a new one, and pin that too where the registry has pins.",
            namespace=AUTHORIZER_NAMESPACE,
            metric_name="daysToExpiry",
            dimensions=self._names.function,
            statistic="Minimum",
            threshold=days,
            comparison_operator="LessThanThreshold",
            period=DAY_SECONDS,  # some call once a day
        )
        first = min(self._args.issuers, key=lambda issuer: issuer.not_after)
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-issuer-expiry",
            name=f"{self._args.prefix}-issuer-expiry",
            alarm_description=f"{first.subject} expires within {EXPIRY_ALARM_DAYS} days, and with "
            "it every client certificate below it: renew it and add its successor.",
            # No service measures this, but the day is known: the server certificate's metric is
            # there every day without any call, and lends its clock.
            metric_queries=[
                {
                    "id": "clock",
                    "return_data": False,
                    "metric": {
                        "namespace": CERTIFICATE_NAMESPACE,
                        "metric_name": "DaysToExpiry",
                        "dimensions": certificate,
                        "period": DAY_SECONDS,
                        "stat": "Minimum",
                    },
                },
                {
                    "id": "days",
                    "label": "Days until the first issuer certificate expires",
                    "expression": days_to_expiry_expression(first.not_after, clock="clock"),
                    "return_data": True,
                },
            ],
            comparison_operator="LessThanThreshold",
            threshold=EXPIRY_ALARM_DAYS,
            evaluation_periods=1,
            treat_missing_data="missing",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=ResourceOptions(parent=self),
        )

    def _alarm(
        self,
        suffix: str,
        description: str,
        *,
        namespace: str,
        metric_name: str,
        dimensions: Mapping[str, Input[str]],
        threshold: int,
        statistic: str | None = None,
        extended_statistic: str | None = None,
        comparison_operator: str = "GreaterThanOrEqualToThreshold",
        period: int = FIVE_MINUTES,
        evaluation_periods: int = 1,
        treat_missing_data: str = "notBreaching",  # no calls, no trouble
    ) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{suffix}",
            name=f"{self._args.prefix}-{suffix}",
            alarm_description=description,
            namespace=namespace,
            metric_name=metric_name,
            dimensions=dict(dimensions) or None,
            statistic=statistic,
            extended_statistic=extended_statistic,
            threshold=float(threshold),
            comparison_operator=comparison_operator,
            period=period,
            evaluation_periods=evaluation_periods,
            treat_missing_data=treat_missing_data,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=ResourceOptions(parent=self),
        )


def _publish_policy(place: Place, topic_name: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AlarmsOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": place.topic(topic_name),
                "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
            }
        ],
    }
