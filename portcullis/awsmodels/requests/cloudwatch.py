"""Log groups, metric filters, alarms and dashboards."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same
from portcullis.awsmodels.shapes import Moved

_ALARM: Final = {
    "name": "AlarmName",
    "alarmDescription": "AlarmDescription",
    "actionsEnabled": "ActionsEnabled",
    "okActions": "OKActions",
    "alarmActions": "AlarmActions",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "statistic": "Statistic",
    "extendedStatistic": "ExtendedStatistic",
    "dimensions": "Dimensions",
    "period": "Period",
    "unit": "Unit",
    "evaluationPeriods": "EvaluationPeriods",
    "datapointsToAlarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "thresholdMetricId": "ThresholdMetricId",
    "comparisonOperator": "ComparisonOperator",
    "treatMissingData": "TreatMissingData",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "tags": "Tags",
}


def _alarm(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = {
        member: Moved(value=inputs[name], path=name)
        for name, member in _ALARM.items()
        if inputs.get(name) is not None
    }
    queries = inputs.get("metricQueries")
    if isinstance(queries, list):
        parameters["Metrics"] = Moved(
            value=[_query(query) for query in queries], path="metricQueries"
        )
    return parameters


def _metric_filter(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    written = inputs.get("metricTransformation")
    renamed = {"name": "metricName", "namespace": "metricNamespace", "value": "metricValue"}
    if isinstance(written, Mapping):
        written = {renamed.get(name, name): value for name, value in written.items()}
    return {
        "filterName": moved(inputs, "name"),
        "filterPattern": moved(inputs, "pattern"),
        "logGroupName": moved(inputs, "logGroupName"),
        "metricTransformations": Moved(value=written, path="metricTransformation"),
        "applyOnTransformedLogs": moved(inputs, "applyOnTransformedLogs"),
    }


def _query(query: Any) -> Any:
    """A metric query; its metric block becomes MetricStat with a Metric inside."""
    if not isinstance(query, Mapping):
        return query
    metric = query.get("metric")
    rest = {name: value for name, value in query.items() if name != "metric"}
    if not isinstance(metric, Mapping):
        return rest
    inner = {n: metric[n] for n in ("metricName", "namespace", "dimensions") if n in metric}
    outer = {n: v for n, v in metric.items() if n not in inner}
    return {**rest, "metricStat": {"metric": inner, **outer}}


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:cloudwatch/dashboard:Dashboard": TypeRequests(
        auto_named="dashboardName",
        sent=(
            Sent(
                operation="cloudwatch:PutDashboard",
                members=same("dashboardName", "dashboardBody"),
            ),
        ),
    ),
    "aws:cloudwatch/logGroup:LogGroup": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="logs:CreateLogGroup",
                members={"name": "logGroupName", **same("kmsKeyId", "logGroupClass", "tags")},
            ),
            Sent(
                operation="logs:PutRetentionPolicy",
                members={"name": "logGroupName", **same("retentionInDays")},
                only_if=("retentionInDays",),
            ),
        ),
        not_sent={"skipDestroy": "the provider's own"},
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": TypeRequests(
        auto_named="name",
        sent=(Sent(operation="logs:PutMetricFilter", reshape=_metric_filter),),
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": TypeRequests(
        auto_named="policyName",
        sent=(
            Sent(
                operation="logs:PutResourcePolicy",
                members=same("policyName", "policyDocument", "resourceArn"),
            ),
        ),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": TypeRequests(
        auto_named="name",
        sent=(Sent(operation="cloudwatch:PutMetricAlarm", reshape=_alarm),),
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="logs:PutQueryDefinition",
                members=same("name", "queryString", "logGroupNames"),
            ),
        ),
    ),
}
