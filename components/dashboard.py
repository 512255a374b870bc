"""One page that follows a call through the gates, from left to right."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.metrics import (
    API_NAMESPACE,
    AUTHORIZER_NAMESPACE,
    WAF_NAMESPACE,
    Names,
    refusal_metric,
)

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
PERIOD_SECONDS = 300


def dashboard_body(names: Names, layers: Sequence[str]) -> dict[str, Any]:
    """Source: CloudWatch API Reference, "Dashboard body structure and syntax"."""
    graphs = [
        _graph(
            names,
            "Web ACL: allowed and blocked",
            [
                _metric(WAF_NAMESPACE, "AllowedRequests", names.web_acl),
                _metric(WAF_NAMESPACE, "BlockedRequests", names.web_acl),
            ],
            "Sum",
        ),
        _graph(
            names,
            "Refusals by layer",
            [_metric(names.own_namespace, refusal_metric(layer), {}) for layer in layers],
            "Sum",
        ),
        _graph(
            names,
            "Authorizer: calls, errors, throttles",
            [
                _metric(AUTHORIZER_NAMESPACE, metric, names.function)
                for metric in ("Invocations", "Errors", "Throttles")
            ],
            "Sum",
        ),
        _graph(
            names,
            "Authorizer: duration (p99, ms)",
            [_metric(AUTHORIZER_NAMESPACE, "Duration", names.function)],
            "p99",
        ),
        _graph(
            names,
            "API: calls and answers",
            [
                _metric(API_NAMESPACE, metric, names.api)
                for metric in ("Count", "4XXError", "5XXError")
            ],
            "Sum",
        ),
        _graph(
            names,
            "API: latency, whole and backend (p99, ms)",
            [
                _metric(API_NAMESPACE, metric, names.api)
                for metric in ("Latency", "IntegrationLatency")
            ],
            "p99",
        ),
    ]
    return {
        "widgets": [
            {
                **graph,
                "x": position % COLUMNS * WIDTH,
                "y": position // COLUMNS * HEIGHT,
                "width": WIDTH,
                "height": HEIGHT,
            }
            for position, graph in enumerate(graphs)
        ]
    }


def _graph(names: Names, title: str, metrics: Sequence[list[str]], stat: str) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "metrics": list(metrics),
            "stat": stat,
            "period": PERIOD_SECONDS,
            "region": names.region,
            "view": "timeSeries",
        },
    }


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> list[str]:
    return [namespace, name, *(part for pair in dimensions.items() for part in pair)]
