"""Ids and computed outputs of API Gateway have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import check_shape

SHAPES = [
    ("aws:apigateway/usagePlan:UsagePlan", {"name": "gold"}, "", r"[a-z0-9]{6}"),
    ("aws:apigateway/apiKey:ApiKey", {"name": "shop"}, "", r"[a-z0-9]{10}"),
    ("aws:apigateway/apiKey:ApiKey", {"name": "shop"}, "value", r"[A-Za-z0-9]{40}"),
    ("aws:apigateway/restApi:RestApi", {}, "", r"[a-z0-9]{10}"),
    (
        "aws:apigateway/restApi:RestApi",
        {},
        "executionArn",
        r"arn:aws:execute-api:eu-central-1:000000000000:[a-z0-9]{10}",
    ),
    ("aws:apigateway/clientCertificate:ClientCertificate", {}, "", r"[a-z0-9]{6}"),
    (
        "aws:apigateway/clientCertificate:ClientCertificate",
        {},
        "arn",
        r"arn:aws:apigateway:eu-central-1::/clientcertificates/[a-z0-9]{6}",
    ),
    (
        "aws:apigateway/clientCertificate:ClientCertificate",
        {},
        "pemEncodedCertificate",
        r"-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\n",
    ),
    (
        "aws:apigateway/clientCertificate:ClientCertificate",
        {},
        "expirationDate",
        r"\d{4}-\d\d-\d\dT00:00:00Z",  # the same in every plan of a day
    ),
    ("aws:apigateway/deployment:Deployment", {"triggers": {"a": "b"}}, "", r"[a-z0-9]{6}"),
    (
        "aws:apigateway/stage:Stage",
        {"restApi": "a1b2c3d4e5", "stageName": "dev"},
        "arn",
        r"arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/dev",
    ),
    (
        "aws:apigateway/stage:Stage",
        {"restApi": "a1b2c3d4e5", "stageName": "dev"},
        "invokeUrl",
        r"https://a1b2c3d4e5\.execute-api\.eu-central-1\.amazonaws\.com/dev",
    ),
    (
        "aws:apigateway/domainName:DomainName",
        {"domainName": "api.example.com"},
        "regionalDomainName",
        r"d-[a-z0-9]{10}\.execute-api\.eu-central-1\.amazonaws\.com",
    ),
    (
        "aws:apigateway/domainName:DomainName",
        {"domainName": "api.example.com"},
        "regionalZoneId",
        r"Z1U9ULNL0V5AJ3",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
