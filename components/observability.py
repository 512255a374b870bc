"""Observability: alarms with one topic, refusals counted per layer, and a dashboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws
from cryptography import x509
from pulumi import Input, Output, ResourceOptions

from components.alarm_topic import alarm_topic
from components.alarms import (
    CLIENT_LAYERS,
    CLIENT_REFUSALS_DESCRIPTION,
    DAY_SECONDS,
    EXPIRY_ALARM_DAYS,
    HOUR_SECONDS,
    Alarm,
    Thresholds,
    alarms,
)
from components.arguments import PlacedArgs
from components.dashboard import dashboard_body
from components.gateway_responses import LAYERS, response_types
from components.metrics import (
    CERTIFICATE_NAMESPACE,
    CLIENT_DIMENSION,
    CLIENT_REFUSALS_METRIC,
    FAILED_RENEWALS_METRIC,
    RENEWAL_DIMENSION,
    RENEWALS_METRIC,
    Names,
    client_refusals_query,
    days_to_expiry_expression,
    refusal_metric,
)
from components.truststore import Issuer
from portcullis.yaml_table import read_table

LOG_QUERIES = str(Path(__file__).with_name("log_queries.yaml"))


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs(PlacedArgs):
    stage_name: str
    """The stage's name."""

    function_name: str
    """The authorizer's function."""

    web_acl_name: str
    """The web ACL's name, as in its metrics."""

    access_log_group_name: Input[str]
    """The stage's access log, in which refusals are counted by layer."""

    authorizer_log_group_name: Input[str]
    """The log group of the authorizer's function, for the queries."""

    web_acl_log_group_name: Input[str]
    """The log group of the web ACL, for the queries."""

    renewal_log_group_name: Input[str] | None = None
    """The log group of the renewal's function, where clients renew their certificates: with alarms
    on its failures."""

    server_certificate_arn: Input[str]
    """The domain's server certificate."""

    acm_renews_certificate: bool
    """Alarm only where ACM has failed to renew the server certificate for weeks."""

    issuers: Sequence[Issuer]
    """The issuer certificates of the truststore, with their expiry dates."""

    presented_certificates: Sequence[Input[str]] = ()
    """The client certificates that API Gateway presents to the backend, each as PEM."""

    has_revocation_lists: bool
    """Alarm on revocation lists that are due or overdue."""

    alarm_emails: Sequence[str] = ()
    """The addresses that receive alarms. AWS asks each of them to confirm."""

    kms_key_arn: str | None = None
    """Your own symmetric KMS key for the alarm topic; no encryption at rest if left out."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    """When the alarms start."""


class Observability(pulumi.ComponentResource):
    """Alarms on errors, refusals and expiry dates, sent to one topic; a dashboard; log queries.

    Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics"; AWS WAF
    Developer Guide, "AWS WAF metrics and dimensions".
    """

    topic_arn: Output[str]
    """The topic that alarms are published to."""

    dashboard_name: str
    """The dashboard's name."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:Observability", name, None, opts)
        names = Names(
            prefix=args.prefix,
            region=args.place.region,
            stage_name=args.stage_name,
            function_name=args.function_name,
            web_acl_name=args.web_acl_name,
        )
        topic = alarm_topic(
            f"{name}-alarms",
            prefix=args.prefix,
            place=args.place,
            emails=args.alarm_emails,
            kms_key_arn=args.kms_key_arn,
            parent=self,
        )
        self.topic_arn = topic.arn
        self._count_refusals(name, args, names)
        server_certificate = {"CertificateArn": args.server_certificate_arn}
        has_renewals = args.renewal_log_group_name is not None
        groups = [
            "server-certificate-of-acm" if args.acm_renews_certificate else "server-certificate",
            *(["revocation-lists"] if args.has_revocation_lists else []),
            *(["renewal"] if has_renewals else []),
        ]
        for alarm in alarms(names, args.thresholds, server_certificate, *groups):
            self._metric_alarm(name, args, alarm)
        self._dated_alarms(name, args, server_certificate)
        self._client_refusals_alarm(name, args, names)
        if args.renewal_log_group_name is not None:
            self._count_renewals(name, args.renewal_log_group_name, names)
        self._queries(name, args)
        self.dashboard_name = args.prefix
        body = dashboard_body(names, has_renewals=has_renewals)
        aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=self.dashboard_name,
            dashboard_body=json.dumps(body, sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        self.register_outputs({"topicArn": topic.arn, "dashboardName": self.dashboard_name})

    def _count_refusals(self, name: str, args: ObservabilityArgs, names: Names) -> None:
        """One metric per layer, counted in the access log."""
        for layer in LAYERS:
            pattern = f"{{ {_refused_by(layer)} }}"
            metric = refusal_metric(layer)
            group = args.access_log_group_name
            self._count(name, names, metric, group, pattern, default_value="0")

    def _count_renewals(self, name: str, log_group: Input[str], names: Names) -> None:
        """The answers 503 of the certificate renewal, and all of its answers by reason."""
        ours = '$.event = "certificate_renewal"'
        failed = f"{{ ({ours}) && ($.status = 503) }}"
        self._count(name, names, FAILED_RENEWALS_METRIC, log_group, failed)
        self._count(
            name, names, RENEWALS_METRIC, log_group, f"{{ {ours} }}", dimension=RENEWAL_DIMENSION
        )

    def _count(
        self,
        name: str,
        names: Names,
        metric: str,
        log_group: Input[str],
        pattern: str,
        *,
        dimension: str | None = None,
        default_value: str | None = None,
    ) -> None:
        """Count the matching lines of a log; by a member of the line, if ``dimension`` names it."""
        aws.cloudwatch.LogMetricFilter(
            f"{name}-{metric}",
            name=f"{names.prefix}-{metric}",
            log_group_name=log_group,
            pattern=pattern,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=names.own_namespace,
                name=metric,
                value="1",
                default_value=default_value,
                unit="Count",
                dimensions={dimension: f"$.{dimension}"} if dimension else None,
            ),
            opts=ResourceOptions(parent=self),
        )

    def _client_refusals_alarm(self, name: str, args: ObservabilityArgs, names: Names) -> None:
        """Warn when the calls of one client begin to be refused.

        Each client is a contributor with a state of its own, so a client that has been refused
        for hours does not hide the next one, and is not reported again. The access log has the
        subject of the certificate also where the web ACL answered. A call that the truststore
        refused has no response type and is not counted, so a stranger cannot add series.
        """
        refused = _refused_by(*CLIENT_LAYERS)
        self._count(
            name,
            names,
            CLIENT_REFUSALS_METRIC,
            args.access_log_group_name,
            f'{{ ($.{CLIENT_DIMENSION} != "-") && ({refused}) }}',
            dimension=CLIENT_DIMENSION,
        )
        aws.cloudwatch.MetricAlarm(
            f"{name}-client-refusals",
            name=f"{args.prefix}-client-refusals",
            alarm_description=CLIENT_REFUSALS_DESCRIPTION.format(prefix=args.prefix),
            metric_queries=[
                {
                    "id": "refusals",
                    "label": "Refused calls by client certificate",
                    "expression": client_refusals_query(names),
                    "period": HOUR_SECONDS,
                    "return_data": True,
                }
            ],
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=float(args.thresholds.client_refusals),
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=ResourceOptions(parent=self),
        )

    def _queries(self, name: str, args: ObservabilityArgs) -> None:
        """The queries of log_queries.yaml whose log the stack has."""
        log_groups = {
            "access": args.access_log_group_name,
            "authorizer": args.authorizer_log_group_name,
            "web_acl": args.web_acl_log_group_name,
            "renewal": args.renewal_log_group_name,
        }
        for query in read_table(LOG_QUERIES):
            if (log_group := log_groups[query["log"]]) is not None:
                aws.cloudwatch.QueryDefinition(
                    f"{name}-{query['suffix']}",
                    name=f"{args.prefix}/{query['title']}",
                    log_group_names=[log_group],
                    query_string=query["text"],
                    opts=ResourceOptions(parent=self),
                )

    def _metric_alarm(self, name: str, args: ObservabilityArgs, alarm: Alarm) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.suffix}",
            name=f"{args.prefix}-{alarm.suffix}",
            alarm_description=alarm.description,
            namespace=alarm.namespace,
            metric_name=alarm.metric_name,
            dimensions=dict(alarm.dimensions) or None,
            statistic=alarm.statistic,
            extended_statistic=alarm.extended_statistic,
            threshold=float(alarm.threshold),
            comparison_operator=alarm.comparison_operator,
            period=alarm.period_seconds,
            evaluation_periods=alarm.evaluation_periods,
            treat_missing_data=alarm.treat_missing_data,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=ResourceOptions(parent=self),
        )

    def _dated_alarms(
        self, name: str, args: ObservabilityArgs, server_certificate: Mapping[str, Input[str]]
    ) -> None:
        """Warn before an issuer or a certificate for the backend expires."""
        first = min(args.issuers, key=lambda issuer: issuer.not_after)
        self._dated_alarm(
            name,
            args,
            suffix="issuer-expiry",
            label="Days until the first issuer certificate expires",
            description=f"{first.subject} expires within {EXPIRY_ALARM_DAYS} days, and with "
            "it every client certificate below it: renew it and add its successor.",
            expression=days_to_expiry_expression(first.not_after, clock="clock"),
            clock=server_certificate,
        )
        if args.presented_certificates:
            self._dated_alarm(
                name,
                args,
                suffix="backend-certificate-expiry",
                label="Days until the first certificate for the backend expires",
                description="A client certificate that API Gateway presents to the backend expires "
                f"within {EXPIRY_ALARM_DAYS} days; a backend that verifies it then refuses every "
                "call. Create the next one: setting backendCertificates.",
                expression=Output.all(*args.presented_certificates).apply(_first_end),
                clock=server_certificate,
            )

    def _dated_alarm(
        self,
        name: str,
        args: ObservabilityArgs,
        *,
        suffix: str,
        label: str,
        description: str,
        expression: Input[str],
        clock: Mapping[str, Input[str]],
    ) -> None:
        """Warn before a date that no service publishes as a metric.

        The server certificate's metric has a point each day even without calls, so its timestamps
        serve as the clock.
        """
        aws.cloudwatch.MetricAlarm(
            f"{name}-{suffix}",
            name=f"{args.prefix}-{suffix}",
            alarm_description=description,
            metric_queries=[
                {
                    "id": "clock",
                    "return_data": False,
                    "metric": {
                        "namespace": CERTIFICATE_NAMESPACE,
                        "metric_name": "DaysToExpiry",
                        "dimensions": clock,
                        "period": DAY_SECONDS,
                        "stat": "Minimum",
                    },
                },
                {"id": "days", "label": label, "expression": expression, "return_data": True},
            ],
            comparison_operator="LessThanThreshold",
            threshold=EXPIRY_ALARM_DAYS,
            evaluation_periods=1,
            treat_missing_data="missing",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=ResourceOptions(parent=self),
        )


def _first_end(certificates: Sequence[str]) -> str:
    """The expression for the certificate that expires first."""
    ends = [
        x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc for pem in certificates
    ]
    return days_to_expiry_expression(min(ends), clock="clock")


def _refused_by(*layers: str) -> str:
    """The part of a filter pattern that matches the refusals of these layers."""
    types = [response_type for layer in layers for response_type in response_types(layer)]
    return " || ".join(f'($.errorResponseType = "{response_type}")' for response_type in types)
