"""The dashboard: every graph reads metrics that exist, and no two graphs overlap."""

import pytest

from components.dashboard import dashboard_body
from components.gateway_responses import LAYERS
from components.metrics import Names

NAMES = Names(
    prefix="portcullis-dev",
    region="eu-central-1",
    stage_name="dev",
    function_name="portcullis-dev-authorizer",
    web_acl_name="portcullis-dev",
)


@pytest.fixture
def widgets():
    return dashboard_body(NAMES, has_renewals=True)["widgets"]


def test_the_dashboard_reads_the_namespaces_of_every_gate(widgets):
    listed = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    metrics = [metric for metric in listed if isinstance(metric[0], str)]  # the others search
    assert {metric[0] for metric in metrics} == {
        *("AWS/ApiGateway", "AWS/Lambda", "AWS/WAFV2"),
        *("Portcullis/Authorizer", "Portcullis/portcullis-dev"),
    }
    refusals = {metric[1] for metric in metrics if metric[0] == "Portcullis/portcullis-dev"}
    assert refusals == {f"refused-by-{layer}" for layer in LAYERS} | {"failed-renewals"}


def test_renewals_are_shown_by_count_and_reason_where_the_api_has_them(widgets):
    calls, reasons = (one["properties"]["metrics"] for one in widgets[-2:])
    function = "portcullis-dev-renewal"
    assert ["AWS/Lambda", "Invocations", "FunctionName", function] in calls
    schema = '{"Portcullis/portcullis-dev",reason}'
    assert reasons == [[{"expression": f"SEARCH('{schema} MetricName=\"renewals\"', 'Sum', 300)"}]]
    assert dashboard_body(NAMES, has_renewals=False)["widgets"] == widgets[:-2]


def test_every_graph_is_of_the_stack_s_region(widgets):
    assert {widget["properties"]["region"] for widget in widgets} == {"eu-central-1"}


def test_widgets_do_not_overlap(widgets):
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(set(places)) == len(places)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
