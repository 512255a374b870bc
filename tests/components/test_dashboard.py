"""The dashboard: every graph reads metrics that exist, and no two graphs overlap."""

import pytest

from components.dashboard import dashboard_body
from components.gateway_responses import LAYERS
from components.metrics import Names


@pytest.fixture
def widgets():
    body = dashboard_body(
        Names(
            prefix="portcullis-dev",
            region="eu-central-1",
            stage_name="dev",
            function_name="portcullis-dev-authorizer",
            web_acl_name="portcullis-dev",
        )
    )
    return body["widgets"]


def test_the_dashboard_reads_the_namespaces_of_every_gate(widgets):
    listed = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    metrics = [metric for metric in listed if isinstance(metric[0], str)]  # the others search
    assert {metric[0] for metric in metrics} == {
        *("AWS/ApiGateway", "AWS/Lambda", "AWS/WAFV2"),
        *("Portcullis/Authorizer", "Portcullis/portcullis-dev"),
    }
    refusals = {metric[1] for metric in metrics if metric[0] == "Portcullis/portcullis-dev"}
    assert refusals == {f"refused-by-{layer}" for layer in LAYERS}


def test_every_graph_is_of_the_stack_s_region(widgets):
    assert {widget["properties"]["region"] for widget in widgets} == {"eu-central-1"}


def test_widgets_do_not_overlap(widgets):
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(set(places)) == len(places)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
