"""AWS's models find nothing in the project's own stacks and in what their settings can make."""

import json

import pytest

from portcullis.awsmodels.judge import judge

GOLD = json.dumps({"gold": {"ratePerSecond": 10, "burst": 20, "quotaPerDay": 1000}})
OPTIONS = {
    "dynamodb": {"portcullis__registry": "dynamodb"},
    "crl-table": {"portcullis__registry": "dynamodb", "portcullis__crlTable": "true"},
    "imported-certificate": {
        "portcullis__hostedZoneId": "",
        "portcullis__certificateArn": (
            "arn:aws:acm:eu-central-1:222233334444:certificate/11111111-2222-3333-4444-555555555555"
        ),
        "portcullis__ownershipVerificationCertificateArn": (
            "arn:aws:acm:eu-central-1:222233334444:certificate/66666666-2222-3333-4444-555555555555"
        ),
    },
    "shield-advanced": {"portcullis__shield": "advanced"},
    "provisioned": {"portcullis__provisionedConcurrency": "2"},
    "cache": {"portcullis__authorizerCacheSeconds": "60"},
    "two-keys": {"portcullis__signingKeys": '["a", "b"]'},
    "ipv4-only": {"portcullis__allowedCidrs": '["203.0.113.0/24"]'},
    "both-families": {"portcullis__allowedCidrs": '["203.0.113.0/24", "2001:db8::/32"]'},
    "no-alarms": {"portcullis__alarmEmails": "[]", "portcullis__protect": "false"},
    "quiet": {"portcullis__executionLogLevel": "OFF", "portcullis__xray": "false"},
}


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_a_stack_has_no_finding(graph_of, stack, preview):
    judgement = judge(graph_of(stack, preview=preview))
    assert [f.text for f in judgement.findings] == []
    assert judgement.requests > 80
    assert preview == bool(judgement.unknown_values)


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_has_no_finding(graph_of, option):
    judgement = judge(graph_of("staging", **OPTIONS[option]))
    assert [f.text for f in judgement.findings] == []


def test_rate_plans_have_no_finding(graph_of, tmp_path):
    clients = tmp_path / "clients.yaml"
    clients.write_text(
        "clients:\n"
        "  - id: pet-shop\n"
        "    description: A partner with a rate plan.\n"
        "    match: [{sanUri: 'spiffe://staging.example.com/client/pet-shop'}]\n"
        "    scopes: [pets:read]\n"
        "    status: active\n"
        "    ratePlan: gold\n"
    )
    judgement = judge(
        graph_of("staging", portcullis__ratePlans=GOLD, portcullis__clientsFile=str(clients))
    )
    assert [f.text for f in judgement.findings] == []
