"""The id and the computed outputs of each resource type, in AWS's formats.

Sources: the "Outputs" of each type in the Pulumi registry; for ARNs the Service Authorization
Reference.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portcullis.standin.invented import CREATED, LOWER, MIXED, UPPER, hexadecimal, text, uuid
from portcullis.standin.location import API_GATEWAY_ZONES, Location

Inputs = Mapping[str, Any]
API_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
API_KEY_HEADER = "HEADER"  # the source if neither the API nor its body gives one


@dataclass(frozen=True, kw_only=True)
class Created:
    id: str
    computed: dict[str, Any] = field(default_factory=dict)


Row = Callable[[Location, str, Inputs], Created]


def key(location: Location, key_id: str) -> Created:
    """The outputs of ``aws:kms/key:Key``; the id comes from the key service."""
    return Created(
        id=key_id,
        computed={
            "keyId": key_id,
            "arn": location.arn("kms", f"key/{key_id}"),
            "enableKeyRotation": False,
            "isEnabled": True,
            "multiRegion": False,
        },
    )


def _physical_name(name: str, inputs: Inputs) -> str:
    """The explicit name, or one in the format of the engine's auto-naming."""
    return str(inputs.get("name") or f"{name}-{hexadecimal(7, name)}")


def _certificate(location: Location, name: str, inputs: Inputs) -> Created:
    domain = str(inputs["domainName"])
    arn = location.arn("acm", f"certificate/{uuid('acm', name)}")
    proof = {
        "domainName": domain,
        "resourceRecordName": f"_{hexadecimal(32, 'proof', domain)}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{hexadecimal(32, 'answer', domain)}.{text(LOWER, 10, domain)}"
        ".acm-validations.aws.",
    }
    return Created(
        id=arn,
        computed={
            "arn": arn,
            "domainValidationOptions": [proof],
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
            "subjectAlternativeNames": [domain],
            "keyAlgorithm": inputs.get("keyAlgorithm", "RSA_2048"),
        },
    )


def _certificate_validation(_: Location, __: str, ___: Inputs) -> Created:
    return Created(id=CREATED)


def _account(_: Location, __: str, ___: Inputs) -> Created:
    limits = {"burstLimit": 5000, "rateLimit": 10000.0}
    return Created(
        id="api-gateway-account",
        computed={"apiKeyVersion": "4", "features": ["UsagePlans"], "throttleSettings": [limits]},
    )


def _rest_api(location: Location, name: str, inputs: Inputs) -> Created:
    api_id = text(LOWER, 10, "restApi", name)
    return Created(
        id=api_id,
        computed={
            "name": _physical_name(name, inputs),
            "arn": location.api_gateway_arn(f"/restapis/{api_id}"),
            "executionArn": location.arn("execute-api", api_id),
            "rootResourceId": text(LOWER, 10, "root", name),
            "createdDate": CREATED,
            "apiKeySource": _imported_api_key_source(inputs),
        },
    )


def _imported_api_key_source(inputs: Inputs) -> str:
    """The API key source of a REST API after its first import, which the provider leaves alone."""
    if inputs.get("apiKeySource"):
        return str(inputs["apiKeySource"])
    try:
        body = json.loads(inputs.get("body") or "{}")
    except ValueError:  # YAML, or unknown in a preview
        body = {}
    return (
        str(body.get(API_KEY_SOURCE, API_KEY_HEADER)) if isinstance(body, dict) else API_KEY_HEADER
    )


def _deployment(_: Location, name: str, inputs: Inputs) -> Created:
    triggers = repr(sorted(dict(inputs.get("triggers") or {}).items()))
    return Created(
        id=text(LOWER, 6, "deployment", name, triggers), computed={"createdDate": CREATED}
    )


def _stage(location: Location, _: str, inputs: Inputs) -> Created:
    api_id, stage = inputs["restApi"], inputs["stageName"]
    return Created(
        id=f"ags-{api_id}-{stage}",
        computed={
            "arn": location.api_gateway_arn(f"/restapis/{api_id}/stages/{stage}"),
            "executionArn": location.arn("execute-api", f"{api_id}/{stage}"),
            "invokeUrl": f"https://{api_id}.execute-api.{location.region}.amazonaws.com/{stage}",
            "webAclArn": "",
        },
    )


def _method_settings(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=f"{inputs['restApi']}-{inputs['stageName']}-{inputs['methodPath']}")


def _domain_name(location: Location, _: str, inputs: Inputs) -> Created:
    domain = str(inputs["domainName"])
    target = f"d-{text(LOWER, 10, 'domain', domain)}"
    invented_zone = f"Z{text(UPPER, 13, 'zone', location.region)}"
    return Created(
        id=domain,
        computed={
            "arn": location.api_gateway_arn(f"/domainnames/{domain}"),
            "domainNameId": "",
            "regionalDomainName": f"{target}.execute-api.{location.region}.amazonaws.com",
            "regionalZoneId": API_GATEWAY_ZONES.get(location.region, invented_zone),
            "cloudfrontDomainName": "",
            "cloudfrontZoneId": "Z2FDTNDATAQYW2",
            "certificateUploadDate": CREATED,
        },
    )


def _base_path_mapping(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=f"{inputs['domainName']}/{inputs.get('basePath', '')}")


def _log_group(location: Location, name: str, inputs: Inputs) -> Created:
    group = _physical_name(name, inputs)
    return Created(
        id=group,
        computed={
            "name": group,
            "arn": location.arn("logs", f"log-group:{group}"),
            "logGroupClass": inputs.get("logGroupClass", "STANDARD"),
        },
    )


def _log_resource_policy(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=str(inputs["policyName"]))


def _log_metric_filter(_: Location, name: str, inputs: Inputs) -> Created:
    return Created(id=_physical_name(name, inputs))


def _metric_alarm(location: Location, name: str, inputs: Inputs) -> Created:
    alarm = _physical_name(name, inputs)
    return Created(
        id=alarm, computed={"name": alarm, "arn": location.arn("cloudwatch", f"alarm:{alarm}")}
    )


def _dashboard(location: Location, _: str, inputs: Inputs) -> Created:
    dashboard = str(inputs["dashboardName"])
    arn = location.global_arn("cloudwatch", f"dashboard/{dashboard}")
    return Created(id=dashboard, computed={"dashboardArn": arn})


def _table(location: Location, name: str, inputs: Inputs) -> Created:
    table = _physical_name(name, inputs)
    return Created(
        id=table, computed={"name": table, "arn": location.arn("dynamodb", f"table/{table}")}
    )


def _usage_plan(location: Location, name: str, inputs: Inputs) -> Created:
    plan = text(LOWER, 6, "usagePlan", name)
    return Created(
        id=plan,
        computed={
            "name": _physical_name(name, inputs),
            "arn": location.api_gateway_arn(f"/usageplans/{plan}"),
        },
    )


def _api_key(location: Location, name: str, inputs: Inputs) -> Created:
    key_id = text(LOWER, 10, "apiKey", name)
    return Created(
        id=key_id,
        computed={
            "name": _physical_name(name, inputs),
            "arn": location.api_gateway_arn(f"/apikeys/{key_id}"),
            "enabled": inputs.get("enabled", True),
            "value": inputs.get("value") or text(MIXED, 40, "apiKeyValue", name),
            "createdDate": CREATED,
            "lastUpdatedDate": CREATED,
        },
    )


def _usage_plan_key(_: Location, __: str, inputs: Inputs) -> Created:
    """Without name and value, which belong to the key and are not among the inputs."""
    return Created(id=str(inputs["keyId"]))


def _role(location: Location, name: str, inputs: Inputs) -> Created:
    role = _physical_name(name, inputs)
    path = inputs.get("path", "/")
    return Created(
        id=role,
        computed={
            "name": role,
            "path": path,
            "arn": location.global_arn("iam", f"role{path}{role}"),
            "uniqueId": f"AROA{text(UPPER, 17, 'role', role)}",
            "createDate": CREATED,
            "maxSessionDuration": inputs.get("maxSessionDuration", 3600),
        },
    )


def _policy(location: Location, name: str, inputs: Inputs) -> Created:
    policy = _physical_name(name, inputs)
    arn = location.global_arn("iam", f"policy{inputs.get('path', '/')}{policy}")
    return Created(
        id=arn,
        computed={
            "name": policy,
            "arn": arn,
            "attachmentCount": 0,
            "policyId": f"ANPA{text(UPPER, 17, 'policy', policy)}",
        },
    )


def _open_id_connect_provider(location: Location, _: str, inputs: Inputs) -> Created:
    host = str(inputs["url"]).removeprefix("https://")
    arn = location.global_arn("iam", f"oidc-provider/{host}")
    return Created(
        id=arn, computed={"arn": arn, "thumbprintLists": [hexadecimal(40, "issuer", host)]}
    )


def _role_policy(_: Location, name: str, inputs: Inputs) -> Created:
    policy = _physical_name(name, inputs)
    return Created(id=f"{inputs['role']}:{policy}", computed={"name": policy})


def _role_policy_attachment(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=f"{inputs['role']}/{inputs['policyArn']}")


def _key_alias(location: Location, name: str, inputs: Inputs) -> Created:
    alias = _physical_name(name, inputs)
    target = str(inputs["targetKeyId"])
    target_arn = target if target.startswith("arn:") else location.arn("kms", f"key/{target}")
    return Created(
        id=alias,
        computed={"name": alias, "arn": location.arn("kms", alias), "targetKeyArn": target_arn},
    )


def _function(location: Location, name: str, inputs: Inputs) -> Created:
    function = _physical_name(name, inputs)
    arn = location.arn("lambda", f"function:{function}")
    version = "1" if inputs.get("publish") else "$LATEST"
    qualified = f"{arn}:{version}"
    return Created(
        id=function,
        computed={
            "name": function,
            "arn": arn,
            "invokeArn": location.invoke_arn(arn),
            "version": version,
            "qualifiedArn": qualified,
            "qualifiedInvokeArn": location.invoke_arn(qualified),
            "lastModified": "2026-01-01T00:00:00.000+0000",
            "codeSha256": inputs.get("sourceCodeHash", ""),
        },
    )


def _function_alias(location: Location, name: str, inputs: Inputs) -> Created:
    alias = _physical_name(name, inputs)
    arn = location.arn("lambda", f"function:{inputs['functionName']}:{alias}")
    return Created(
        id=arn, computed={"name": alias, "arn": arn, "invokeArn": location.invoke_arn(arn)}
    )


def _permission(_: Location, name: str, inputs: Inputs) -> Created:
    statement = str(inputs.get("statementId") or f"{name}-{hexadecimal(7, name)}")
    return Created(id=statement, computed={"statementId": statement})


def _provisioned_concurrency(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=f"{inputs['functionName']},{inputs['qualifier']}")


def _record(_: Location, __: str, inputs: Inputs) -> Created:
    record = str(inputs["name"]).rstrip(".")
    return Created(id=f"{inputs['zoneId']}_{record}_{inputs['type']}", computed={"fqdn": record})


def _bucket(location: Location, name: str, inputs: Inputs) -> Created:
    bucket = str(inputs.get("bucket") or f"{name}-{hexadecimal(7, name)}")
    return Created(
        id=bucket,
        computed={
            "bucket": bucket,
            "arn": f"arn:{location.partition}:s3:::{bucket}",
            "bucketDomainName": f"{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{bucket}.s3.{location.region}.amazonaws.com",
            "region": location.region,
        },
    )


def _bucket_object(location: Location, _: str, inputs: Inputs) -> Created:
    content = repr(inputs.get("content", inputs.get("source")))
    path = f"{inputs['bucket']}/{inputs['key']}"
    return Created(
        id=path,
        computed={
            "arn": f"arn:{location.partition}:s3:::{path}",
            # New content is a new version, as in a versioned bucket.
            "versionId": text(MIXED, 32, "version", path, content),
            "etag": hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
        },
    )


def _of_bucket(_: Location, __: str, inputs: Inputs) -> Created:
    """The id of a bucket's configuration resource is the bucket's name."""
    return Created(id=str(inputs["bucket"]))


def _shield_protection(location: Location, name: str, _: Inputs) -> Created:
    protection = uuid("shield", name)
    arn = location.global_arn("shield", f"protection/{protection}")
    return Created(id=protection, computed={"arn": arn})


def _topic(location: Location, name: str, inputs: Inputs) -> Created:
    topic = _physical_name(name, inputs)
    arn = location.arn("sns", topic)
    return Created(id=arn, computed={"name": topic, "arn": arn, "owner": location.account})


def _topic_policy(location: Location, _: str, inputs: Inputs) -> Created:
    return Created(id=str(inputs["arn"]), computed={"owner": location.account})


def _topic_subscription(location: Location, name: str, inputs: Inputs) -> Created:
    arn = f"{inputs['topic']}:{uuid('subscription', name)}"
    return Created(
        id=arn, computed={"arn": arn, "ownerId": location.account, "pendingConfirmation": True}
    )


def _waf(kind: str) -> Row:
    def row(location: Location, name: str, inputs: Inputs) -> Created:
        waf_id, physical = uuid(kind, name), _physical_name(name, inputs)
        return Created(
            id=waf_id,
            computed={
                "name": physical,
                "arn": location.arn("wafv2", f"regional/{kind}/{physical}/{waf_id}"),
                "lockToken": uuid("lock", kind, name),
            },
        )

    return row


def _web_acl_association(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=f"{inputs['webAclArn']},{inputs['resourceArn']}")


def _web_acl_logging(_: Location, __: str, inputs: Inputs) -> Created:
    return Created(id=str(inputs["resourceArn"]))


TABLE: Mapping[str, Row] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:acm/certificateValidation:CertificateValidation": _certificate_validation,
    "aws:apigateway/account:Account": _account,
    "aws:apigateway/apiKey:ApiKey": _api_key,
    "aws:apigateway/basePathMapping:BasePathMapping": _base_path_mapping,
    "aws:apigateway/deployment:Deployment": _deployment,
    "aws:apigateway/domainName:DomainName": _domain_name,
    "aws:apigateway/methodSettings:MethodSettings": _method_settings,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
    "aws:apigateway/usagePlan:UsagePlan": _usage_plan,
    "aws:apigateway/usagePlanKey:UsagePlanKey": _usage_plan_key,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _log_metric_filter,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _log_resource_policy,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
    "aws:dynamodb/table:Table": _table,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _open_id_connect_provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _role_policy_attachment,
    "aws:kms/alias:Alias": _key_alias,
    "aws:lambda/alias:Alias": _function_alias,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": _permission,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        _provisioned_concurrency
    ),
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": _bucket_object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _of_bucket
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket,
    "aws:shield/protection:Protection": _shield_protection,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _topic_subscription,
    "aws:wafv2/ipSet:IpSet": _waf("ipset"),
    "aws:wafv2/webAcl:WebAcl": _waf("webacl"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": _web_acl_association,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": _web_acl_logging,
}
# AWS chooses their ids, so two of them never share one.
INVENTED_ID = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/usagePlan:UsagePlan",
        "aws:kms/key:Key",
        "aws:shield/protection:Protection",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:wafv2/ipSet:IpSet",
        "aws:wafv2/webAcl:WebAcl",
    }
)
