"""The schema holds what a program names, as the YAML language looks for it."""

import pytest

from portcullis.standin.sdk_schema import package_schema

PROGRAM = """
name: shop
runtime: yaml
resources:
  api: {type: "aws:apigateway:RestApi"}
  domain: {type: "aws:apigateway/domainName:DomainName"}
  set: {type: aws:wafv2:IPSet}
  typo: {type: aws:apigateway:RestApis}
  east: {type: pulumi:providers:aws}
variables:
  zone: {fn::invoke: {function: aws:route53:getZone}}
  me: {fn::invoke: {function: aws:getCallerIdentity}}
  typo: {fn::invoke: {function: aws:route53:getZones2}}
  arn: arn:aws:acm:eu-central-1:000000000000:certificate/x
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "Pulumi.yaml").write_text(PROGRAM)
    return package_schema(folder)


def test_resources_have_their_canonical_token_whatever_form_the_program_writes(schema):
    assert set(schema["resources"]) == {
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/domainName:DomainName",
        "aws:wafv2/ipSet:IpSet",
    }


def test_functions_have_the_fields_of_their_result(schema):
    zone = schema["functions"].pop("aws:route53/getZone:getZone")
    assert zone["outputs"]["properties"]["zoneId"] == {"type": "string"}
    assert zone["inputs"]["properties"]["privateZone"] == {"type": "boolean"}
    assert set(schema["functions"]) == {"aws:index/getCallerIdentity:getCallerIdentity"}


def test_a_resource_has_the_types_of_its_scalars_and_what_is_required(schema):
    domain = schema["resources"]["aws:apigateway/domainName:DomainName"]
    assert domain["requiredInputs"] == ["domainName"]
    assert domain["inputProperties"]["securityPolicy"] == {"type": "string"}
    assert domain["inputProperties"]["mutualTlsAuthentication"] == {"$ref": "pulumi.json#/Any"}
    assert domain["properties"]["regionalDomainName"] == {"type": "string"}


def test_a_provider_of_its_own_can_be_declared(schema):
    assert schema["provider"]["inputProperties"]["region"] == {"type": "string"}
