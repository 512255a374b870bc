"""Type tokens of the AWS provider that more than one rule uses."""

REST_API = "aws:apigateway/restApi:RestApi"
REST_API_PUT = "aws:apigateway/restApiPut:RestApiPut"
REST_AUTHORIZER = "aws:apigateway/authorizer:Authorizer"
CLIENT_CERTIFICATE = "aws:apigateway/clientCertificate:ClientCertificate"
REST_DEPLOYMENT = "aws:apigateway/deployment:Deployment"
REST_DOMAIN = "aws:apigateway/domainName:DomainName"
REST_INTEGRATION = "aws:apigateway/integration:Integration"
REST_MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
REST_METHOD = "aws:apigateway/method:Method"
REST_METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
REST_STAGE = "aws:apigateway/stage:Stage"

HTTP_API = "aws:apigatewayv2/api:Api"
HTTP_AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
HTTP_DOMAIN = "aws:apigatewayv2/domainName:DomainName"
HTTP_INTEGRATION = "aws:apigatewayv2/integration:Integration"
HTTP_MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping"
HTTP_ROUTE = "aws:apigatewayv2/route:Route"
HTTP_ROUTING_RULE = "aws:apigatewayv2/routingRule:RoutingRule"
HTTP_STAGE = "aws:apigatewayv2/stage:Stage"

KMS_KEY = "aws:kms/key:Key"
KMS_EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
KMS_KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
KMS_REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
KMS_GRANT = "aws:kms/grant:Grant"
IAM_ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"

FUNCTION = "aws:lambda/function:Function"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
FUNCTION_ALIAS = "aws:lambda/alias:Alias"
LAMBDA_PERMISSION = "aws:lambda/permission:Permission"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
WEB_ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
WEB_ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
WEB_ACL_RULE_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
IP_SET = "aws:wafv2/ipSet:IpSet"

# Older programs use the V2 names for the same resources.
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
