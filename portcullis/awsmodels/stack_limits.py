"""Limits of an account and region that one stack alone can break: unique names, quotas, places."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from portcullis.awsmodels.botocore_data import SOURCE, partition_by_region
from portcullis.awsmodels.finding import FaultKind, ModelFinding
from portcullis.awsmodels.requests import by_type
from portcullis.graph.resource import UNKNOWN, Graph, Resource

# Names are unique per account and region (S3: everywhere, IAM: per account).
UNIQUE: Final = {
    "aws:apigateway/domainName:DomainName": "domainName",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
    "aws:dynamodb/table:Table": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:kms/alias:Alias": "name",
    "aws:lambda/function:Function": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:sns/topic:Topic": "name",
    "aws:wafv2/ipSet:IpSet": "name",
    "aws:wafv2/ruleGroup:RuleGroup": "name",
    "aws:wafv2/webAcl:WebAcl": "name",
    "aws:apigateway/apiKey:ApiKey": "value",
}
# How many of a type an account may have in a region, as quotas stand for a new account.
QUOTAS: Final = {
    "aws:apigateway/apiKey:ApiKey": (10_000, "API Gateway Developer Guide, Quotas: API keys"),
    "aws:apigateway/usagePlan:UsagePlan": (300, "API Gateway Developer Guide, Quotas: usage plans"),
    "aws:apigateway/domainName:DomainName": (
        120,
        "API Gateway Developer Guide, Quotas: public custom domain names",
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": (
        10,
        "CloudWatch Logs User Guide, CloudWatch Logs quotas: resource policies",
    ),
    "aws:wafv2/webAcl:WebAcl": (100, "AWS WAF Developer Guide, AWS WAF quotas: web ACLs"),
    "aws:wafv2/ipSet:IpSet": (100, "AWS WAF Developer Guide, AWS WAF quotas: IP sets"),
}
MAX_FILTERS_PER_GROUP: Final = 100
# Lambda Developer Guide, "Improving startup performance with Lambda SnapStart", November 2026.
NO_SNAP_START: Final = frozenset({"ap-southeast-6", "ap-east-2"})
NO_SNAP_START_PARTITIONS: Final = frozenset({"aws-us-gov", "aws-cn"})
FUNCTION: Final = "aws:lambda/function:Function"
PROVISIONED: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


def _unique(graph: Graph) -> Iterator[ModelFinding]:
    for resource_type, name in UNIQUE.items():
        first: dict[str, Resource] = {}
        for resource in graph.of_type(resource_type):
            value = resource.inputs.get(name)
            if value is None or value == UNKNOWN:
                continue
            if value in first:
                yield ModelFinding(
                    resource=resource,
                    path=name,
                    operation=by_type()[resource_type].sent[0].operation,
                    kind=FaultKind.UNIQUE,
                    because=f"{first[value].name} has the same {name}",
                    accepted="a name that is unique in the account and region",
                    source="the service's API Reference",
                )
            first.setdefault(value, resource)


def _quotas(graph: Graph) -> Iterator[ModelFinding]:
    for resource_type, (limit, source) in QUOTAS.items():
        found = graph.of_type(resource_type)
        if len(found) > limit:
            yield ModelFinding(
                resource=found[limit],
                path="",
                operation=by_type()[resource_type].sent[0].operation,
                kind=FaultKind.QUOTA,
                because=f"the stack has {len(found):,} of this type",
                accepted=f"at most {limit:,} in an account and region",
                source=source,
            )


def _filters(graph: Graph) -> Iterator[ModelFinding]:
    by_group = defaultdict(list)
    for resource in graph.of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter"):
        by_group[resource.inputs.get("logGroupName")].append(resource)
    for group, filters in by_group.items():
        if group != UNKNOWN and len(filters) > MAX_FILTERS_PER_GROUP:
            yield ModelFinding(
                resource=filters[MAX_FILTERS_PER_GROUP],
                path="logGroupName",
                operation="logs:PutMetricFilter",
                kind=FaultKind.QUOTA,
                because=f"{group} has {len(filters)} metric filters",
                accepted=f"at most {MAX_FILTERS_PER_GROUP} metric filters on a log group",
                source="CloudWatch Logs User Guide, CloudWatch Logs quotas",
            )


def _one_each(graph: Graph) -> Iterator[ModelFinding]:
    """One web ACL on a stage, one mapping of a domain's path, one usage plan of a key's stage."""
    for resource_type, names, operation, accepted in (
        (
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            ("resourceArn",),
            "wafv2:AssociateWebACL",
            "one web ACL on a stage: the last association replaces the others",
        ),
        (
            "aws:apigateway/basePathMapping:BasePathMapping",
            ("domainName", "basePath"),
            "apigateway:CreateBasePathMapping",
            "one mapping of a domain's base path (409 Conflict)",
        ),
        (
            "aws:apigateway/usagePlanKey:UsagePlanKey",
            ("keyId",),
            "apigateway:CreateUsagePlanKey",
            "one usage plan of a key on a stage (409 Conflict)",
        ),
    ):
        seen: Counter[tuple[str, ...]] = Counter()
        for resource in graph.of_type(resource_type):
            key = tuple(_reference(resource, name) for name in names)
            seen[key] += 1
            if seen[key] > 1 and UNKNOWN not in key:
                yield ModelFinding(
                    resource=resource,
                    path=names[0],
                    operation=operation,
                    kind=FaultKind.UNIQUE,
                    because="another resource of the stack does the same",
                    accepted=accepted,
                    source="the service's API Reference",
                )


def _reference(resource: Resource, name: str) -> str:
    """A value, or what it is made from where it is unknown."""
    value = resource.inputs.get(name)
    if value == UNKNOWN:
        behind = resource.property_dependencies.get(name, ())
        return " ".join(sorted(behind)) or UNKNOWN
    return str(value or "")


def _snap_start(graph: Graph) -> Iterator[ModelFinding]:
    region = _region(graph)
    provisioned = graph.of_type(PROVISIONED)
    for function in graph.of_type(FUNCTION):
        setting = function.inputs.get("snapStart")
        if not isinstance(setting, dict) or setting.get("applyOn") != "PublishedVersions":
            continue
        because = None
        partition = partition_by_region().get(region or "")
        if region in NO_SNAP_START or partition in NO_SNAP_START_PARTITIONS:
            because = f"SnapStart does not exist in {region}"
        elif any(p.inputs.get("functionName") == function.inputs.get("name") for p in provisioned):
            because = "its version has provisioned concurrency too"
        if because:
            yield ModelFinding(
                resource=function,
                path="snapStart",
                operation="lambda:CreateFunction",
                kind=FaultKind.UNAVAILABLE,
                because=because,
                accepted="no SnapStart",
                source="Lambda Developer Guide, Lambda SnapStart: supported features and Regions",
            )


def _places(graph: Graph) -> Iterator[ModelFinding]:
    """ARNs whose partition is not the one of their region."""
    partitions = frozenset(partition_by_region().values())
    for resource in graph:
        for name, value in resource.inputs.items():
            if not isinstance(value, str) or not value.startswith("arn:"):
                continue
            partition, region = (value.split(":", 5) + [""] * 4)[1:4:2]
            expected = partition_by_region().get(region)
            if partition not in partitions:
                because = f"the partition {partition!r} does not exist"
            elif region and expected is None:
                because = f"the region {region!r} does not exist"
            elif expected and partition != expected:
                because = f"{region} belongs to the partition {expected}, not {partition}"
            else:
                continue
            yield ModelFinding(
                resource=resource,
                path=name,
                operation=resource.type,
                kind=FaultKind.UNAVAILABLE,
                because=because,
                accepted=", ".join(sorted(partitions)),
                source=f"{SOURCE}, partitions",
            )


def _region(graph: Graph) -> str | None:
    """The region that the stack's ARNs name."""
    for resource in graph:
        text = str(resource.inputs.get("body") or "")
        _, found, rest = text.partition(":apigateway:")
        if found:
            return rest.partition(":")[0]
    return None


CHECKS: Final[Sequence[Callable[[Graph], Iterator[ModelFinding]]]] = (
    _unique,
    _quotas,
    _filters,
    _one_each,
    _snap_start,
    _places,
)
