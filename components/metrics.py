"""CloudWatch namespaces and dimensions, composed from names known at preview."""

from dataclasses import dataclass
from datetime import datetime

from authorizer import metrics as authorizer_metrics
from components.log_groups import renewal_function_name

API_NAMESPACE = "AWS/ApiGateway"
LAMBDA_NAMESPACE = "AWS/Lambda"
AUTHORIZER_NAMESPACE = authorizer_metrics.NAMESPACE
WAF_NAMESPACE = "AWS/WAFV2"
CERTIFICATE_NAMESPACE = "AWS/CertificateManager"


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names that the dimensions of the metrics carry."""

    prefix: str
    region: str
    stage_name: str
    function_name: str
    web_acl_name: str

    @property
    def api(self) -> dict[str, str]:
        return {"ApiName": self.prefix, "Stage": self.stage_name}

    @property
    def function(self) -> dict[str, str]:
        return {"FunctionName": self.function_name}

    @property
    def web_acl(self) -> dict[str, str]:
        return {"WebACL": self.web_acl_name, "Region": self.region, "Rule": "ALL"}

    @property
    def own_namespace(self) -> str:
        return f"Portcullis/{self.prefix}"

    def dimensions(self, watched: str) -> tuple[str, dict[str, str]]:
        """Namespace and dimensions of a group of metrics in alarms.yaml and dashboard.yaml."""
        groups = {
            "api": (API_NAMESPACE, self.api),
            "function": (LAMBDA_NAMESPACE, self.function),
            "authorizer": (AUTHORIZER_NAMESPACE, self.function),
            "renewal": (LAMBDA_NAMESPACE, {"FunctionName": renewal_function_name(self.prefix)}),
            "own": (self.own_namespace, {}),
            "web_acl": (WAF_NAMESPACE, self.web_acl),
        }
        return groups[watched]


def refusal_metric(layer: str) -> str:
    return f"refused-by-{layer}"


FAILED_RENEWALS_METRIC = "failed-renewals"
RENEWALS_METRIC = "renewals"
RENEWAL_DIMENSION = "reason"  # a member of the renewal's log line; "ok" for a new certificate
CLIENT_REFUSALS_METRIC = "refused-calls"
CLIENT_DIMENSION = "clientCertSubject"  # a member of the access log; known before the authorizer


def client_refusals_query(names: Names) -> str:
    """Metrics Insights: the refused calls of each client, one time series per client.

    An alarm on it has a state of its own for each series: AWS calls them contributors. A GROUP BY
    and an ORDER BY are required for that. At most 500 series are evaluated, those with the most
    refusals first, and only the latest three hours.
    Source: CloudWatch User Guide, "Create a CloudWatch alarm based on a Metrics Insights query".
    """
    columns = f'SUM("{CLIENT_REFUSALS_METRIC}")'
    schema = f'SCHEMA("{names.own_namespace}", {CLIENT_DIMENSION})'
    grouping = f"GROUP BY {CLIENT_DIMENSION} ORDER BY SUM() DESC"
    return f"SELECT {columns} FROM {schema} {grouping}"  # noqa: S608 - of our own names


def search_expression(names: Names, metric: str, *, by: str, stat: str, period: int) -> str:
    """A line per value of the dimension ``by``, for a metric of the authorizer's log lines.

    Only graphs may use it: an alarm cannot hold a search expression.
    Source: CloudWatch User Guide, "CloudWatch search expression syntax".
    """
    schema = f'{{"{AUTHORIZER_NAMESPACE}",{",".join((*names.function, by))}}}'
    wanted = [f'MetricName="{metric}"', *(f'{n}="{v}"' for n, v in names.function.items())]
    return f"SEARCH('{schema} {' '.join(wanted)}', '{stat}', {period})"


def renewals_expression(names: Names, *, period: int) -> str:
    """A line per reason of the answers of the certificate renewal. Only graphs may use it."""
    schema = f'{{"{names.own_namespace}",{RENEWAL_DIMENSION}}}'
    return f"SEARCH('{schema} MetricName=\"{RENEWALS_METRIC}\"', 'Sum', {period})"


def days_to_expiry_expression(not_after: datetime, *, clock: str) -> str:
    """Metric math: days between a point of the ``clock`` metric and ``not_after``.

    Source: CloudWatch User Guide, "Using metric math", function EPOCH.
    """
    return f"({int(not_after.timestamp())} - EPOCH({clock})) / 86400"
