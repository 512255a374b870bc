"""The authorizer's tokens, keys and capacity."""

import pytest

from tests.portcullis.settings.mending import GOOD, load, require_mended

REFUSED = {
    "RSA key that is no signing key": {"portcullis:rsaSigningKeys": '["b"]'},
    "issuer without https": {"portcullis:tokenIssuer": "http://keys.example.com"},
    "issuer with a query": {"portcullis:tokenIssuer": "https://keys.example.com/?a=b"},
    "audience with space": {"portcullis:audience": "pet store"},
    "audience too long": {"portcullis:audience": "x" * 201},
    "token life too short": {"portcullis:tokenLifeSeconds": "60"},
    "token life too long": {"portcullis:tokenLifeSeconds": "3601"},
    "token dies in the cache": {"portcullis:authorizerCacheSeconds": "240"},
    "cache longer than any token": {"portcullis:authorizerCacheSeconds": "3600"},
    "cache above AWS's limit": {"portcullis:authorizerCacheSeconds": "3601"},
    "cache negative": {"portcullis:authorizerCacheSeconds": "-1"},
    "no signing key": {"portcullis:signingKeys": "[]"},
    "three signing keys": {"portcullis:signingKeys": '["a", "b", "c"]'},
    "signing key twice": {"portcullis:signingKeys": '["a", "a"]'},
    "signing key label": {"portcullis:signingKeys": '["A key"]'},
    "signer that is not published": {
        "portcullis:signingKeys": '["a", "b"]',
        "portcullis:signingKey": "c",
    },
    "platform": {"portcullis:authorizerPlatform": "x86"},
    "provisioned": {"portcullis:provisionedConcurrency": "-1"},
    "snapshots of warm instances": {
        "portcullis:provisionedConcurrency": "2",
        "portcullis:snapStart": "true",
    },
    "reserved below provisioned": {
        "portcullis:provisionedConcurrency": "5",
        "portcullis:reservedConcurrency": "4",
    },
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_the_first_signing_key_signs_unless_another_is_named():
    assert load({**GOOD, "portcullis:signingKeys": '["b", "a"]'}).signer == "b"
    named = {"portcullis:signingKeys": '["b", "a"]', "portcullis:signingKey": "a"}
    assert load({**GOOD, **named}).signer == "a"


def test_tokens_name_the_api_as_their_audience_unless_the_stack_names_another(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.yaml").touch()
    own = {**GOOD, "portcullis:contractFile": "orders.yaml"}
    assert load(own).token_audience == f"https://{GOOD['portcullis:domain']}"
    assert load({**own, "portcullis:audience": "orders"}).token_audience == "orders"
    assert load(GOOD).token_audience == "petstore"
