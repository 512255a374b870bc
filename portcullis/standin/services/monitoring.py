"""The ids and computed outputs of CloudWatch, CloudWatch Logs and SNS."""

from collections.abc import Mapping

from portcullis.standin.invented import uuid
from portcullis.standin.location import Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id


def _log_group(location: Location, name: str, inputs: Inputs) -> Created:
    group = physical_name(name, inputs)
    return Created(
        id=group,
        computed={
            "name": group,
            "arn": location.arn("logs", f"log-group:{group}"),
            "logGroupClass": inputs.get("logGroupClass", "STANDARD"),
        },
    )


def _log_metric_filter(_: Location, name: str, inputs: Inputs) -> Created:
    return Created(id=physical_name(name, inputs))


def _metric_alarm(location: Location, name: str, inputs: Inputs) -> Created:
    alarm = physical_name(name, inputs)
    return Created(
        id=alarm, computed={"name": alarm, "arn": location.arn("cloudwatch", f"alarm:{alarm}")}
    )


def _dashboard(location: Location, _: str, inputs: Inputs) -> Created:
    dashboard = str(inputs["dashboardName"])
    arn = location.global_arn("cloudwatch", f"dashboard/{dashboard}")
    return Created(id=dashboard, computed={"dashboardArn": arn})


def _query_definition(_: Location, name: str, inputs: Inputs) -> Created:
    id_ = uuid("query-definition", physical_name(name, inputs))
    return Created(id=id_, computed={"queryDefinitionId": id_})


def _topic(location: Location, name: str, inputs: Inputs) -> Created:
    topic = physical_name(name, inputs)
    arn = location.arn("sns", topic)
    return Created(id=arn, computed={"name": topic, "arn": arn, "owner": location.account})


def _topic_policy(location: Location, _: str, inputs: Inputs) -> Created:
    return Created(id=str(inputs["arn"]), computed={"owner": location.account})


def _topic_subscription(location: Location, name: str, inputs: Inputs) -> Created:
    arn = f"{inputs['topic']}:{uuid('subscription', name)}"
    return Created(
        id=arn, computed={"arn": arn, "ownerId": location.account, "pendingConfirmation": True}
    )


ROWS: Mapping[str, Row] = {
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _log_metric_filter,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": with_id("{policyName}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
    "aws:cloudwatch/queryDefinition:QueryDefinition": _query_definition,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _topic_subscription,
}
