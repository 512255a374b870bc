"""The engine's text becomes a typed value, or an error that names the setting."""

import pytest

from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.groups.operations import ExecutionLogLevel
from portcullis.settings.groups.web_acl import Shield
from portcullis.settings.rate_plans import RatePlan
from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load, require_mended

REFUSED = {
    "addresses as text": {"portcullis:allowedCidrs": "203.0.113.0/24"},
    "addresses as numbers": {"portcullis:allowedCidrs": "[1]"},
    "rate as fraction": {"portcullis:rateLimit": "10.5"},
    "rate in other digits": {"portcullis:rateLimit": "\u0661\u0660\u0660"},
    "rate with sign": {"portcullis:rateLimit": "+100"},
    "rate without end": {"portcullis:rateLimit": "9" * 5000},
    "lists perhaps": {"portcullis:registry": "dynamodb", "portcullis:crlTable": "perhaps"},
    "boolean in capitals": {"portcullis:xray": "True"},
    "boolean as number": {"portcullis:protect": "1"},
    "signer as list": {"portcullis:signingKey": '["a"]'},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_every_typed_value_is_read():
    settings = load(
        {
            **GOOD,
            "portcullis:rateLimit": "300",
            "portcullis:rateWindowSeconds": "60",
            "portcullis:xray": "false",
            "portcullis:shield": "advanced",
            "portcullis:executionLogLevel": "INFO",
            "portcullis:signingKeys": '["b", "a"]',
            "portcullis:managedRuleGroups": "[]",
            "portcullis:clientsFile": "partners.yaml",
            "portcullis:registry": "dynamodb",
            "portcullis:signingKey": "a",
            "portcullis:ratePlans": '{"gold": {"ratePerSecond": 10, "burst": "20"}}',
        }
    )
    assert (settings.rate_limit, settings.rate_window_seconds) == (300, 60)
    assert settings.xray is False
    assert settings.shield is Shield.ADVANCED
    assert settings.execution_log_level is ExecutionLogLevel.INFO
    assert settings.signing_keys == ("b", "a")
    assert settings.managed_rule_groups == ()
    assert settings.registry_file == "partners.yaml"
    assert settings.registry is RegistryStore.DYNAMODB
    assert settings.signer == "a"
    assert settings.rate_plans == {"gold": RatePlan(rate_per_second=10, burst=20)}


@pytest.mark.parametrize(
    ("key", "value", "suggestion"),
    [
        ("executionLogLevel", "info", "INFO"),
        ("executionLogLevel", "Errors", "ERROR"),
        ("shield", "Advanced", "advanced"),
        ("registry", "DynamoDB", "dynamodb"),
        ("protect", "no", "false"),
        ("protect", "False", "false"),
        ("xray", "ON", "true"),
        ("rateLimit", "1_000", "1000"),
        ("rateLimit", "1,000", "1000"),
        ("rateLimit", "1e3", "1000"),
        ("rateLimit", " +500.0 ", "500"),
    ],
)
def test_a_suggestion_keeps_the_meaning(key, value, suggestion):
    with pytest.raises(
        SettingError, match=f"Run: pulumi config set portcullis:{key} {suggestion}$"
    ):
        load({**GOOD, f"portcullis:{key}": value})


def test_a_string_instead_of_a_list_becomes_its_first_entry():
    with pytest.raises(SettingError, match=r"'portcullis:signingKeys\[0\]' k1$"):
        load({**GOOD, "portcullis:signingKeys": "k1"})
