"""Alarms on what callers feel and what attackers do; every one of them reaches the topic."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from authorizer import metrics as authorizer_metrics
from authorizer.config import MAX_TOKEN_LIFE_SECONDS
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
            "has_revocation_lists": True,
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
            "authorizer-failures",
            ("Portcullis/Authorizer", "failed"),
            {"FunctionName": "portcullis-dev-authorizer"},
        ),
        (
            "revocation-list-overdue",
            ("Portcullis/Authorizer", "crlHoursLeft"),
            {"FunctionName": "portcullis-dev-authorizer"},
        ),
        (
            "client-certificate-expiry",
            ("Portcullis/Authorizer", "daysToExpiry"),
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


def test_a_stack_without_revocation_lists_has_no_alarm_on_them(engine, build):
    without = alarms(engine.preview(build(has_revocation_lists=False)))
    with_lists = alarms(engine.preview(build()))
    assert with_lists.keys() - without.keys() == {"revocation-list-due", "revocation-list-overdue"}


def test_the_first_call_that_could_not_be_decided_rings(engine, build):
    alarm = alarms(engine.preview(build()))["authorizer-failures"]
    assert (alarm["statistic"], alarm["period"]) == ("Sum", 300)
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert alarm["treatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("name", "hours"), [("revocation-list-due", 24), ("revocation-list-overdue", 0)]
)
def test_a_list_rings_until_a_line_speaks_of_a_newer_one(engine, build, name, hours):
    alarm = alarms(engine.preview(build()))[name]
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", hours)
    assert alarm["statistic"] == "Minimum"
    assert alarm["treatMissingData"] == "ignore"
    # Between two lines of a client that calls all the time there is a token's life at most.
    assert alarm["period"] >= MAX_TOKEN_LIFE_SECONDS


def test_the_certificate_that_ends_first_rings_two_weeks_ahead(engine, build):
    alarm = alarms(engine.preview(build()))["client-certificate-expiry"]
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 14)
    assert (alarm["statistic"], alarm["period"]) == ("Minimum", 86_400)
    assert alarm["treatMissingData"] == "notBreaching"
    assert alarm["threshold"] <= authorizer_metrics.EXPIRY_NOTICE_DAYS  # above it nothing is told


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("server_errors", "server-errors"),
        ("p99_latency_milliseconds", "p99-latency"),
        ("authorizer_errors", "authorizer-throttles"),
        ("authorizer_failures", "authorizer-failures"),
        ("web_acl_blocks", "web-acl-blocks"),
        ("client_certificate_days", "client-certificate-expiry"),
        ("crl_hours", "revocation-list-due"),
    ],
)
def test_a_threshold_can_be_set(engine, build, setting, name):
    assert alarms(engine.preview(build(**{setting: 7})))[name]["threshold"] == 7


def test_cloudwatch_takes_every_alarm(engine, build):
    """CloudWatch API Reference, PutMetricAlarm: texts of 1,024 characters, periods of minutes."""
    for alarm in alarms(engine.preview(build())).values():
        assert 1 <= len(alarm["alarmDescription"]) <= 1024
        assert "SEARCH" not in json.dumps(alarm)
        if "period" in alarm:
            assert alarm["period"] % 60 == 0
            window = alarm["period"] * alarm["evaluationPeriods"]
            assert window <= 86_400


def of_the_authorizer(recorded):
    """What alarms and dashboard read of the log lines: who, metric, dimensions."""
    for name, alarm in alarms(recorded).items():
        if alarm.get("namespace") == authorizer_metrics.NAMESPACE:
            yield name, alarm["metricName"], frozenset(alarm["dimensions"])
    body = json.loads(recorded.one("Dashboard").inputs["dashboardBody"])
    for graph in (widget["properties"] for widget in body["widgets"]):
        for metric in graph["metrics"]:
            if isinstance(metric[0], str):
                namespace, name, *rest = metric
                dimensions = frozenset(rest[::2])
            else:
                search = SEARCH.fullmatch(metric[0]["expression"])
                assert search, f"{graph['title']}: {metric[0]}"
                namespace, name = search["namespace"], search["name"]
                dimensions = frozenset(search["dimensions"].split(","))
            if namespace == authorizer_metrics.NAMESPACE:
                yield graph["title"], name, dimensions


SEARCH = re.compile(
    r"""SEARCH\('\{"(?P<namespace>[^"]+)",(?P<dimensions>[A-Za-z,]+)\} """
    r"""MetricName="(?P<name>\w+)" FunctionName="portcullis-dev-authorizer"', """
    r"""'(?:Sum|Minimum)', (?:300|86400)\)"""
)


def test_what_is_read_of_the_log_lines_stands_in_them(engine, build):
    """A metric under other dimensions is another metric: it would be empty, and nobody noticed."""
    read = list(of_the_authorizer(engine.preview(build())))
    assert {name for name, _, _ in read} >= {"authorizer-failures", "revocation-list-overdue"}
    for reader, metric, dimensions in read:
        told = authorizer_metrics.METRICS[metric].dimensions
        assert dimensions in map(frozenset, told), f"{reader} reads {metric} by {dimensions}"


def test_whatever_the_log_lines_tell_is_read(engine, build):
    """CloudWatch charges for each of them."""
    read = {
        (metric, dimensions) for _, metric, dimensions in of_the_authorizer(engine.preview(build()))
    }
    told = {
        (name, frozenset(dimensions))
        for name, metric in authorizer_metrics.METRICS.items()
        for dimensions in metric.dimensions
    }
    assert told == read


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
    drawn = [m for widget in body["widgets"] for m in widget["properties"]["metrics"]]
    metrics = [m for m in drawn if isinstance(m[0], str)]  # the others search
    assert {m[0] for m in metrics} == {
        *("AWS/ApiGateway", "AWS/Lambda", "AWS/WAFV2"),
        *("Portcullis/Authorizer", "Portcullis/portcullis-dev"),
    }
    assert {w["properties"]["region"] for w in body["widgets"]} == {"eu-central-1"}
    refusals = {m[1] for m in metrics if m[0] == "Portcullis/portcullis-dev"}
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
