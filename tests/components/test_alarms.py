"""The alarms: each watches a metric that AWS or the authorizer publishes, with a useful limit."""

import pytest

from authorizer import metrics as authorizer_metrics
from authorizer.config import MAX_TOKEN_LIFE_SECONDS
from components import alarms as module
from components.alarms import Thresholds
from components.metrics import Names

CERTIFICATE = {"CertificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222"}
NAMES = Names(
    prefix="portcullis-dev",
    region="eu-central-1",
    stage_name="dev",
    function_name="portcullis-dev-authorizer",
    web_acl_name="portcullis-dev",
)
API = {"ApiName": "portcullis-dev", "Stage": "dev"}
FUNCTION = {"FunctionName": "portcullis-dev-authorizer"}
RENEWAL = {"FunctionName": "portcullis-dev-renewal"}
WEB_ACL = {"WebACL": "portcullis-dev", "Region": "eu-central-1", "Rule": "ALL"}


def alarms(*, acm_renews=True, **thresholds):
    server = "server-certificate-of-acm" if acm_renews else "server-certificate"
    limits = Thresholds(**thresholds)
    listed = module.alarms(NAMES, limits, CERTIFICATE, server, "renewal", "revocation-lists")
    return {alarm.suffix: alarm for alarm in listed}


@pytest.mark.parametrize(
    ("name", "metric", "dimensions"),
    [
        ("server-errors", ("AWS/ApiGateway", "5XXError"), API),
        ("p99-latency", ("AWS/ApiGateway", "Latency"), API),
        ("authorizer-errors", ("AWS/Lambda", "Errors"), FUNCTION),
        ("authorizer-throttles", ("AWS/Lambda", "Throttles"), FUNCTION),
        ("authorizer-failures", ("Portcullis/Authorizer", "failed"), FUNCTION),
        ("renewal-errors", ("AWS/Lambda", "Errors"), RENEWAL),
        ("renewal-throttles", ("AWS/Lambda", "Throttles"), RENEWAL),
        ("renewal-failures", ("Portcullis/portcullis-dev", "failed-renewals"), {}),
        ("revocation-list-overdue", ("Portcullis/Authorizer", "crlHoursLeft"), FUNCTION),
        ("client-certificate-expiry", ("Portcullis/Authorizer", "daysToExpiry"), FUNCTION),
        ("web-acl-blocks", ("AWS/WAFV2", "BlockedRequests"), WEB_ACL),
        ("server-certificate-expiry", ("AWS/CertificateManager", "DaysToExpiry"), CERTIFICATE),
    ],
)
def test_an_alarm_watches_the_metric_that_aws_publishes(name, metric, dimensions):
    alarm = alarms()[name]
    assert (alarm.namespace, alarm.metric_name) == metric
    assert alarm.dimensions == dimensions


@pytest.mark.parametrize(
    "name", ["authorizer-failures", "renewal-errors", "renewal-failures", "renewal-throttles"]
)
def test_the_first_failure_raises_the_alarm(name):
    alarm = alarms()[name]
    assert (alarm.statistic, alarm.period_seconds) == ("Sum", 300)
    assert (alarm.comparison_operator, alarm.threshold) == ("GreaterThanOrEqualToThreshold", 1)
    assert alarm.treat_missing_data == "notBreaching"


@pytest.mark.parametrize(
    ("name", "hours"), [("revocation-list-due", 24), ("revocation-list-overdue", 0)]
)
def test_a_list_alarm_stays_until_a_log_line_reports_a_newer_list(name, hours):
    alarm = alarms()[name]
    assert (alarm.comparison_operator, alarm.threshold) == ("LessThanThreshold", hours)
    assert alarm.statistic == "Minimum"
    assert alarm.treat_missing_data == "ignore"
    # Between two log lines of a client that calls all the time there is a token's life at most.
    assert alarm.period_seconds >= MAX_TOKEN_LIFE_SECONDS


@pytest.mark.parametrize(("acm_renews", "days"), [(True, 20), (False, 45)])
def test_a_certificate_that_acm_renews_raises_the_alarm_only_after_its_renewal_failed(
    acm_renews, days
):
    """ACM renews 45 days before the end: an alarm at 45 would start with each renewal."""
    alarm = alarms(acm_renews=acm_renews)["server-certificate-expiry"]
    assert (alarm.comparison_operator, alarm.threshold) == ("LessThanThreshold", days)
    assert f"within {days} days" in alarm.description


def test_a_client_certificate_raises_the_alarm_two_weeks_ahead():
    alarm = alarms()["client-certificate-expiry"]
    assert (alarm.comparison_operator, alarm.threshold) == ("LessThanThreshold", 14)
    assert (alarm.statistic, alarm.period_seconds) == ("Minimum", 86_400)
    assert alarm.treat_missing_data == "notBreaching"
    # The authorizer does not log more days than these.
    assert alarm.threshold <= authorizer_metrics.EXPIRY_NOTICE_DAYS


@pytest.mark.parametrize(
    ("threshold", "name"),
    [
        ("server_errors", "server-errors"),
        ("p99_latency_milliseconds", "p99-latency"),
        ("authorizer_errors", "authorizer-throttles"),
        ("authorizer_failures", "authorizer-failures"),
        ("renewal_failures", "renewal-failures"),
        ("web_acl_blocks", "web-acl-blocks"),
        ("client_certificate_days", "client-certificate-expiry"),
        ("crl_hours", "revocation-list-due"),
    ],
)
def test_a_threshold_can_be_set(threshold, name):
    assert alarms(**{threshold: 7})[name].threshold == 7


def test_latency_is_a_percentile():
    alarm = alarms()["p99-latency"]
    assert alarm.extended_statistic == "p99"
    assert alarm.statistic is None
