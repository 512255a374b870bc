"""The AWS operations that the provider calls for each resource type of the program.

Create, read, update and delete, as ``service:Operation`` in botocore's spelling.
Source: the resources of hashicorp/terraform-provider-aws, which pulumi_aws wraps.
"""

from collections.abc import Mapping
from typing import Final


def _of(service: str, operations: str) -> tuple[str, ...]:
    return tuple(f"{service}:{operation}" for operation in operations.split())


_TAGS: Final = "TagResource UntagResource ListTagsForResource"
_API_TAGS: Final = "GetTags TagResource UntagResource"

OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:acm/certificate:Certificate": _of(
        "acm",
        "RequestCertificate DescribeCertificate UpdateCertificateOptions DeleteCertificate "
        "AddTagsToCertificate RemoveTagsFromCertificate ListTagsForCertificate",
    ),
    "aws:acm/certificateValidation:CertificateValidation": _of("acm", "DescribeCertificate"),
    "aws:apigateway/account:Account": _of("apigateway", "GetAccount UpdateAccount"),
    "aws:apigateway/apiKey:ApiKey": _of(
        "apigateway", f"CreateApiKey GetApiKey UpdateApiKey DeleteApiKey {_API_TAGS}"
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": _of(
        "apigateway",
        "CreateBasePathMapping GetBasePathMapping UpdateBasePathMapping DeleteBasePathMapping",
    ),
    "aws:apigateway/clientCertificate:ClientCertificate": _of(
        "apigateway",
        "GenerateClientCertificate GetClientCertificate UpdateClientCertificate "
        f"DeleteClientCertificate {_API_TAGS}",
    ),
    "aws:apigateway/deployment:Deployment": _of(
        "apigateway",
        "CreateDeployment GetDeployment UpdateDeployment DeleteDeployment",
    ),
    "aws:apigateway/domainName:DomainName": _of(
        "apigateway",
        f"CreateDomainName GetDomainName UpdateDomainName DeleteDomainName {_API_TAGS}",
    ),
    "aws:apigateway/methodSettings:MethodSettings": _of("apigateway", "GetStage UpdateStage"),
    "aws:apigateway/restApi:RestApi": _of(
        "apigateway",
        f"CreateRestApi PutRestApi GetRestApi UpdateRestApi DeleteRestApi {_API_TAGS}",
    ),
    "aws:apigateway/stage:Stage": _of(
        "apigateway", f"CreateStage GetStage UpdateStage DeleteStage {_API_TAGS}"
    ),
    "aws:apigateway/usagePlan:UsagePlan": _of(
        "apigateway", f"CreateUsagePlan GetUsagePlan UpdateUsagePlan DeleteUsagePlan {_API_TAGS}"
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": _of(
        "apigateway", "CreateUsagePlanKey GetUsagePlanKey DeleteUsagePlanKey"
    ),
    "aws:cloudwatch/dashboard:Dashboard": _of(
        "cloudwatch", "PutDashboard GetDashboard DeleteDashboards"
    ),
    "aws:cloudwatch/logGroup:LogGroup": _of(
        "logs",
        "CreateLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy "
        f"DeleteLogGroup {_TAGS}",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _of(
        "logs", "PutMetricFilter DescribeMetricFilters DeleteMetricFilter"
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _of(
        "logs", "PutResourcePolicy DescribeResourcePolicies DeleteResourcePolicy"
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": _of(
        "logs", "PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition"
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _of(
        "cloudwatch", f"PutMetricAlarm DescribeAlarms DeleteAlarms {_TAGS}"
    ),
    "aws:dynamodb/table:Table": _of(
        "dynamodb",
        "CreateTable DescribeTable UpdateTable DeleteTable DescribeContinuousBackups "
        "UpdateContinuousBackups DescribeTimeToLive UpdateTimeToLive TagResource UntagResource "
        "ListTagsOfResource",
    ),
    "aws:iam/role:Role": _of(
        "iam",
        "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole "
        "ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole "
        # where the policies stand in the role itself
        "PutRolePolicy GetRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy",
    ),
    "aws:iam/rolePolicy:RolePolicy": _of("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _of(
        "iam", "AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy"
    ),
    "aws:kms/alias:Alias": _of("kms", "CreateAlias ListAliases UpdateAlias DeleteAlias"),
    "aws:kms/key:Key": _of(
        "kms",
        "CreateKey DescribeKey GetKeyPolicy GetKeyRotationStatus GetPublicKey ListResourceTags "
        "PutKeyPolicy UpdateKeyDescription EnableKey DisableKey ScheduleKeyDeletion TagResource "
        "UntagResource",
    ),
    "aws:lambda/alias:Alias": _of("lambda", "CreateAlias GetAlias UpdateAlias DeleteAlias"),
    "aws:lambda/function:Function": _of(
        "lambda",
        "CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig "
        "ListVersionsByFunction UpdateFunctionCode UpdateFunctionConfiguration PublishVersion "
        "PutFunctionConcurrency DeleteFunctionConcurrency DeleteFunction TagResource "
        "UntagResource ListTags",
    ),
    "aws:lambda/permission:Permission": _of("lambda", "AddPermission GetPolicy RemovePermission"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _of(
        "lambda",
        "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig "
        "DeleteProvisionedConcurrencyConfig",
    ),
    "aws:route53/record:Record": _of(
        "route53", "ChangeResourceRecordSets ListResourceRecordSets GetHostedZone GetChange"
    ),
    "aws:s3/bucket:Bucket": _of(
        "s3",
        "CreateBucket HeadBucket DeleteBucket GetBucketLocation GetBucketPolicy GetBucketAcl "
        "GetBucketCors GetBucketWebsite GetBucketVersioning GetBucketAccelerateConfiguration "
        "GetBucketRequestPayment GetBucketLogging GetBucketLifecycleConfiguration "
        "GetBucketReplication GetBucketEncryption GetObjectLockConfiguration GetBucketTagging "
        "PutBucketTagging",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": _of(
        "s3",
        "PutObject HeadObject GetObjectTagging PutObjectTagging DeleteObject ListObjectVersions",
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of(
        "s3", "PutBucketOwnershipControls GetBucketOwnershipControls DeleteBucketOwnershipControls"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of(
        "s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of(
        "s3", "PutPublicAccessBlock GetPublicAccessBlock DeletePublicAccessBlock"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of(
        "s3", "PutBucketEncryption GetBucketEncryption DeleteBucketEncryption"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _of(
        "s3", "PutBucketVersioning GetBucketVersioning"
    ),
    "aws:sns/topic:Topic": _of(
        "sns", f"CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic {_TAGS}"
    ),
    "aws:sns/topicPolicy:TopicPolicy": _of("sns", "GetTopicAttributes SetTopicAttributes"),
    "aws:sns/topicSubscription:TopicSubscription": _of(
        "sns",
        "Subscribe GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe "
        "ListSubscriptionsByTopic",
    ),
    "aws:wafv2/ipSet:IpSet": _of("wafv2", f"CreateIPSet GetIPSet UpdateIPSet DeleteIPSet {_TAGS}"),
    "aws:wafv2/webAcl:WebAcl": _of(
        "wafv2", f"CreateWebACL GetWebACL UpdateWebACL DeleteWebACL {_TAGS}"
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": _of(
        "wafv2", "AssociateWebACL GetWebACLForResource DisassociateWebACL"
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": _of(
        "wafv2", "PutLoggingConfiguration GetLoggingConfiguration DeleteLoggingConfiguration"
    ),
}
