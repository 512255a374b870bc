"""Compares the inputs of a resource as the AWS provider's Diff does: nothing, update or replace.

Sources: ``ForceNew`` in the schemas of hashicorp/terraform-provider-aws (internal/service/*), and
``nameRequiresDeleteBeforeReplace`` of pulumi/pulumi-terraform-bridge (pkg/tfbridge/schema.go).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVERY_INPUT = frozenset({"*"})
BUCKET = frozenset({"bucket", "expectedBucketOwner"})
NAME = frozenset({"name", "namePrefix"})

# The inputs whose change replaces the resource; any other change is an update in place.
REPLACES: Mapping[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": frozenset(
        {
            "domainName",
            "keyAlgorithm",
            "subjectAlternativeNames",
            "validationMethod",
            "certificateAuthorityArn",
        }
    ),
    "aws:acm/certificateValidation:CertificateValidation": EVERY_INPUT,
    "aws:apigateway/account:Account": frozenset(),
    "aws:apigateway/apiKey:ApiKey": frozenset({"name", "value"}),
    "aws:apigateway/basePathMapping:BasePathMapping": frozenset({"domainName", "domainNameId"}),
    "aws:apigateway/clientCertificate:ClientCertificate": frozenset(),
    "aws:apigateway/deployment:Deployment": frozenset({"restApi", "triggers", "variables"}),
    "aws:apigateway/domainName:DomainName": frozenset({"domainName"}),
    "aws:apigateway/methodSettings:MethodSettings": frozenset(
        {"restApi", "stageName", "methodPath"}
    ),
    "aws:apigateway/restApi:RestApi": frozenset(),
    "aws:apigateway/stage:Stage": frozenset({"restApi", "stageName"}),
    "aws:apigateway/usagePlan:UsagePlan": frozenset(),
    "aws:apigateway/usagePlanKey:UsagePlanKey": EVERY_INPUT,
    "aws:cloudwatch/dashboard:Dashboard": frozenset({"dashboardName"}),
    "aws:cloudwatch/logGroup:LogGroup": NAME | {"logGroupClass"},
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": frozenset({"name", "logGroupName"}),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": frozenset({"policyName"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": frozenset({"name"}),
    "aws:cloudwatch/queryDefinition:QueryDefinition": frozenset(),
    "aws:dynamodb/table:Table": frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"}),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": frozenset({"url"}),
    "aws:iam/policy:Policy": NAME | {"path", "description"},
    "aws:iam/role:Role": NAME | {"path"},
    "aws:iam/rolePolicy:RolePolicy": NAME | {"role"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": EVERY_INPUT,
    "aws:kms/alias:Alias": NAME,
    "aws:kms/key:Key": frozenset(
        {"customerMasterKeySpec", "keyUsage", "customKeyStoreId", "multiRegion", "xksKeyId"}
    ),
    "aws:lambda/alias:Alias": frozenset({"functionName", "name"}),
    "aws:lambda/function:Function": frozenset({"name", "packageType"}),
    "aws:lambda/permission:Permission": EVERY_INPUT,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": frozenset(
        {"functionName", "qualifier"}
    ),
    "aws:route53/record:Record": frozenset({"name", "zoneId"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
    "aws:s3/bucketObjectv2:BucketObjectv2": frozenset({"bucket", "key"}),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        BUCKET
    ),
    "aws:s3/bucketVersioning:BucketVersioning": BUCKET,
    "aws:shield/protection:Protection": frozenset({"name", "resourceArn"}),
    "aws:sns/topic:Topic": NAME | {"fifoTopic"},
    "aws:sns/topicPolicy:TopicPolicy": frozenset({"arn"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"topic", "protocol", "endpoint"}),
    "aws:wafv2/ipSet:IpSet": NAME | {"scope", "ipAddressVersion"},
    "aws:wafv2/webAcl:WebAcl": NAME | {"scope"},
    "aws:wafv2/webAclAssociation:WebAclAssociation": EVERY_INPUT,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": frozenset(
        {"resourceArn", "logDestinationConfigs"}
    ),
}
# Their name is generated if the program gives none. With a name of its own the provider asks for
# delete before replace. A record's name is required, so it is not among them.
AUTO_NAMED: Mapping[str, str] = {
    "aws:apigateway/apiKey:ApiKey": "name",
    "aws:apigateway/restApi:RestApi": "name",
    "aws:apigateway/usagePlan:UsagePlan": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/rolePolicy:RolePolicy": "name",
    "aws:kms/alias:Alias": "name",
    "aws:lambda/alias:Alias": "name",
    "aws:lambda/function:Function": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:shield/protection:Protection": "name",
    "aws:sns/topic:Topic": "name",
    "aws:wafv2/ipSet:IpSet": "name",
    "aws:wafv2/webAcl:WebAcl": "name",
}


@dataclass(frozen=True, kw_only=True)
class InputChange:
    """The inputs that differ, and those among them that replace the resource."""

    changed: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


def compare(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> InputChange:
    """The change from the old inputs to the new ones. A type without a row is updated in place."""
    changed = tuple(
        key
        for key in sorted(old.keys() | new.keys())
        if not key.startswith("__") and old.get(key) != new.get(key)
    )
    replacing = REPLACES.get(resource_type, frozenset())
    replaces = tuple(key for key in changed if key in replacing or replacing is EVERY_INPUT)
    return InputChange(
        changed=changed,
        replaces=replaces,
        delete_before_replace=bool(replaces) and AUTO_NAMED.get(resource_type) in new,
    )
