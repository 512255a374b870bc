"""A graph as a CloudFormation template, so that cfn-lint's copies of AWS's schemas can judge it.

Property names are matched with the schema's regardless of case; what stands elsewhere in
CloudFormation is listed by name.
"""

import json
from collections.abc import Mapping

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

# Pulumi's type: CloudFormation's type, renamed properties, properties that it does not have.
COUNTERPARTS = {
    "aws:acm/certificate:Certificate": ("AWS::CertificateManager::Certificate", {}, ()),
    "aws:apigateway/account:Account": (
        "AWS::ApiGateway::Account",
        {"cloudwatchRoleArn": "CloudWatchRoleArn"},
        (),
    ),
    "aws:apigateway/apiKey:ApiKey": ("AWS::ApiGateway::ApiKey", {}, ()),
    "aws:apigateway/basePathMapping:BasePathMapping": (
        "AWS::ApiGateway::BasePathMapping",
        {"restApi": "RestApiId", "stageName": "Stage"},
        (),
    ),
    "aws:apigateway/deployment:Deployment": (
        "AWS::ApiGateway::Deployment",
        {"restApi": "RestApiId"},
        ("triggers",),
    ),
    "aws:apigateway/domainName:DomainName": ("AWS::ApiGateway::DomainName", {}, ()),
    "aws:apigateway/restApi:RestApi": (
        "AWS::ApiGateway::RestApi",
        {"putRestApiMode": "Mode"},
        ("body",),  # an object there, a JSON string here
    ),
    "aws:apigateway/stage:Stage": (
        "AWS::ApiGateway::Stage",
        {
            "restApi": "RestApiId",
            "deployment": "DeploymentId",
            "xrayTracingEnabled": "TracingEnabled",
            "accessLogSettings": "AccessLogSetting",
        },
        (),
    ),
    "aws:apigateway/usagePlan:UsagePlan": (
        "AWS::ApiGateway::UsagePlan",
        {"name": "UsagePlanName", "throttleSettings": "Throttle", "quotaSettings": "Quota"},
        (),
    ),
    "aws:apigateway/clientCertificate:ClientCertificate": (
        "AWS::ApiGateway::ClientCertificate",
        {},
        (),
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": ("AWS::ApiGateway::UsagePlanKey", {}, ()),
    "aws:cloudwatch/dashboard:Dashboard": ("AWS::CloudWatch::Dashboard", {}, ()),
    "aws:cloudwatch/logGroup:LogGroup": ("AWS::Logs::LogGroup", {"name": "LogGroupName"}, ()),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        "AWS::Logs::MetricFilter",
        {
            "name": "FilterName",
            "pattern": "FilterPattern",
            "metricTransformation": "MetricTransformations",
            "metricTransformation.name": "MetricName",
            "metricTransformation.namespace": "MetricNamespace",
            "metricTransformation.value": "MetricValue",
        },
        (),
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("AWS::Logs::ResourcePolicy", {}, ()),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "AWS::CloudWatch::Alarm",
        {"name": "AlarmName", "metricQueries": "Metrics"},
        (),
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": ("AWS::Logs::QueryDefinition", {}, ()),
    "aws:dynamodb/table:Table": (
        "AWS::DynamoDB::Table",
        {
            "name": "TableName",
            "attributes": "AttributeDefinitions",
            "attributes.name": "AttributeName",
            "attributes.type": "AttributeType",
            "ttl": "TimeToLiveSpecification",
        },
        ("hashKey", "rangeKey", "pointInTimeRecovery", "serverSideEncryption"),
    ),
    "aws:iam/role:Role": (
        "AWS::IAM::Role",
        {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        (),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        "AWS::IAM::RolePolicy",
        {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
        (),
    ),
    "aws:kms/alias:Alias": ("AWS::KMS::Alias", {"name": "AliasName"}, ()),
    "aws:kms/key:Key": (
        "AWS::KMS::Key",
        {
            "policy": "KeyPolicy",
            "customerMasterKeySpec": "KeySpec",
            "deletionWindowInDays": "PendingWindowInDays",
        },
        (),
    ),
    "aws:lambda/alias:Alias": ("AWS::Lambda::Alias", {}, ()),
    "aws:lambda/function:Function": (
        "AWS::Lambda::Function",
        {"name": "FunctionName"},
        ("code", "sourceCodeHash", "publish"),
    ),
    "aws:lambda/permission:Permission": (
        "AWS::Lambda::Permission",
        {"function": "FunctionName"},
        ("statementId", "qualifier"),
    ),
    "aws:route53/record:Record": (
        "AWS::Route53::RecordSet",
        {"zoneId": "HostedZoneId", "records": "ResourceRecords"},
        ("aliases", "allowOverwrite"),
    ),
    "aws:s3/bucket:Bucket": ("AWS::S3::Bucket", {"bucket": "BucketName"}, ("forceDestroy",)),
    "aws:s3/bucketPolicy:BucketPolicy": (
        "AWS::S3::BucketPolicy",
        {"policy": "PolicyDocument"},
        (),
    ),
    "aws:shield/protection:Protection": ("AWS::Shield::Protection", {}, ()),
    "aws:sns/topic:Topic": ("AWS::SNS::Topic", {"name": "TopicName"}, ()),
    "aws:sns/topicPolicy:TopicPolicy": (
        "AWS::SNS::TopicPolicy",
        {"arn": "Topics", "policy": "PolicyDocument"},
        (),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        "AWS::SNS::Subscription",
        {"topic": "TopicArn"},
        (),
    ),
    "aws:wafv2/ipSet:IpSet": ("AWS::WAFv2::IPSet", {}, ()),
    "aws:wafv2/webAcl:WebAcl": ("AWS::WAFv2::WebACL", {}, ()),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ("AWS::WAFv2::WebACLAssociation", {}, ()),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "AWS::WAFv2::LoggingConfiguration",
        {},
        (),
    ),
}
# What CloudFormation has no resource of its own for.
WITHOUT_COUNTERPART = {
    "aws:acm/certificateValidation:CertificateValidation": "the provider's own waiting",
    "aws:apigateway/methodSettings:MethodSettings": "a property of AWS::ApiGateway::Stage",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "a property of AWS::IAM::Role",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        "a property of AWS::Lambda::Alias"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": "CloudFormation writes no objects",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "a property of AWS::S3::Bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "a property of AWS::S3::Bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "a property of AWS::S3::Bucket"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": "a property of AWS::S3::Bucket",
}
# What the provider fills in, or what stands in another resource there.
FILLED = {
    "AWS::Lambda::Function": {"Code": {"ZipFile": "pass"}},
    "AWS::DynamoDB::Table": {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
}


def template(graph, region):
    """The template of a graph, and the types of it that have no counterpart."""
    resources, missing = {}, set()
    for index, resource in enumerate(graph):
        if not resource.type.startswith("aws:"):
            continue
        if resource.type in WITHOUT_COUNTERPART:
            missing.add(resource.type)
            continue
        kind, renamed, left_out = COUNTERPARTS[resource.type]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
        inputs = {n: v for n, v in resource.inputs.items() if n not in left_out and v is not None}
        if "metricQueries" in inputs:
            inputs["metricQueries"] = [_query(query) for query in inputs["metricQueries"]]
        properties = _object(inputs, schema, schema, renamed, "")
        if "aliases" in left_out and "aliases" in resource.inputs:
            (alias,) = resource.inputs["aliases"]
            properties["AliasTarget"] = {
                "DNSName": alias["name"],
                "HostedZoneId": alias["zoneId"],
                "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            }
        resources[f"R{index}"] = {"Type": kind, "Properties": properties | FILLED.get(kind, {})}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, missing


def _query(query):
    """Pulumi's ``metric`` block is ``MetricStat`` with a ``Metric`` inside."""
    if "metric" not in query:
        return query
    named = ("metricName", "namespace", "dimensions")
    metric = query["metric"]
    outer = {n: v for n, v in metric.items() if n not in named}
    inner = {n: metric[n] for n in named if n in metric}
    rest = {n: v for n, v in query.items() if n != "metric"}
    return {**rest, "metricStat": {"metric": inner, **outer}}


def _resolved(node, schema):
    while "$ref" in node:
        pointer = node["$ref"].removeprefix("#/").split("/")
        node = schema
        for part in pointer:
            node = node[part]
    return node


def _object(values, node, schema, renamed, prefix):
    members = {name.lower(): name for name in node.get("properties", {})}
    made = {}
    for name, value in values.items():
        path = f"{prefix}{name}"
        wanted = renamed.get(path) or members.get(name.lower()) or members.get(f"{name.lower()}s")
        if wanted is None:  # Pulumi's plurals
            wanted = members.get(name.lower().removesuffix("s"), name[:1].upper() + name[1:])
        below = node.get("properties", {}).get(wanted, {})
        made[wanted] = _value(value, _resolved(below, schema), schema, renamed, f"{path}.")
    return made


def _value(value, node, schema, renamed, prefix):  # noqa: PLR0911 - one return per kind
    kinds = node.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if "array" in kinds:
        item = _resolved(node.get("items", {}), schema)
        names = set(item.get("properties", {}))
        if isinstance(value, Mapping) and names in ({"Name", "Value"}, {"Key", "Value"}):
            key = (names - {"Value"}).pop()
            return [{key: k, "Value": v} for k, v in value.items()]
        entries = value if isinstance(value, list) else [value]
        return [_value(entry, item, schema, renamed, prefix) for entry in entries]
    if isinstance(value, list) and "properties" not in node:  # a map whose entries have a key
        return {e["key"]: _renamed({k: v for k, v in e.items() if k != "key"}) for e in value}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping) and "properties" in node:
        return _object(value, node, schema, renamed, prefix)
    if isinstance(value, Mapping) and not value:
        return {}
    if isinstance(value, Mapping) and "object" in kinds:
        return dict(value)
    if isinstance(value, Mapping):
        return _renamed(value)
    if "object" in kinds and isinstance(value, str):
        return json.loads(value)
    return value


def _renamed(values):
    return {name[:1].upper() + name[1:]: value for name, value in values.items()}
