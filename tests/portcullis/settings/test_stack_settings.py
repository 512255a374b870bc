"""All settings of a stack together: defaults, required keys, and values that exclude each other."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.errors import ExitCode
from portcullis.settings.groups.authorizer import AuthorizerPlatform
from portcullis.settings.groups.operations import ExecutionLogLevel
from portcullis.settings.groups.web_acl import Shield
from portcullis.settings.project import LAPTOP_ACCOUNT
from portcullis.settings.setting import SettingError
from portcullis.settings.stack_settings import StackSettings
from tests.portcullis.settings.mending import (
    CERTIFICATE,
    GOOD,
    exceptions,
    good,
    load,
    mended,
    plans,
    require_mended,
    without,
)

REFUSED = {
    "certificate of another region": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace("eu-central-1", "us-east-1"),
    },
    "certificate of another account": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace("111122223333", "999988887777"),
    },
    "shield without zone": {
        "portcullis:shield": "advanced",
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE,
    },
    **{
        f"snapshots in {region}": {"aws:region": region, "portcullis:snapStart": "true"}
        for region in ("us-gov-west-1", "cn-north-1", "ap-southeast-6", "ap-east-2")
    },
    "key of another region": {
        "portcullis:kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/11111111-2222"
    },
    "laptop zip for AWS": {"portcullis:authorizerPlatform": "laptop"},
    "AWS zip for the laptop": {"portcullis:accountId": LAPTOP_ACCOUNT},
}

# Other settings that the example of a setting needs beside it.
BESIDE_EXAMPLE = {
    "crl_urls": {"portcullis:crlFile": "revoked.crl"},
    "certificate_renewal_key_arn": {
        "portcullis:certificateRenewalAuthorityFile": "partners/client-ca/intermediate.pem"
    },
    "crl_table": {"portcullis:registry": "dynamodb"},
    "crl_grace_seconds": {"portcullis:crlFile": "revoked.crl"},
    "certificate_arn": {"portcullis:hostedZoneId": ""},
    "ownership_verification_certificate_arn": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE,
    },
    "rsa_signing_keys": {"portcullis:signingKeys": '["a", "b"]'},
    "backend_function_arn": {"portcullis:backendUrl": ""},
    "backend_load_balancer_arn": {"portcullis:backendVpcLinkId": "abc123"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_the_required_keys_are_enough():
    settings = load(GOOD)
    assert settings.domain == "api.example.com"
    assert settings.allowed_cidrs == ("203.0.113.0/24", "2001:db8::/32")
    assert settings.name == "portcullis-dev"
    assert settings.issuer == "https://api.example.com"
    assert settings.registry_file == "clients.dev.yaml"


def test_defaults_are_the_secure_choice():
    settings = load(GOOD)
    assert settings.authorizer_cache_seconds == 0  # a suspended client is refused at once
    assert settings.protect
    assert not settings.snap_start  # its snapshots are billed until their versions are deleted
    assert settings.shield is Shield.STANDARD
    assert settings.authorizer_platform is AuthorizerPlatform.LAMBDA
    assert settings.execution_log_level is ExecutionLogLevel.ERROR
    assert len(settings.managed_rule_groups) == 4


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(GOOD).domain = "elsewhere.example.com"


@pytest.mark.parametrize("key", [key for key in GOOD if key != "portcullis:alarmEmails"])
def test_a_missing_required_key_is_one_error_with_its_command(key):
    with pytest.raises(SettingError) as caught:
        load(without(GOOD, key))
    message = str(caught.value)
    assert caught.value.exit_code is ExitCode.MISUSE
    assert "Accepted: " in message
    assert "\n" not in message
    # Without a zone it is the missing certificate that is spoken of.
    named = "portcullis:certificateArn" if key == "portcullis:hostedZoneId" else key
    assert message.startswith(named)
    load(mended(without(GOOD, key), caught.value))


def test_every_check_holds_without_configuration_too():
    with pytest.raises(SettingError):
        good(rate_limit=9)
    with pytest.raises(SettingError):
        good(allowed_cidrs=("0.0.0.0/0",))


@given(st.text())
def test_whatever_a_setting_holds_the_answer_is_a_setting_error(text):
    for key in GOOD:
        try:
            load({**GOOD, key: text})
        except SettingError as error:
            assert str(error)  # noqa: PT017 - any other exception fails the test


def test_every_example_is_accepted():
    for setting in StackSettings.settings():
        example = setting.example
        text = json.dumps([example]) if setting.kind == tuple[str, ...] else example
        if setting.field != "stack":
            change = {setting.name: text}
            if setting.field == "rate_plans":
                change = plans(ratePerSecond=int(example), burst=1)
            if setting.field == "web_acl_exceptions":
                change = exceptions([example])
            if setting.field == "tags":
                change = {setting.name: json.dumps({"team": example})}
            load({**GOOD, **BESIDE_EXAMPLE.get(setting.field, {}), **change})


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("portcullis", "portcullis-dev"),
        ("My.Gate_2", "my-gate-2-dev"),
        ("2fa", "p2fa-dev"),
        ("___", "portcullis-dev"),
    ],
)
def test_explicit_names_begin_with_the_project_s_name(project, name):
    assert load(GOOD, project=project).name == name


def test_long_project_names_stay_different_and_fit():
    prefixes = {
        load(GOOD, project=f"acme-orders-gateway-{region}").name_prefix for region in ("eu", "us")
    }
    assert len(prefixes) == 2
    assert all(len(prefix) <= 18 and prefix.startswith("acme-orders-g-") for prefix in prefixes)


def test_a_prefix_that_is_set_comes_before_the_project_s_name():
    settings = load({**GOOD, "portcullis:namePrefix": "shop"}, project="my-gate")
    assert settings.name == "shop-dev"
