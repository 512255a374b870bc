"""Alarms on what callers feel and what attackers do; every one of them reaches the topic."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from components.access_log import ACCESS_LOG_FORMAT
from components.gateway_responses import GATEWAY_RESPONSES
from components.observability import LAYERS, Observability, ObservabilityArgs
from components.truststore import Issuer

SOON = datetime(2027, 1, 1, tzinfo=UTC)
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222"


@pytest.fixture
def build(place):
    def make(**changes):
        args = {
            "prefix": "portcullis-dev",
            "place": place,
            "stage_name": "dev",
            "function_name": "portcullis-dev-authorizer",
            "web_acl_name": "portcullis-dev",
            "access_log_group_name": "/aws/apigateway/portcullis-dev/access",
            "server_certificate_arn": CERTIFICATE,
            "issuers": [
                Issuer(subject="CN=Root", not_after=SOON + timedelta(days=900)),
                Issuer(subject="CN=Issuing", not_after=SOON),
            ],
            **changes,
        }
        return lambda: Observability("observability", ObservabilityArgs(**args))

    return make


def alarms(recorded):
    return {
        alarm.name.removeprefix("observability-"): alarm.inputs
        for alarm in recorded.all("MetricAlarm")
    }


@pytest.mark.parametrize(
    ("name", "metric", "dimensions"),
    [
        (
            "server-errors",
            ("AWS/ApiGateway", "5XXError"),
            {"ApiName": "portcullis-dev", "Stage": "dev"},
        ),
        (
            "p99-latency",
            ("AWS/ApiGateway", "Latency"),
            {"ApiName": "portcullis-dev", "Stage": "dev"},
        ),
        (
            "authorizer-errors",
            ("AWS/Lambda", "Errors"),
            {"FunctionName": "portcullis-dev-authorizer"},
        ),
        (
            "authorizer-throttles",
            ("AWS/Lambda", "Throttles"),
            {"FunctionName": "portcullis-dev-authorizer"},
        ),
        (
            "web-acl-blocks",
            ("AWS/WAFV2", "BlockedRequests"),
            {"WebACL": "portcullis-dev", "Region": "eu-central-1", "Rule": "ALL"},
        ),
        (
            "server-certificate-expiry",
            ("AWS/CertificateManager", "DaysToExpiry"),
            {"CertificateArn": CERTIFICATE},
        ),
    ],
)
def test_an_alarm_watches_the_metric_that_aws_publishes(engine, build, name, metric, dimensions):
    alarm = alarms(engine.preview(build()))[name]
    assert (alarm["namespace"], alarm["metricName"]) == metric
    assert alarm["dimensions"] == dimensions


def test_the_slow_calls_are_a_percentile(engine, build):
    alarm = alarms(engine.preview(build()))["p99-latency"]
    assert alarm["extendedStatistic"] == "p99"
    assert "statistic" not in alarm


def test_every_alarm_is_told_to_the_topic_in_both_directions(engine, build):
    recorded = engine.run(build())
    topic = recorded.one("Topic").outputs["arn"]
    for alarm in recorded.all("MetricAlarm"):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic]
        assert alarm.inputs["alarmDescription"]


@pytest.mark.parametrize("layer", LAYERS)
def test_refusals_are_counted_and_watched_per_layer(engine, build, layer):
    recorded = engine.preview(build())
    counted = recorded.one("LogMetricFilter", f"observability-refused-by-{layer}").inputs
    assert counted["logGroupName"] == "/aws/apigateway/portcullis-dev/access"
    metric = counted["metricTransformation"]
    assert metric["value"] == "1"
    alarm = alarms(recorded)[f"refused-by-{layer}"]
    assert (alarm["namespace"], alarm["metricName"]) == (metric["namespace"], metric["name"])
    for response in GATEWAY_RESPONSES:
        condition = f'($.errorResponseType = "{response.response_type}")'
        assert (condition in counted["pattern"]) is (response.layer == layer)


def test_the_filters_read_a_field_that_the_access_log_has():
    assert json.loads(ACCESS_LOG_FORMAT)["errorResponseType"] == "$context.error.responseType"


def test_the_first_issuer_to_expire_is_watched_by_the_certificate_s_clock(engine, build):
    alarm = alarms(engine.preview(build()))["issuer-expiry"]
    clock, days = alarm["metricQueries"]
    assert clock["metric"]["metricName"] == "DaysToExpiry"
    assert clock["metric"]["dimensions"] == {"CertificateArn": CERTIFICATE}
    assert days["expression"] == f"({int(SOON.timestamp())} - EPOCH(clock)) / 86400"
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 45)
    assert "CN=Issuing" in alarm["alarmDescription"]


def test_the_dashboard_is_known_at_preview_and_names_what_exists(engine, build):
    body = json.loads(engine.preview(build()).one("Dashboard").inputs["dashboardBody"])
    metrics = [m for widget in body["widgets"] for m in widget["properties"]["metrics"]]
    assert {m[0] for m in metrics} == {
        *("AWS/ApiGateway", "AWS/Lambda", "AWS/WAFV2", "Portcullis/portcullis-dev")
    }
    assert {w["properties"]["region"] for w in body["widgets"]} == {"eu-central-1"}
    refusals = {m[1] for m in metrics if m[0].startswith("Portcullis/")}
    assert refusals == {f"refused-by-{layer}" for layer in LAYERS}


def test_widgets_do_not_lie_on_each_other(engine, build):
    body = json.loads(engine.preview(build()).one("Dashboard").inputs["dashboardBody"])
    places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert len(set(places)) == len(places)
    assert all(widget["x"] + widget["width"] <= 24 for widget in body["widgets"])


def test_only_cloudwatch_of_this_account_publishes_to_the_topic(engine, build):
    recorded = engine.preview(build())
    (statement,) = json.loads(recorded.one("TopicPolicy").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == ("arn:aws:sns:eu-central-1:111122223333:portcullis-dev-alarms")
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_everybody_on_the_list_is_asked(engine, build):
    recorded = engine.run(build(alarm_emails=["a@example.com", "b@example.com"]))
    asked = [s.inputs for s in recorded.all("TopicSubscription")]
    assert {s["endpoint"] for s in asked} == {"a@example.com", "b@example.com"}
    assert {s["protocol"] for s in asked} == {"email"}


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build(alarm_emails=["a@example.com"]))
    component = recorded.one("Observability")
    children = [r for r in recorded.graph if r is not component]
    assert {child.parent for child in children} == {component.urn}
