"""The signing key: ES256 only, and only the authorizer's role signs with it."""

import json

import pulumi
import pytest

from components.signing_key import ES256, signing_key

ROLE_ARN = "arn:aws:iam::111122223333:role/portcullis-dev-authorizer"
ALIAS = "alias/portcullis-dev-signing-a"


@pytest.fixture
def build(place):
    def make(*, protect=True):
        def program():
            signing_key(
                "signing-a",
                algorithm=ES256,
                alias=ALIAS,
                issuer="https://api.example.com",
                place=place,
                signer_role="portcullis-dev-authorizer",
                protect=protect,
                parent=pulumi.ComponentResource("test:index:Parent", "parent"),
            )

        return program

    return make


@pytest.fixture
def statements(engine, build):
    """The key policy's statements by Sid, as known at preview."""
    document = json.loads(engine.preview(build()).one("Key").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_the_signing_key_signs_es256_and_nothing_else(engine, build):
    key = engine.run(build()).one("Key")
    assert key.inputs["customerMasterKeySpec"] == "ECC_NIST_P256"
    assert key.inputs["keyUsage"] == "SIGN_VERIFY"
    assert key.inputs["deletionWindowInDays"] == 30
    assert "multiRegion" not in key.inputs


@pytest.mark.parametrize("protect", [True, False])
def test_the_signing_key_is_protected_by_setting(engine, build, protect):
    assert engine.run(build(protect=protect)).one("Key").flags.protect is protect


def test_every_caller_but_the_authorizer_s_role_is_denied_signing(statements):
    deny = statements["OnlyTheAuthorizerSigns"]
    assert (deny["Effect"], deny["Action"]) == ("Deny", "kms:Sign")
    assert deny["Principal"] == {"AWS": "*"}
    assert deny["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}}


def test_every_algorithm_but_es256_is_denied(statements):
    algorithm = statements["OnlyEs256"]
    assert (algorithm["Effect"], algorithm["Action"]) == ("Deny", "kms:Sign")
    assert algorithm["Condition"] == {"StringNotEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}}


def test_the_key_policy_allows_the_role_to_sign_from_the_first_second(statements):
    """No alias and no tag in it: KMS needs up to five minutes until such a condition applies."""
    allow = statements["TheAuthorizerSigns"]
    assert (allow["Effect"], allow["Action"]) == ("Allow", "kms:Sign")
    assert allow["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": "111122223333",
            "kms:SigningAlgorithm": "ECDSA_SHA_256",
        },
        "ArnEquals": {"aws:PrincipalArn": ROLE_ARN},
    }


def test_the_account_administers_the_key(statements):
    allowed = {sid: s["Principal"] for sid, s in statements.items() if s["Effect"] == "Allow"}
    assert allowed == {
        "AccountAdministers": {"AWS": "arn:aws:iam::111122223333:root"},
        "TheAuthorizerSigns": {"AWS": "*"},
    }


def test_the_alias_points_at_the_key(engine, build):
    recorded = engine.run(build())
    alias, key = recorded.one("Alias"), recorded.one("Key")
    assert alias.inputs["name"] == ALIAS
    assert alias.inputs["targetKeyId"] == key.id
    assert recorded.named(alias.property_dependencies["targetKeyId"]) == {key.name}
