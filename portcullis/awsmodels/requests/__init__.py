"""Every resource type that the judge knows, and the requests that the provider sends for it.

Source: the resources of the Terraform AWS provider that pulumi-aws 7 bridges.
"""

from collections.abc import Mapping

from portcullis.awsmodels.request import TypeRequests
from portcullis.awsmodels.requests import (
    api_gateway,
    certificates,
    cloudwatch,
    identity,
    lambda_function,
    messaging,
    storage,
    web_acl,
)

BY_TYPE: Mapping[str, TypeRequests] = {
    **api_gateway.TYPES,
    **certificates.TYPES,
    **cloudwatch.TYPES,
    **identity.TYPES,
    **lambda_function.TYPES,
    **messaging.TYPES,
    **storage.TYPES,
    **web_acl.TYPES,
}
