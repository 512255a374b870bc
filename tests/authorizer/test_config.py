"""The function starts with settings that fit together, or not at all."""

import re
from pathlib import Path

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


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_a_switch_is_true_or_false(value):
    with pytest.raises(ConfigurationError, match="must be true or false"):
        Config.from_environment(GOOD | {"PORTCULLIS_CLIENT_CERT_HEADER": value})


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_missing_setting_is_named(missing):
    with pytest.raises(ConfigurationError, match=f"{missing} is ''"):
        Config.from_environment({name: value for name, value in GOOD.items() if name != missing})


def test_what_may_be_left_out_has_the_strict_value():
    config = Config.from_environment(GOOD)
    assert config.clock_skew_seconds == 0
    assert config.crl_grace_seconds == 0
    assert config.client_cert_header is False
    assert config.registry_cache_seconds == 30
    assert config.registry_table is None
    assert config.revocation_lists == "none"


@pytest.mark.parametrize(
    ("name", "value", "member"),
    [
        ("PORTCULLIS_AUDIENCE", "x" * 256, "audience"),
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", 3600, "token_life_seconds"),
        ("PORTCULLIS_AUTHORIZER_CACHE_SECONDS", 0, "authorizer_cache_seconds"),
        ("PORTCULLIS_AUTHORIZER_CACHE_SECONDS", 269, "authorizer_cache_seconds"),
        ("PORTCULLIS_CLOCK_SKEW_SECONDS", 0, "clock_skew_seconds"),
        ("PORTCULLIS_CLOCK_SKEW_SECONDS", 300, "clock_skew_seconds"),
        ("PORTCULLIS_REGISTRY_CACHE_SECONDS", 0, "registry_cache_seconds"),
        ("PORTCULLIS_REGISTRY_CACHE_SECONDS", 300, "registry_cache_seconds"),
        ("PORTCULLIS_CRL_GRACE_SECONDS", 0, "crl_grace_seconds"),
        ("PORTCULLIS_CRL_GRACE_SECONDS", 604800, "crl_grace_seconds"),
    ],
)
def test_the_ends_of_a_range_are_in_it(name, value, member):
    config = Config.from_environment(GOOD | {name: str(value)})
    assert getattr(config, member) == value


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
        ("PORTCULLIS_REGISTRY_CACHE_SECONDS", "301"),
        ("PORTCULLIS_REGISTRY_CACHE_SECONDS", "-1"),
        ("PORTCULLIS_CRL_GRACE_SECONDS", "604801"),
        ("PORTCULLIS_CRL_GRACE_SECONDS", ""),
        ("PORTCULLIS_REGISTRY", ""),
        ("PORTCULLIS_REGISTRY", "File"),
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


def test_a_table_is_named_with_its_region():
    config = Config.from_environment(GOOD | TABLE | {"AWS_REGION": "eu-west-1"})
    assert (config.registry_table, config.registry_region) == ("registry", "eu-west-1")
    assert config.region == "eu-central-1"
    assert config.issuer == GOOD["PORTCULLIS_ISSUER"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTCULLIS_REGISTRY_TABLE", ""),
        ("PORTCULLIS_REGISTRY_TABLE", "ab"),
        ("PORTCULLIS_REGISTRY_TABLE", "two words"),
        ("AWS_REGION", ""),
        ("AWS_REGION", "eu-central-1.example.com/"),
    ],
)
def test_a_table_nobody_could_find_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f"{name} is '{value}'"):
        Config.from_environment(GOOD | TABLE | {name: value})


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
        ("aws", {"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:5000/"}, "http://127.0.0.1:5000/"),
        ("aws", {"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1/X"}, "http://127.0.0.1/X/"),
        ("aws", {"AWS_ENDPOINT_URL_KMS": ""}, "https://kms.eu-central-1.amazonaws.com/"),
        ("aws-us-gov", {}, "https://kms.eu-central-1.amazonaws.com/"),
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


def test_the_algorithm_is_es256_unless_the_deploy_says_rs256():
    assert Config.from_environment(GOOD).signing_algorithm == "ES256"
    config = Config.from_environment(GOOD | {"PORTCULLIS_SIGNING_ALGORITHM": "RS256"})
    assert config.signing_algorithm == "RS256"


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "PS256", "rs256"])
def test_another_algorithm_stops_the_init(algorithm):
    with pytest.raises(ConfigurationError, match="PORTCULLIS_SIGNING_ALGORITHM"):
        Config.from_environment(GOOD | {"PORTCULLIS_SIGNING_ALGORITHM": algorithm})


def test_every_variable_that_the_function_reads_is_documented():
    """So none is added on the side, such as one that sets the clock."""
    root = Path(__file__).parents[2]
    source = "".join(file.read_text() for file in (root / "authorizer").glob("*.py"))
    page = (root / "docs/authorizer.md").read_text()
    read = set(re.findall(r'"(PORTCULLIS_[A-Z_]+)"', source))
    assert read == set(re.findall(r"^\| `(PORTCULLIS_[A-Z_]+)` \|", page, re.MULTILINE))


def test_the_environment_is_read_in_the_handler_only():
    folder = Path(__file__).parents[2] / "authorizer"
    readers = {file.name for file in folder.glob("*.py") if "os.environ" in file.read_text()}
    assert readers == {"handler.py"}
