"""Compares the inputs of a resource as the AWS provider's Diff does: nothing, update or replace.

Sources: ``ForceNew`` in the schemas of hashicorp/terraform-provider-aws (internal/service/*), and
``nameRequiresDeleteBeforeReplace`` of pulumi/pulumi-terraform-bridge (pkg/tfbridge/schema.go).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVERY_INPUT = "*"
BUCKET = "bucket expectedBucketOwner"
NAME = "name namePrefix"

# The inputs whose change replaces the resource, with spaces between them. Any other change is an
# update in place.
REPLACES: Mapping[str, str] = {
    "aws:acm/certificate:Certificate": (
        "domainName keyAlgorithm subjectAlternativeNames validationMethod certificateAuthorityArn"
    ),
    "aws:acm/certificateValidation:CertificateValidation": EVERY_INPUT,
    "aws:apigateway/account:Account": "",
    "aws:apigateway/apiKey:ApiKey": "name value",
    "aws:apigateway/basePathMapping:BasePathMapping": "domainName domainNameId",
    "aws:apigateway/clientCertificate:ClientCertificate": "",
    "aws:apigateway/deployment:Deployment": "restApi triggers variables",
    "aws:apigateway/domainName:DomainName": "domainName",
    "aws:apigateway/methodSettings:MethodSettings": "restApi stageName methodPath",
    "aws:apigateway/restApi:RestApi": "",
    "aws:apigateway/stage:Stage": "restApi stageName",
    "aws:apigateway/usagePlan:UsagePlan": "",
    "aws:apigateway/usagePlanKey:UsagePlanKey": EVERY_INPUT,
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/logGroup:LogGroup": f"{NAME} logGroupClass",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "name logGroupName",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "",
    "aws:dynamodb/table:Table": "name hashKey rangeKey localSecondaryIndexes",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "url",
    "aws:iam/policy:Policy": f"{NAME} path description",
    "aws:iam/role:Role": f"{NAME} path",
    "aws:iam/rolePolicy:RolePolicy": f"{NAME} role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": EVERY_INPUT,
    "aws:kms/alias:Alias": NAME,
    "aws:kms/key:Key": "customerMasterKeySpec keyUsage customKeyStoreId multiRegion xksKeyId",
    "aws:lambda/alias:Alias": "functionName name",
    "aws:lambda/function:Function": "name packageType",
    "aws:lambda/permission:Permission": EVERY_INPUT,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        "functionName qualifier"
    ),
    "aws:route53/record:Record": "name zoneId",
    "aws:s3/bucket:Bucket": "bucket bucketPrefix objectLockEnabled",
    "aws:s3/bucketObjectv2:BucketObjectv2": "bucket key",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        BUCKET
    ),
    "aws:s3/bucketVersioning:BucketVersioning": BUCKET,
    "aws:shield/protection:Protection": "name resourceArn",
    "aws:sns/topic:Topic": f"{NAME} fifoTopic",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
    "aws:sns/topicSubscription:TopicSubscription": "topic protocol endpoint",
    "aws:wafv2/ipSet:IpSet": f"{NAME} scope ipAddressVersion",
    "aws:wafv2/webAcl:WebAcl": f"{NAME} scope",
    "aws:wafv2/webAclAssociation:WebAclAssociation": EVERY_INPUT,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "resourceArn logDestinationConfigs"
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
    replacing = REPLACES.get(resource_type, "").split()
    replaces = tuple(key for key in changed if key in replacing or EVERY_INPUT in replacing)
    return InputChange(
        changed=changed,
        replaces=replaces,
        delete_before_replace=bool(replaces) and AUTO_NAMED.get(resource_type) in new,
    )
