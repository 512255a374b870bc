"""The function starts with settings that fit together, or not at all."""

import pytest

from authorizer.config import Config, ConfigurationError
from authorizer.endpoint import endpoint
from tests.authorizer.making import KEY_ARN

GOOD = {
    "PORTCULLIS_ISSUER": "https://api.example.com",
    "PORTCULLIS_AUDIENCE": "petstore",
    "PORTCULLIS_SIGNING_KEY": KEY_ARN,
    "PORTCULLIS_SIGNING_KID": "k" * 43,
    "PORTCULLIS_TOKEN_LIFE_SECONDS": "300",
    "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": "60",
    "PORTCULLIS_REVOCATION_LISTS": "none",
}
TABLE = {
    "PORTCULLIS_REGISTRY": "dynamodb",
    "PORTCULLIS_REGISTRY_TABLE": "registry",
    "AWS_REGION": "eu-central-1",
    "PORTCULLIS_REVOCATION_LISTS": "table",
}


def test_good_settings_are_read():
    config = Config.from_environment(GOOD)
    assert config == Config(
        issuer="https://api.example.com",
        audience="petstore",
        signing_key_arn=KEY_ARN,
        key_id="k" * 43,
        token_life_seconds=300,
        authorizer_cache_seconds=60,
        clock_skew_seconds=0,
    )
    assert (config.partition, config.region) == ("aws", "eu-central-1")


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_missing_setting_is_named(missing):
    with pytest.raises(ConfigurationError, match=missing):
        Config.from_environment({name: value for name, value in GOOD.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTCULLIS_ISSUER", "http://api.example.com"),
        ("PORTCULLIS_ISSUER", "https://"),
        ("PORTCULLIS_ISSUER", "https://api.example.com/\r\nX: y"),
        ("PORTCULLIS_ISSUER", "https://" + "a" * 300),
        ("PORTCULLIS_AUDIENCE", ""),
        ("PORTCULLIS_AUDIENCE", "two words"),
        ("PORTCULLIS_AUDIENCE", "x" * 257),
        ("PORTCULLIS_SIGNING_KEY", "alias/portcullis"),
        ("PORTCULLIS_SIGNING_KEY", "arn:aws:kms:eu-central-1:000000000000:alias/portcullis"),
        ("PORTCULLIS_SIGNING_KEY", "0b0b0b0b-1111-2222-3333-444444444444"),
        ("PORTCULLIS_SIGNING_KEY", KEY_ARN + "\n"),
        ("PORTCULLIS_SIGNING_KID", "k" * 42),
        ("PORTCULLIS_SIGNING_KID", "k" * 42 + "="),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "0"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "-1"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "3601"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "5m"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "\uff13\uff10\uff10"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", "1e3"),
        ("PORTCULLIS_AUTHORIZER_CACHE_SECONDS", "3601"),
        ("PORTCULLIS_AUTHORIZER_CACHE_SECONDS", ""),
        ("PORTCULLIS_CLOCK_SKEW_SECONDS", "301"),
        ("PORTCULLIS_CLOCK_SKEW_SECONDS", "x"),
        ("PORTCULLIS_REVOCATION_LISTS", ""),
        ("PORTCULLIS_REVOCATION_LISTS", "None"),
        ("PORTCULLIS_REVOCATION_LISTS", "dynamodb"),
    ],
)
def test_a_setting_out_of_its_range_is_named(name, value):
    with pytest.raises(ConfigurationError, match=name):
        Config.from_environment(GOOD | {name: value})


@pytest.mark.parametrize(("life", "cache"), [("90", "60"), ("60", "60"), ("30", "0")])
def test_a_token_that_a_cached_answer_would_outlive_is_refused(life, cache):
    with pytest.raises(ConfigurationError, match="PORTCULLIS_TOKEN_LIFE_SECONDS"):
        Config.from_environment(
            GOOD
            | {
                "PORTCULLIS_TOKEN_LIFE_SECONDS": life,
                "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": cache,
            }
        )


def test_lists_in_a_table_need_a_table():
    config = Config.from_environment(GOOD | TABLE)
    assert (config.registry_table, config.revocation_lists) == ("registry", "table")
    with pytest.raises(ConfigurationError, match="PORTCULLIS_REGISTRY names none"):
        Config.from_environment(GOOD | TABLE | {"PORTCULLIS_REGISTRY": "file"})


def test_the_shortest_useful_token_is_accepted():
    assert Config.from_environment(GOOD | {"PORTCULLIS_TOKEN_LIFE_SECONDS": "91"})


@pytest.mark.parametrize(
    ("partition", "environment", "expected"),
    [
        ("aws", {}, "https://kms.eu-central-1.amazonaws.com/"),
        ("aws-cn", {}, "https://kms.eu-central-1.amazonaws.com.cn/"),
        ("aws-iso", {}, None),
        ("aws", {"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:5000"}, "http://127.0.0.1:5000/"),
        (
            "aws",
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://x"},
            "https://kms.eu-central-1.amazonaws.com/",
        ),
    ],
)
def test_where_a_service_answers(partition, environment, expected):
    found = endpoint("kms", region="eu-central-1", partition=partition, environment=environment)
    assert found == expected
