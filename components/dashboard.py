"""CloudWatch dashboard: one graph per figure, in the order in which a call passes the gates."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.gateway_responses import LAYERS
from components.log_groups import renewal_function_name
from components.metrics import (
    API_NAMESPACE,
    AUTHORIZER_NAMESPACE,
    FAILED_RENEWALS_METRIC,
    LAMBDA_NAMESPACE,
    WAF_NAMESPACE,
    Names,
    client_refusals_query,
    refusal_metric,
    renewals_expression,
    search_expression,
)

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
PERIOD_SECONDS, HOUR_SECONDS, DAY_SECONDS = 300, 3600, 86_400

Graph = dict[str, Any]


def dashboard_body(names: Names, *, has_renewals: bool) -> dict[str, Any]:
    """Source: CloudWatch API Reference, "Dashboard body structure and syntax"."""
    graphs = [
        *_refusals(names),
        *_authorizer(names),
        *_api(names),
        *_certificates_and_lists(names),
        *(_renewals(names) if has_renewals else ()),
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


def _refusals(names: Names) -> list[Graph]:
    return [
        _graph(
            names,
            "Web ACL: allowed and blocked",
            _metrics(WAF_NAMESPACE, names.web_acl, "AllowedRequests", "BlockedRequests"),
            "Sum",
        ),
        _graph(
            names,
            "Refusals by layer",
            _metrics(names.own_namespace, {}, *map(refusal_metric, LAYERS)),
            "Sum",
        ),
        _graph(
            names,
            "Refusals by client certificate (an hour)",
            [[{"expression": client_refusals_query(names)}]],
            "Sum",
            HOUR_SECONDS,
        ),
    ]


def _authorizer(names: Names) -> list[Graph]:
    return [
        _graph(
            names,
            "Authorizer: calls, errors, throttles",
            _metrics(LAMBDA_NAMESPACE, names.function, "Invocations", "Errors", "Throttles"),
            "Sum",
        ),
        _graph(
            names,
            "Authorizer: total, KMS and table (p99, ms)",
            [
                *_metrics(LAMBDA_NAMESPACE, names.function, "Duration"),
                *_metrics(AUTHORIZER_NAMESPACE, names.function, "kmsMs", "registryMs"),
            ],
            "p99",
        ),
        _search(names, "Authorizer: failures by reason", "failed", by="reason", stat="Sum"),
        _search(names, "Authorizer: refusals by reason", "refused", by="reason", stat="Sum"),
    ]


def _api(names: Names) -> list[Graph]:
    return [
        _graph(
            names,
            "API: calls and errors",
            _metrics(API_NAMESPACE, names.api, "Count", "4XXError", "5XXError"),
            "Sum",
        ),
        _graph(
            names,
            "API: latency, total and backend (p99, ms)",
            _metrics(API_NAMESPACE, names.api, "Latency", "IntegrationLatency"),
            "p99",
        ),
    ]


def _certificates_and_lists(names: Names) -> list[Graph]:
    return [
        _search(
            names,
            "Clients whose certificate expires soon (days left)",
            "daysToExpiry",
            by="clientId",
            stat="Minimum",
            period=DAY_SECONDS,
        ),
        _graph(
            names,
            "Revocation lists: age of the oldest one (hours)",
            _metrics(AUTHORIZER_NAMESPACE, names.function, "crlAgeHours"),
            "Maximum",
        ),
        _graph(
            names,
            "Revocation lists: hours until the first one is overdue",
            _metrics(AUTHORIZER_NAMESPACE, names.function, "crlHoursLeft"),
            "Minimum",
        ),
    ]


def _renewals(names: Names) -> list[Graph]:
    function = {"FunctionName": renewal_function_name(names.prefix)}
    expression = renewals_expression(names, period=PERIOD_SECONDS)
    return [
        _graph(
            names,
            "Certificate renewal: calls, errors, throttles, answers 503",
            [
                *_metrics(LAMBDA_NAMESPACE, function, "Invocations", "Errors", "Throttles"),
                *_metrics(names.own_namespace, {}, FAILED_RENEWALS_METRIC),
            ],
            "Sum",
        ),
        _graph(
            names,
            "Certificate renewal: answers by reason (ok: a new certificate)",
            [[{"expression": expression}]],
            "Sum",
        ),
    ]


def _search(
    names: Names, title: str, metric: str, *, by: str, stat: str, period: int = PERIOD_SECONDS
) -> Graph:
    expression = search_expression(names, metric, by=by, stat=stat, period=period)
    return _graph(names, title, [[{"expression": expression}]], stat, period)


def _graph(
    names: Names,
    title: str,
    metrics: Sequence[list[Any]],
    stat: str,
    period: int = PERIOD_SECONDS,
) -> Graph:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "metrics": list(metrics),
            "stat": stat,
            "period": period,
            "region": names.region,
            "view": "timeSeries",
        },
    }


def _metrics(namespace: str, dimensions: Mapping[str, str], *names: str) -> list[list[str]]:
    flat = [part for pair in dimensions.items() for part in pair]
    return [[namespace, name, *flat] for name in names]
