"""The ids and computed outputs of API Gateway."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from portcullis.pki.credential import Credential
from portcullis.pki.gateway_certificate import create as create_gateway_certificate
from portcullis.standin.invented import CREATED, LOWER, MIXED, UPPER, text
from portcullis.standin.location import API_GATEWAY_ZONES, Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id

API_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
DATE = "%Y-%m-%dT%H:%M:%SZ"  # RFC 3339, as the provider writes dates
API_KEY_HEADER = "HEADER"  # the source if neither the API nor its body gives one


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
            "name": physical_name(name, inputs),
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


@cache
def _gateway_certificate(name: str) -> Credential:  # noqa: ARG001 - one certificate per name
    # The dates of a day, so that a later plan has them too: an alarm's expression holds the end.
    return create_gateway_certificate(datetime.now(UTC).replace(hour=0, minute=0, second=0))


def _client_certificate(location: Location, name: str, _: Inputs) -> Created:
    """A real certificate. Its private key is discarded: AWS never hands it out either."""
    certificate_id = text(LOWER, 6, "clientCertificate", name)
    credential = _gateway_certificate(name)
    return Created(
        id=certificate_id,
        computed={
            "arn": location.api_gateway_arn(f"/clientcertificates/{certificate_id}"),
            "pemEncodedCertificate": credential.certificate_pem.decode(),
            "createdDate": credential.certificate.not_valid_before_utc.strftime(DATE),
            "expirationDate": credential.certificate.not_valid_after_utc.strftime(DATE),
        },
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


def _usage_plan(location: Location, name: str, inputs: Inputs) -> Created:
    plan = text(LOWER, 6, "usagePlan", name)
    return Created(
        id=plan,
        computed={
            "name": physical_name(name, inputs),
            "arn": location.api_gateway_arn(f"/usageplans/{plan}"),
        },
    )


def _api_key(location: Location, name: str, inputs: Inputs) -> Created:
    key_id = text(LOWER, 10, "apiKey", name)
    return Created(
        id=key_id,
        computed={
            "name": physical_name(name, inputs),
            "arn": location.api_gateway_arn(f"/apikeys/{key_id}"),
            "enabled": inputs.get("enabled", True),
            "value": inputs.get("value") or text(MIXED, 40, "apiKeyValue", name),
            "createdDate": CREATED,
            "lastUpdatedDate": CREATED,
        },
    )


ROWS: Mapping[str, Row] = {
    "aws:apigateway/account:Account": _account,
    "aws:apigateway/apiKey:ApiKey": _api_key,
    "aws:apigateway/basePathMapping:BasePathMapping": _base_path_mapping,
    "aws:apigateway/clientCertificate:ClientCertificate": _client_certificate,
    "aws:apigateway/deployment:Deployment": _deployment,
    "aws:apigateway/domainName:DomainName": _domain_name,
    "aws:apigateway/methodSettings:MethodSettings": with_id("{restApi}-{stageName}-{methodPath}"),
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
    "aws:apigateway/usagePlan:UsagePlan": _usage_plan,
    # Without name and value, which belong to the key and are not among the inputs.
    "aws:apigateway/usagePlanKey:UsagePlanKey": with_id("{keyId}"),
}
