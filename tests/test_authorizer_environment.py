"""The function accepts the environment that the program renders, at both ends of every setting.

The function's limits and the settings' limits are written in two packages, because neither may
import the other; a value between them would deploy a function that cannot start.
"""

import pytest

from authorizer.config import Config, ConfigurationError
from portcullis.pki import laptop
from portcullis.settings.project import load_stack_config
from portcullis.settings.setting import SettingError
from portcullis.settings.stack_settings import StackSettings
from tests.test_main import PROJECT, run

LISTS = {"portcullis:registry": "dynamodb", "portcullis:crlTable": "true"}


@pytest.fixture(scope="module")
def truststore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file


@pytest.fixture(scope="module")
def environment(truststore):
    """What Lambda would give the function of a stack with these settings."""

    def render(**changes):
        config = {f"portcullis:{key}": value for key, value in changes.items()}
        graph = run("local", truststore, preview=False, **LISTS, **config)
        (function,) = [r for r in graph if r.type == "aws:lambda/function:Function"]
        variables = function.inputs["environment"]["variables"]
        return {**variables, "AWS_REGION": "eu-central-1"}

    return render


@pytest.fixture(scope="module")
def defaults(environment):
    return environment()


@pytest.mark.parametrize(
    "ends",
    [
        {
            "domain": "a.b",
            "audience": "x",
            "tokenLifeSeconds": "61",
            "authorizerCacheSeconds": "0",
            "registryCacheSeconds": "0",
            "crlGraceSeconds": "0",
            "certificateClockSkewSeconds": "0",
        },
        {
            "domain": f"{'a' * 60}.b.c",
            "audience": "x" * 200,
            "tokenLifeSeconds": "3600",
            "authorizerCacheSeconds": "300",
            "registryCacheSeconds": "300",
            "crlGraceSeconds": "604800",
            "certificateClockSkewSeconds": "300",
        },
    ],
    ids=["lowest", "highest"],
)
def test_the_function_accepts_every_setting_at_its_end(environment, ends):
    config = Config.from_environment(environment(**ends))
    assert {
        "domain": config.issuer.removeprefix("https://"),
        "audience": config.audience,
        "tokenLifeSeconds": str(config.token_life_seconds),
        "authorizerCacheSeconds": str(config.authorizer_cache_seconds),
        "registryCacheSeconds": str(config.registry_cache_seconds),
        "crlGraceSeconds": str(config.crl_grace_seconds),
        "certificateClockSkewSeconds": str(config.clock_skew_seconds),
    } == ends


@pytest.mark.parametrize("cache", ["0", "300"])
def test_the_shortest_token_that_a_cache_allows_is_accepted_by_both(environment, cache):
    life = str(int(cache) + 61)
    config = Config.from_environment(
        environment(authorizerCacheSeconds=cache, tokenLifeSeconds=life)
    )
    assert config.token_life_seconds == int(life)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("domain", f"{'a' * 60}.b.cd"),
        ("domain", ""),
        ("audience", "x" * 201),
        ("tokenLifeSeconds", "60"),
        ("tokenLifeSeconds", "3601"),
        ("authorizerCacheSeconds", "-1"),
        ("authorizerCacheSeconds", "301"),
        ("registryCacheSeconds", "-1"),
        ("registryCacheSeconds", "301"),
        ("crlGraceSeconds", "-1"),
        ("crlGraceSeconds", "604801"),
        ("certificateClockSkewSeconds", "-1"),
        ("certificateClockSkewSeconds", "301"),
    ],
)
def test_the_settings_refuse_one_past_the_end(key, value):
    changes = {**LISTS, "portcullis:tokenLifeSeconds": "3600", f"portcullis:{key}": value}
    config = load_stack_config(PROJECT, "local", changes)
    with pytest.raises(SettingError, match=f"^portcullis:{key} is "):
        StackSettings.read(config)


@pytest.mark.parametrize(
    ("variable", "highest"),
    [
        ("PORTCULLIS_TOKEN_LIFE_SECONDS", 3600),
        ("PORTCULLIS_REGISTRY_CACHE_SECONDS", 300),
        ("PORTCULLIS_CRL_GRACE_SECONDS", 604_800),
        ("PORTCULLIS_CLOCK_SKEW_SECONDS", 300),
    ],
)
def test_the_function_has_the_same_highest_value_as_the_setting(defaults, variable, highest):
    assert Config.from_environment({**defaults, variable: str(highest)})
    with pytest.raises(ConfigurationError, match=variable):
        Config.from_environment({**defaults, variable: str(highest + 1)})
