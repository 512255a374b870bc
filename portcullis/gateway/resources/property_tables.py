"""What the gateway does with each property of the resources that it reads.

A property is read, has no effect on a response, is accepted with certain values only, or is
refused. A property that the provider adds later is in no list, and stops the start too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PropertyTable:
    """The properties of a resource type, or of an object in it; names separated by spaces."""

    read: str = ""
    no_effect: str = ""
    refused: str = ""
    only: Mapping[str, tuple[object, ...]] = field(default_factory=dict)  # the accepted values
    objects: Mapping[str, "PropertyTable"] = field(default_factory=dict)  # or lists of objects

    def listed(self) -> frozenset[str]:
        """Every property that is in one of the lists."""
        names = " ".join((self.read, self.no_effect, self.refused)).split()
        return frozenset((*names, *self.only, *self.objects))

    def accepted(self) -> frozenset[str]:
        return frozenset((self.read + " " + self.no_effect).split())


_DESCRIBED = "description namePrefix region tags tagsAll"
_OBJECT_READ = "bucket key content contentBase64 source versionId"
_OBJECT_NO_EFFECT = (
    "acl arn bucketKeyEnabled cacheControl contentDisposition contentEncoding contentLanguage "
    "contentType etag forceDestroy kmsKeyId metadata objectLockLegalHoldStatus objectLockMode "
    "objectLockRetainUntilDate region serverSideEncryption sourceHash storageClass tags tagsAll "
    "websiteRedirect"
)
_RESPONSE_BODIES = PropertyTable(read="key contentType content")
_THROTTLE = PropertyTable(read="burstLimit rateLimit")

PROPERTIES: Mapping[str, PropertyTable] = {
    "aws:apigateway/apiKey:ApiKey": PropertyTable(
        read="enabled value",
        no_effect=(
            "arn createdDate customerId description lastUpdatedDate name region tags tagsAll"
        ),
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": PropertyTable(
        read="basePath domainName restApi stageName",
        no_effect="region",
        refused="domainNameId",  # of a private custom domain
    ),
    "aws:apigateway/clientCertificate:ClientCertificate": PropertyTable(
        read="pemEncodedCertificate",
        no_effect="arn createdDate description expirationDate region tags tagsAll",
    ),
    "aws:apigateway/deployment:Deployment": PropertyTable(
        read="restApi",
        no_effect="createdDate description region triggers",
        refused="variables",
    ),
    "aws:apigateway/domainName:DomainName": PropertyTable(
        read="domainName securityPolicy",
        no_effect=(
            "arn certificateUploadDate cloudfrontDomainName cloudfrontZoneId domainNameId "
            "ownershipVerificationCertificateArn region regionalCertificateArn "
            "regionalCertificateName regionalDomainName regionalZoneId tags tagsAll"
        ),
        refused=(
            "certificateArn certificateBody certificateChain certificateName "
            "certificatePrivateKey policy"
        ),
        only={
            # In both modes the Host header must be the TLS server name here.
            "endpointAccessMode": ("BASIC", "STRICT"),
            "routingMode": ("BASE_PATH_MAPPING_ONLY",),
        },
        objects={
            "endpointConfiguration": PropertyTable(read="types", no_effect="ipAddressType"),
            "mutualTlsAuthentication": PropertyTable(read="truststoreUri truststoreVersion"),
        },
    ),
    "aws:apigateway/methodSettings:MethodSettings": PropertyTable(
        read="methodPath restApi stageName",
        no_effect="region",
        objects={
            "settings": PropertyTable(
                read="loggingLevel throttlingBurstLimit throttlingRateLimit",
                # The four about the cache have no effect without one.
                no_effect=(
                    "cacheDataEncrypted cacheTtlInSeconds dataTraceEnabled metricsEnabled "
                    "requireAuthorizationForCacheControl unauthorizedCacheControlHeaderStrategy"
                ),
                only={"cachingEnabled": (False,)},
            )
        },
    ),
    "aws:apigateway/response:Response": PropertyTable(
        read="responseParameters responseTemplates responseType restApiId statusCode",
        no_effect="region",
    ),
    "aws:apigateway/restApi:RestApi": PropertyTable(
        read=(
            "apiKeySource body disableExecuteApiEndpoint endpointAccessMode executionArn "
            "parameters securityPolicy"
        ),
        no_effect=(
            "arn createdDate description failOnWarnings name region rootResourceId tags tagsAll"
        ),
        refused="binaryMediaTypes policy",
        only={"minimumCompressionSize": ("-1",), "putRestApiMode": ("overwrite",)},
        objects={
            "endpointConfiguration": PropertyTable(
                read="types", no_effect="ipAddressType", refused="vpcEndpointIds"
            ),
        },
    ),
    "aws:apigateway/stage:Stage": PropertyTable(
        read=(
            "arn clientCertificateId deployment restApi stageName variables webAclArn "
            "xrayTracingEnabled"
        ),
        no_effect=(
            "cacheClusterSize description documentationVersion executionArn invokeUrl region "
            "tags tagsAll"
        ),
        refused="canarySettings",
        only={"cacheClusterEnabled": (False,)},
        objects={
            "accessLogSettings": PropertyTable(read="format", no_effect="destinationArn"),
        },
    ),
    "aws:apigateway/usagePlan:UsagePlan": PropertyTable(
        no_effect="arn description name productCode region tags tagsAll",
        objects={
            "apiStages": PropertyTable(read="apiId stage", refused="throttles"),
            "quotaSettings": PropertyTable(read="limit period", only={"offset": (0,)}),
            "throttleSettings": _THROTTLE,
        },
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": PropertyTable(
        read="keyId usagePlanId",
        no_effect="name region value",
        only={"keyType": ("API_KEY",)},
    ),
    "aws:lambda/alias:Alias": PropertyTable(
        read="functionName functionVersion name",
        no_effect="arn description invokeArn region",
        refused="routingConfig",
    ),
    "aws:lambda/function:Function": PropertyTable(
        read=(
            "code environment handler memorySize name publish reservedConcurrentExecutions "
            "runtime timeout version"
        ),
        no_effect=(
            "architectures arn codeSha256 codeSigningConfigArn deadLetterConfig description "
            "ephemeralStorage invokeArn kmsKeyArn lastModified loggingConfig qualifiedArn "
            "qualifiedInvokeArn region replaceSecurityGroupsOnDestroy replacementSecurityGroupIds "
            "responseStreamingInvokeArn role signingJobArn signingProfileVersionArn skipDestroy "
            "snapStart sourceCodeHash sourceCodeSize sourceKmsKeyArn tags tagsAll tracingConfig "
            "useResourceTimeoutForPropagation"
        ),
        refused=(
            "capacityProviderConfig durableConfig fileSystemConfig imageConfig imageUri layers "
            "publishTo s3Bucket s3Key s3ObjectVersion tenancyConfig vpcConfig"
        ),
        only={"packageType": ("Zip",)},
    ),
    "aws:lambda/permission:Permission": PropertyTable(
        read=(
            "action eventSourceToken function functionUrlAuthType invokedViaFunctionUrl principal "
            "principalOrgId qualifier sourceAccount sourceArn"
        ),
        no_effect="region statementId statementIdPrefix",
    ),
    "aws:s3/bucketObject:BucketObject": PropertyTable(
        read=_OBJECT_READ, no_effect=_OBJECT_NO_EFFECT
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": PropertyTable(
        read=_OBJECT_READ,
        no_effect=(
            f"{_OBJECT_NO_EFFECT} checksumAlgorithm checksumCrc32 checksumCrc32c "
            "checksumCrc64nvme checksumSha1 checksumSha256 overrideProvider"
        ),
    ),
    "aws:wafv2/ipSet:IpSet": PropertyTable(
        read="addresses arn ipAddressVersion", no_effect=f"{_DESCRIBED} lockToken name scope"
    ),
    "aws:wafv2/regexPatternSet:RegexPatternSet": PropertyTable(
        read="arn",
        no_effect=f"{_DESCRIBED} lockToken name scope",
        objects={"regularExpressions": PropertyTable(read="regexString")},
    ),
    "aws:wafv2/ruleGroup:RuleGroup": PropertyTable(
        read="arn name rules rulesJson",
        no_effect=f"{_DESCRIBED} capacity lockToken scope visibilityConfig",
        refused="monetizationConfig",
        objects={"customResponseBodies": _RESPONSE_BODIES},
    ),
    "aws:wafv2/webAcl:WebAcl": PropertyTable(
        read="arn defaultAction name ruleJson rules scope",
        no_effect=(
            f"{_DESCRIBED} applicationIntegrationUrl capacity captchaConfig challengeConfig "
            "dataProtectionConfig lockToken tokenDomains visibilityConfig"
        ),
        refused="monetizationConfig",
        objects={
            "associationConfig": PropertyTable(
                objects={
                    "requestBodies": PropertyTable(
                        no_effect="appRunnerService cloudfront cognitoUserPool "
                        "verifiedAccessInstance",
                        objects={"apiGateway": PropertyTable(read="defaultSizeInspectionLimit")},
                    )
                }
            ),
            "customResponseBodies": _RESPONSE_BODIES,
        },
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": PropertyTable(
        read="resourceArn webAclArn", no_effect="region"
    ),
}
