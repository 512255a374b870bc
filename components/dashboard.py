"""CloudWatch dashboard: one graph per figure, from dashboard.yaml beside this module."""

from collections.abc import Mapping
from typing import Any

from components.metrics import Names, client_refusals_query, renewals_expression, search_expression
from portcullis.yaml_table import read_table

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
PERIOD_SECONDS = 300


def dashboard_body(names: Names, *, has_renewals: bool) -> dict[str, Any]:
    """Source: CloudWatch API Reference, "Dashboard body structure and syntax"."""
    graphs = [
        graph
        for graph in read_table(__file__)
        if has_renewals or not graph["title"].startswith("Certificate renewal")
    ]
    return {
        "widgets": [
            {
                "type": "metric",
                "properties": {
                    "title": graph["title"],
                    "metrics": _metrics(names, graph),
                    "stat": graph.get("stat", "Sum"),
                    "period": graph.get("period", PERIOD_SECONDS),
                    "region": names.region,
                    "view": "timeSeries",
                },
                "x": position % COLUMNS * WIDTH,
                "y": position // COLUMNS * HEIGHT,
                "width": WIDTH,
                "height": HEIGHT,
            }
            for position, graph in enumerate(graphs)
        ]
    }


def _metrics(names: Names, graph: Mapping[str, Any]) -> list[list[Any]]:
    if "metrics" in graph:
        return [_metric(names, *metric.split()) for metric in graph["metrics"]]
    if "search" in graph:
        expression = search_expression(
            names,
            graph["search"],
            by=graph["by"],
            stat=graph.get("stat", "Sum"),
            period=graph.get("period", PERIOD_SECONDS),
        )
    else:
        expression = {
            "refusals by client": client_refusals_query(names),
            "renewals by reason": renewals_expression(names, period=PERIOD_SECONDS),
        }[graph["expression"]]
    return [[{"expression": expression}]]


def _metric(names: Names, watched: str, metric: str) -> list[str]:
    namespace, dimensions = names.dimensions(watched)
    return [namespace, metric, *(part for pair in dimensions.items() for part in pair)]
