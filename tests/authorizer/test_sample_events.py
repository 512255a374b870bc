"""The sample events of public SDKs and emulators: what a REST API sends passes, nothing else.

`events/` holds them re-created: the members and types of each sample, with values of our own. The
certificate is put where a sample has its own, or where API Gateway would put one.
"""

import json
from pathlib import Path

import pytest

from tests.authorizer.making import certificate, effects, pem

EVENTS = Path(__file__).parent / "events"
REST = {
    # API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer"
    "aws-developer-guide",
    # aws/aws-lambda-go: events/testdata/apigw-custom-auth-request-type-request.json
    "aws-lambda-go",
    # aws/aws-sam-cli: `sam local generate-event apigateway request-authorizer`
    "aws-sam-cli",
    # localstack/localstack: services/apigateway/next_gen/execute_api/variables.py has its context
    "localstack",
}
OTHERS = {
    # The guide as above; aws/aws-sam-cli and aws/aws-lambda-go have the same TOKEN event
    "aws-developer-guide-token": "type must be REQUEST",
    # aws/aws-lambda-go: events/testdata/apigw-v2-custom-authorizer-v1-request.json
    "aws-lambda-go-http-api-1": "version is set: only HTTP APIs send one",
    # aws-powertools/powertools-lambda-python: tests/events/apiGatewayAuthorizerRequestEvent.json
    "powertools-python": "version is set: only HTTP APIs send one",
    # The same in aws/aws-lambda-go, aws/aws-lambda-java-libs, aws/aws-lambda-dotnet and Powertools:
    # apigw-v2-custom-authorizer-v2-request.json, api_gateway_v2_custom_authorizer_event.json,
    # custom-authorizer-v2-request.json, apiGatewayAuthorizerV2Event.json
    "http-api-2": "version is set: only HTTP APIs send one",
    # aws-powertools/powertools-lambda-python: tests/events/apiGatewayAuthorizerWebSocketEvent.json
    "powertools-python-websocket": (
        "methodArn must be arn:aws:execute-api:region:account:api/stage/METHOD/…"
    ),
    # dherault/serverless-offline: src/events/http/createAuthScheme.js; its account has no number
    "serverless-offline": "methodArn must be arn:aws:execute-api:region:account:api/stage/METHOD/…",
    "serverless-offline-token": "type must be REQUEST",
}


def sample(name, client_certificate_pem):
    """The event with this certificate, or with none."""
    event = json.loads((EVENTS / f"{name}.json").read_text())
    context = event.setdefault("requestContext", {})
    for holder in (context.setdefault("identity", {}), context.get("authentication")):
        if holder is not None:
            holder.pop("clientCert", None)
            if client_certificate_pem is not None:
                holder["clientCert"] = {"clientCertPem": client_certificate_pem}
    return event


def test_every_sample_has_a_source():
    assert {path.stem for path in EVENTS.iterdir()} == REST | set(OTHERS)


@pytest.mark.parametrize("name", sorted(REST))
def test_a_sample_of_a_rest_api_with_a_clients_certificate_is_allowed(bench, name):
    event = sample(name, pem(certificate()))
    answer = bench.answer(event)
    assert effects(answer) == ["Allow"]
    assert answer["principalId"] == "pet-shop"
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    assert f"{stage_arn}/GET/pets" in answer["policyDocument"]["Statement"][0]["Resource"]


@pytest.mark.parametrize("name", sorted(REST))
def test_a_sample_of_a_rest_api_without_a_certificate_is_refused(bench, name):
    answer = bench.answer(sample(name, None))
    assert effects(answer) == ["Deny"]
    assert answer["context"]["reason"] == "no_certificate"


@pytest.mark.parametrize("name", ["aws-developer-guide", "aws-sam-cli", "localstack"])
def test_what_a_sample_has_for_a_certificate_is_refused(bench, name):
    answer = bench.answer(json.loads((EVENTS / f"{name}.json").read_text()))
    assert effects(answer) == ["Deny"]
    assert answer["context"]["reason"] == "malformed_certificate"


@pytest.mark.parametrize("is_shown", [True, False], ids=["certificate", "no certificate"])
@pytest.mark.parametrize("name", sorted(OTHERS))
def test_a_sample_of_anything_else_is_malformed(bench, name, is_shown):
    answer = bench.answer(sample(name, pem(certificate()) if is_shown else None))
    assert effects(answer) == ["Deny"]
    assert answer["context"] == {"reason": "malformed_event"}
    assert bench.lines[-1]["detail"] == OTHERS[name]
