"""The discovery document names issuer, key set and algorithms, and no endpoint."""

from components.openid_configuration import openid_configuration


def test_the_key_set_is_at_the_issuer():
    document = openid_configuration("https://keys.example.com", ["RS256", "ES256", "RS256"])
    assert document["issuer"] == "https://keys.example.com"
    assert document["jwks_uri"] == "https://keys.example.com/.well-known/jwks.json"
    assert document["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert not [name for name in document if name.endswith("_endpoint")]
