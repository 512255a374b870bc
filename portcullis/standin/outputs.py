"""The id and the computed outputs of each resource type, in AWS's formats.

Sources: the "Outputs" of each type in the Pulumi registry; for ARNs the Service Authorization
Reference.
"""

from collections.abc import Mapping

from portcullis.standin.services import api_gateway, edge, functions, identity, monitoring, storage
from portcullis.standin.services.created import Row

TABLE: Mapping[str, Row] = {
    **api_gateway.ROWS,
    **edge.ROWS,
    **functions.ROWS,
    **identity.ROWS,
    **monitoring.ROWS,
    **storage.ROWS,
}
# AWS chooses their ids, so two of them never share one.
INVENTED_ID = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/clientCertificate:ClientCertificate",
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
