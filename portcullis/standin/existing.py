"""What the id of an existing resource says about it: outputs of a resource that a program reads.

AWS chose everything else, so it stays unknown in a preview.
Source: Pulumi Registry, "Import" of each resource of the aws provider.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from portcullis.standin.location import Location

Outputs = dict[str, Any]
WAF_ID = re.compile(r"([^/]+)/([^/]+)/(REGIONAL|CLOUDFRONT)")
SCOPES = {"REGIONAL": "regional", "CLOUDFRONT": "global"}


def outputs_of_id(location: Location, resource_type: str, id_: str) -> Outputs:
    """The outputs that follow from the id; none for a type or an id that is not listed."""
    read = _TABLE.get(resource_type)
    return read(location, id_) if read else {}


def _waf(kind: str) -> Callable[[Location, str], Outputs]:
    def read(location: Location, id_: str) -> Outputs:
        match = WAF_ID.fullmatch(id_)
        if match is None:
            return {}
        own_id, name, scope = match.groups()
        # AWS WAF keeps what is for CloudFront in us-east-1.
        place = (
            location
            if scope == "REGIONAL"
            else Location(region="us-east-1", account=location.account)
        )
        arn = place.arn("wafv2", f"{SCOPES[scope]}/{kind}/{name}/{own_id}")
        return {"arn": arn, "name": name, "scope": scope}

    return read


def _domain(_location: Location, id_: str) -> Outputs:
    return {"domainName": id_.partition("/")[0]}  # the id of a private domain follows


def _rest_api(location: Location, id_: str) -> Outputs:
    return {
        "arn": location.api_gateway_arn(f"/restapis/{id_}"),
        "executionArn": location.arn("execute-api", id_),
    }


def _function(location: Location, id_: str) -> Outputs:
    arn = location.arn("lambda", f"function:{id_}")
    return {"name": id_, "arn": arn, "invokeArn": location.invoke_arn(arn)}


def _key(location: Location, id_: str) -> Outputs:
    return {"keyId": id_, "arn": location.arn("kms", f"key/{id_}")}


def _bucket(location: Location, id_: str) -> Outputs:
    return {"bucket": id_, "arn": f"arn:{location.partition}:s3:::{id_}"}


def _object(_location: Location, id_: str) -> Outputs:
    bucket, _, key = id_.partition("/")
    return {"bucket": bucket, "key": key}


_TABLE: Mapping[str, Callable[[Location, str], Outputs]] = {
    "aws:apigateway/domainName:DomainName": _domain,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigatewayv2/domainName:DomainName": _domain,
    "aws:kms/key:Key": _key,
    "aws:lambda/function:Function": _function,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object,
    "aws:wafv2/ipSet:IpSet": _waf("ipset"),
    "aws:wafv2/ruleGroup:RuleGroup": _waf("rulegroup"),
    "aws:wafv2/webAcl:WebAcl": _waf("webacl"),
}
