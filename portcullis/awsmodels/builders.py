"""Builds request parameters where blocks of a resource stand elsewhere in the request.

Each function of :data:`BUILDERS` takes a resource's inputs and yields the parameters of one request
or of several, for example one per integration of an OpenAPI body. The row of requests.yaml may add
properties that stand where the model has them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml

from portcullis.awsmodels.shapes import Moved
from portcullis.graph.resource import UNKNOWN


def moved(inputs: Mapping[str, Any], name: str) -> Moved | None:
    """The property, for a request in which it stands at another place; None if it is not set."""
    return Moved(value=inputs[name], path=name) if inputs.get(name) is not None else None


METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
ANY_METHOD: Final = "x-amazon-apigateway-any-method"


def body_of(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The OpenAPI document of a REST API's body; None if there is none or it cannot be read."""
    text = inputs.get("body")
    if not isinstance(text, str) or text == UNKNOWN:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError:
            return None
    return document if isinstance(document, Mapping) else None


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each operation of the document with its place, for example ``paths./orders.get``."""
    for path, item in (document.get("paths") or {}).items():
        if isinstance(item, Mapping):
            for method, operation in item.items():
                if method in METHODS | {ANY_METHOD} and isinstance(operation, Mapping):
                    yield f"paths.{path}.{method}", operation


_INTEGRATION: Final = {  # x-amazon-apigateway-integration: keys that PutIntegration names alike
    "httpMethod": "integrationHttpMethod",
    **{
        name: name
        for name in (
            *("type", "uri", "connectionType", "connectionId", "credentials", "cacheNamespace"),
            *("requestParameters", "requestTemplates", "passthroughBehavior", "contentHandling"),
            *("cacheKeyParameters", "timeoutInMillis", "tlsConfig", "integrationTarget"),
            "responseTransferMode",
        )
    },
}
_RESPONSE: Final = ("statusCode", "responseParameters", "responseTemplates")
_AUTHORIZER: Final = (
    "type",
    "authorizerUri",
    "authorizerCredentials",
    "identitySource",
    "identityValidationExpression",
    "authorizerResultTtlInSeconds",
    "providerARNs",
)


def _integrations(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every integration of the body, as PutIntegration would take it."""
    for place, operation in operations(body_of(inputs) or {}):
        written = operation.get("x-amazon-apigateway-integration")
        if isinstance(written, Mapping):
            request = {
                member: written[key] for key, member in _INTEGRATION.items() if key in written
            }
            for name in ("type", "passthroughBehavior"):  # the import takes either case
                if isinstance(request.get(name), str):
                    request[name] = request[name].upper()
            request["httpMethod"] = place.rpartition(".")[2].upper()
            yield Moved(value=request, path=f"body.{place}.x-amazon-apigateway-integration")


def _gateway_responses(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every customised gateway response of the body, as PutGatewayResponse would take it."""
    key = "x-amazon-apigateway-gateway-responses"
    for name, written in ((body_of(inputs) or {}).get(key) or {}).items():
        if isinstance(written, Mapping):
            request = {member: written[member] for member in _RESPONSE if member in written}
            yield Moved(value={"responseType": name, **request}, path=f"body.{key}.{name}")


def _authorizers(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every authorizer of the body, as CreateAuthorizer would take it."""
    components = (body_of(inputs) or {}).get("components") or {}
    key = "x-amazon-apigateway-authorizer"
    for name, scheme in (components.get("securitySchemes") or {}).items():
        written = scheme.get(key) if isinstance(scheme, Mapping) else None
        if isinstance(written, Mapping):
            request = {member: written[member] for member in _AUTHORIZER if member in written}
            request["type"] = str(request.get("type", "")).upper()
            path = f"body.components.securitySchemes.{name}.{key}"
            yield Moved(value={"name": name, **request}, path=path)


def _method_settings(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield {"methodSettings": {str(inputs.get("methodPath")): moved(inputs, "settings")}}


def _metric_filter(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    written = inputs.get("metricTransformation")
    renamed = {"name": "metricName", "namespace": "metricNamespace", "value": "metricValue"}
    if isinstance(written, Mapping):
        written = {renamed.get(name, name): value for name, value in written.items()}
    yield {"metricTransformations": Moved(value=written, path="metricTransformation")}


def _alarm(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    queries = inputs.get("metricQueries")
    if isinstance(queries, list):
        queries = [_query(query) for query in queries]
    yield {"Metrics": Moved(value=queries, path="metricQueries")}


def _query(query: Any) -> Any:
    """A metric query; its metric block becomes MetricStat with a Metric inside."""
    if not isinstance(query, Mapping):
        return query
    metric = query.get("metric")
    rest = {name: value for name, value in query.items() if name != "metric"}
    if not isinstance(metric, Mapping):
        return rest
    inner = {n: metric[n] for n in ("metricName", "namespace", "dimensions") if n in metric}
    outer = {n: v for n, v in metric.items() if n not in inner}
    return {**rest, "metricStat": {"metric": inner, **outer}}


def _table(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    keys = [
        {"AttributeName": inputs[name], "KeyType": kind}
        for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if inputs.get(name) is not None
    ]
    attributes = inputs.get("attributes")
    definitions = (
        [{"AttributeName": a.get("name"), "AttributeType": a.get("type")} for a in attributes]
        if isinstance(attributes, list)
        else attributes
    )
    encryption = inputs.get("serverSideEncryption")
    if isinstance(encryption, Mapping):
        encryption = {
            "Enabled": encryption.get("enabled"),
            "KMSMasterKeyId": encryption.get("kmsKeyArn"),
        }
    yield {
        "AttributeDefinitions": Moved(value=definitions, path="attributes"),
        "KeySchema": Moved(value=keys, path="hashKey"),
        "SSESpecification": Moved(value=encryption, path="serverSideEncryption"),
    }


def _managed_policies(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One AttachRolePolicy for each policy that a role names."""
    for index, arn in enumerate(_items(inputs.get("managedPolicyArns"))):
        yield {"PolicyArn": Moved(value=arn, path=f"managedPolicyArns[{index}]")}


def _inline_policies(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One PutRolePolicy for each policy that a role contains."""
    for index, policy in enumerate(_items(inputs.get("inlinePolicies"))):
        if isinstance(policy, Mapping):
            path = f"inlinePolicies[{index}]"
            yield {
                "PolicyName": Moved(value=policy.get("name"), path=f"{path}.name"),
                "PolicyDocument": Moved(value=policy.get("policy"), path=f"{path}.policy"),
            }


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _point_in_time(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    recovery = inputs.get("pointInTimeRecovery")
    enabled = recovery.get("enabled") if isinstance(recovery, Mapping) else recovery
    specification = {"PointInTimeRecoveryEnabled": enabled}
    yield {
        "PointInTimeRecoverySpecification": Moved(value=specification, path="pointInTimeRecovery")
    }


def _encryption(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    rules = inputs.get("rules")
    written = [_encryption_rule(rule) for rule in rules] if isinstance(rules, list) else rules
    yield {"ServerSideEncryptionConfiguration": {"Rules": Moved(value=written, path="rules")}}


def _encryption_rule(rule: Any) -> Any:
    default = rule.get("applyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
    if not isinstance(default, Mapping):
        return rule
    renamed = {
        {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}.get(name, name): value
        for name, value in default.items()
    }
    return {**rule, "applyServerSideEncryptionByDefault": renamed}


def _record(inputs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    values = inputs.get("records")
    aliases = inputs.get("aliases") or []
    record = {
        "Name": moved(inputs, "name"),
        "Type": moved(inputs, "type"),
        "TTL": moved(inputs, "ttl"),
        "SetIdentifier": moved(inputs, "setIdentifier"),
        "HealthCheckId": moved(inputs, "healthCheckId"),
    }
    if isinstance(values, list):
        record["ResourceRecords"] = Moved(
            value=[{"Value": value} for value in values], path="records"
        )
    if isinstance(aliases, list) and aliases and isinstance(aliases[0], Mapping):
        record["AliasTarget"] = Moved(
            value={
                "HostedZoneId": moved(aliases[0], "zoneId"),
                "DNSName": moved(aliases[0], "name"),
                "EvaluateTargetHealth": moved(aliases[0], "evaluateTargetHealth"),
            },
            path="aliases[0]",
        )
    change = {
        "Action": "UPSERT" if inputs.get("allowOverwrite") else "CREATE",
        "ResourceRecordSet": {name: value for name, value in record.items() if value is not None},
    }
    yield {"HostedZoneId": moved(inputs, "zoneId"), "ChangeBatch": {"Changes": [change]}}


Build = Callable[[Mapping[str, Any]], Iterator[Any]]
BUILDERS: Final[Mapping[str, Build]] = {
    "alarm": _alarm,
    "authorizers": _authorizers,
    "encryption": _encryption,
    "gateway_responses": _gateway_responses,
    "inline_policies": _inline_policies,
    "integrations": _integrations,
    "managed_policies": _managed_policies,
    "method_settings": _method_settings,
    "metric_filter": _metric_filter,
    "point_in_time": _point_in_time,
    "record": _record,
    "table": _table,
}
