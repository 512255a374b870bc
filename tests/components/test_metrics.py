"""Metric expressions in CloudWatch's own syntax."""

from datetime import UTC, datetime

from components.metrics import Names, days_to_expiry_expression, search_expression

NAMES = Names(
    prefix="portcullis-dev",
    region="eu-central-1",
    stage_name="dev",
    function_name="portcullis-dev-authorizer",
    web_acl_name="portcullis-dev",
)


def test_a_search_names_namespace_dimensions_metric_and_function():
    expression = search_expression(NAMES, "refused", by="reason", stat="Sum", period=300)
    assert expression == (
        'SEARCH(\'{"Portcullis/Authorizer",FunctionName,reason} '
        'MetricName="refused" FunctionName="portcullis-dev-authorizer"\', \'Sum\', 300)'
    )


def test_days_to_expiry_are_counted_from_the_clock_metric():
    expression = days_to_expiry_expression(datetime(2027, 1, 1, tzinfo=UTC), clock="clock")
    assert expression == "(1798761600 - EPOCH(clock)) / 86400"
