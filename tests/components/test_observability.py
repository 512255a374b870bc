"""Observability: every alarm publishes to the topic, refusals are counted per layer."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from authorizer import metrics as authorizer_metrics
from authorizer.aws_json import AwsCallError
from components.access_log import ACCESS_LOG_FORMAT
from components.alarms import Thresholds
from components.gateway_responses import GATEWAY_RESPONSES, LAYERS
from components.observability import Observability, ObservabilityArgs
from components.truststore import Issuer
from portcullis.pki import gateway_certificate
from portcullis.pki.credential import to_pem
from tests.portcullis.renewal.calls import Renewals, csr, event, issued

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
            "authorizer_log_group_name": "/aws/lambda/portcullis-dev-authorizer",
            "web_acl_log_group_name": "aws-waf-logs-portcullis-dev",
            "server_certificate_arn": CERTIFICATE,
            "acm_renews_certificate": True,
            "has_revocation_lists": True,
            "alarm_emails": [],
            "kms_key_arn": None,
            "issuers": [
                Issuer(subject="CN=Root", not_after=SOON + timedelta(days=900)),
                Issuer(subject="CN=Issuing", not_after=SOON),
            ],
            **changes,
        }
        return lambda: Observability("observability", ObservabilityArgs(**args))

    return make


@pytest.fixture
def with_renewal(engine, build):
    return engine.preview(build(renewal_log_group_name="/aws/lambda/portcullis-dev-renewal"))


def alarms(recorded):
    return {
        alarm.name.removeprefix("observability-"): alarm.inputs
        for alarm in recorded.all("MetricAlarm")
    }


def test_a_stack_without_revocation_lists_has_no_alarm_on_them(engine, build):
    without = alarms(engine.preview(build(has_revocation_lists=False)))
    with_lists = alarms(engine.preview(build()))
    assert with_lists.keys() - without.keys() == {"revocation-list-due", "revocation-list-overdue"}


def test_cloudwatch_takes_every_alarm(with_renewal):
    """CloudWatch API Reference, PutMetricAlarm: texts of 1,024 characters, periods of minutes."""
    for alarm in alarms(with_renewal).values():
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
            elif not metric[0]["expression"].startswith("SELECT"):
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


def test_every_metric_that_is_read_is_in_the_log_lines(engine, build):
    """A metric under other dimensions is another metric, which would stay empty."""
    read = list(of_the_authorizer(engine.preview(build())))
    assert {name for name, _, _ in read} >= {"authorizer-failures", "revocation-list-overdue"}
    for reader, metric, dimensions in read:
        logged = authorizer_metrics.METRICS[metric].dimensions
        assert dimensions in map(frozenset, logged), f"{reader} reads {metric} by {dimensions}"


def test_every_metric_of_the_log_lines_is_read(engine, build):
    """CloudWatch charges for each of them."""
    read = {
        (metric, dimensions) for _, metric, dimensions in of_the_authorizer(engine.preview(build()))
    }
    logged = {
        (name, frozenset(dimensions))
        for name, metric in authorizer_metrics.METRICS.items()
        for dimensions in metric.dimensions
    }
    assert logged == read


def test_every_alarm_publishes_to_the_topic_when_it_starts_and_ends(engine, build):
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


def test_the_first_certificate_for_the_backend_to_expire_is_watched_in_the_same_way(engine, build):
    certificates = [
        gateway_certificate.create(SOON + timedelta(days=days)).certificate for days in (100, 0)
    ]
    texts = [to_pem(one).decode() for one in certificates]
    alarm = alarms(engine.run(build(presented_certificates=texts)))["backend-certificate-expiry"]
    clock, days = alarm["metricQueries"]
    assert clock["metric"]["dimensions"] == {"CertificateArn": CERTIFICATE}
    end = int((SOON + gateway_certificate.LIFETIME).timestamp())
    assert days["expression"] == f"({end} - EPOCH(clock)) / 86400"
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 45)
    assert alarm["treatMissingData"] == "missing"


def test_without_a_certificate_for_the_backend_no_alarm_watches_one(engine, build):
    assert "backend-certificate-expiry" not in alarms(engine.preview(build()))


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build(alarm_emails=["a@example.com"]))
    component = recorded.one("Observability")
    children = [r for r in recorded.graph if r is not component]
    assert {child.parent for child in children} == {component.urn}


def test_each_query_is_named_by_the_stack_and_reads_members_that_the_log_has(with_renewal):
    written = {
        "access": set(json.loads(ACCESS_LOG_FORMAT)),
        "authorizer": AUTHORIZER_MEMBERS,
        "renewal": RENEWAL_MEMBERS,
    }
    queries = [q.inputs for q in with_renewal.all("QueryDefinition")]
    assert len({q["name"] for q in queries}) == len(queries) == 9
    for query in queries:
        assert query["name"].startswith("portcullis-dev/")
        (group,) = query["logGroupNames"]
        members = next((m for kind, m in written.items() if kind in group), None)
        if members is not None:
            assert query_members(query["queryString"]) <= members


def test_a_query_that_an_alarm_names_exists(with_renewal):
    names = {q.inputs["name"] for q in with_renewal.all("QueryDefinition")}
    named = {
        name
        for alarm in with_renewal.all("MetricAlarm")
        for name in re.findall(r'"(portcullis-dev/[^"]+)"', alarm.inputs["alarmDescription"])
    }
    assert len(named) >= 4
    assert named <= names


def test_every_alarm_on_calls_names_a_query(with_renewal):
    without = {
        name
        for name, alarm in alarms(with_renewal).items()
        if "portcullis-dev/" not in alarm["alarmDescription"]
    }
    # No log has a line about these.
    assert without == {"server-certificate-expiry", "issuer-expiry"}


def test_the_renewals_that_fail_are_counted_and_watched(with_renewal):
    counted = with_renewal.one("LogMetricFilter", "observability-failed-renewals").inputs
    assert counted["logGroupName"] == "/aws/lambda/portcullis-dev-renewal"
    metric = counted["metricTransformation"]
    alarm = alarms(with_renewal)["renewal-failures"]
    assert (alarm["namespace"], alarm["metricName"]) == (metric["namespace"], metric["name"])
    renewals = Renewals(Unreachable())
    renewals.answer(event(issued(), csr()))
    conditions = re.findall(r'\(\$\.(\w+) = ("?\w+"?)\)', counted["pattern"])
    assert {name: json.loads(value) for name, value in conditions} == {
        "event": "certificate_renewal",
        "status": 503,
    }
    assert all(renewals.log[name] == json.loads(value) for name, value in conditions)
    assert renewals.log.keys() <= RENEWAL_MEMBERS | {"requestId", "serialNumber", "thumbprint"}


def test_the_answers_of_the_renewal_are_counted_by_reason(with_renewal):
    counted = with_renewal.one("LogMetricFilter", "observability-renewals").inputs
    assert counted["logGroupName"] == "/aws/lambda/portcullis-dev-renewal"
    assert counted["pattern"] == '{ $.event = "certificate_renewal" }'
    assert counted["metricTransformation"]["dimensions"] == {"reason": "$.reason"}
    assert "reason" in RENEWAL_MEMBERS
    assert '"Portcullis/portcullis-dev\\",reason' in dashboard_of(with_renewal)


def dashboard_of(program):
    return program.one("Dashboard", "observability-dashboard").inputs["dashboardBody"]


def test_a_stack_without_renewal_has_no_alarm_on_it(engine, build, with_renewal):
    without = engine.preview(build())
    assert alarms(with_renewal).keys() - alarms(without).keys() == {
        "renewal-errors",
        "renewal-throttles",
        "renewal-failures",
    }
    assert "renewal" not in json.dumps([one.inputs for one in without.graph], default=str)


class Unreachable:
    """A registry whose table cannot be read."""

    def excerpt(self, *_facts, **_limits):
        raise AwsCallError("no answer")


def test_each_client_s_refusals_are_a_series_of_their_own(engine, build):
    recorded = engine.preview(build())
    counted = recorded.one("LogMetricFilter", "observability-refused-calls").inputs
    metric = counted["metricTransformation"]
    alarm = alarms(recorded)["client-refusals"]
    (query,) = alarm["metricQueries"]
    assert query["expression"] == (
        'SELECT SUM("refused-calls") FROM SCHEMA("Portcullis/portcullis-dev", clientCertSubject) '
        "GROUP BY clientCertSubject ORDER BY SUM() DESC"
    )
    assert (metric["namespace"], metric["name"]) == ("Portcullis/portcullis-dev", "refused-calls")
    assert metric["dimensions"] == {"clientCertSubject": "$.clientCertSubject"}
    assert "clientCertSubject" in json.loads(ACCESS_LOG_FORMAT)
    # CloudWatch evaluates three hours of a Metrics Insights query at most.
    assert query["period"] * alarm["evaluationPeriods"] <= 3 * 3600
    assert (alarm["comparisonOperator"], alarm["threshold"]) == (
        "GreaterThanOrEqualToThreshold",
        5,
    )
    types = set(re.findall(r'errorResponseType = "(\w+)"', counted["pattern"]))
    assert {"WAF_FILTERED", "ACCESS_DENIED", "QUOTA_EXCEEDED"} <= types
    assert not types & {"BAD_REQUEST_BODY", "INTEGRATION_FAILURE"}
    # A call without a client certificate has no client.
    assert counted["pattern"].startswith('{ ($.clientCertSubject != "-") && (')


def test_the_refusals_that_start_an_alarm_can_be_set(engine, build):
    thresholds = Thresholds(client_refusals=2)
    alarm = alarms(engine.preview(build(thresholds=thresholds)))["client-refusals"]
    assert alarm["threshold"] == 2


AUTHORIZER_MEMBERS = {
    "type",
    "decision",
    "reason",
    "detail",
    "clientId",
    "requiredScope",
    "thumbprint",
    "daysToExpiry",
    "crlHoursLeft",
    "crlAgeHours",
}
RENEWAL_MEMBERS = {"event", "status", "reason", "detail", "clientId"}
WORDS = {
    *("filter", "stats", "count", "max", "as", "by", "sort", "desc", "limit"),
    *("fields", "and", "calls", "last", "bin", "h", "hour", "asc", "ispresent", "min", "days"),
    *("hours", "age"),
}


def query_members(text):
    without_strings = re.sub(r'"[^"]*"', "", text)
    return set(re.findall(r"(?<![@\w.])[A-Za-z]\w*", without_strings)) - WORDS
