"""Every setting is read once, checked once, and refused with the command that mends it.

How Pulumi.yaml and the four stack files agree with the settings is at the end; whether the program
runs with them is in test_main.py.
"""

import dataclasses
import ipaddress
import json
import runpy
import shlex
from pathlib import Path

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.settings import Settings, configure

from portcullis.errors import ExitCode
from portcullis.settings.stack_settings import (
    LAPTOP_ACCOUNT,
    MAX_CIDRS_PER_FAMILY,
    AuthorizerPlatform,
    ExecutionLogLevel,
    RatePlan,
    RegistryStore,
    RevocationListStore,
    SettingError,
    Shield,
    StackSettings,
    declarations,
)

PROJECT = Path(__file__).parents[3]
STACKS = ("local", "dev", "staging", "prod")
GOOD = {
    "aws:region": "eu-central-1",
    "portcullis:accountId": "111122223333",
    "portcullis:domain": "api.example.com",
    "portcullis:hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "portcullis:truststoreFile": "truststore.dev.pem",
    "portcullis:allowedCidrs": '["203.0.113.0/24", "2001:db8::/32"]',
    "portcullis:backendUrl": "https://petstore.example.com",
    "portcullis:alarmEmails": '["oncall@example.com"]',
}
CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
)


def load(config, *, stack="dev", project="portcullis"):
    configure(Settings(project=project, stack=stack))
    pulumi.runtime.set_all_config(dict(config))
    return StackSettings.load(pulumi.Config())


def good(**fields):
    """Settings made directly, as a program without configuration would."""
    return StackSettings(
        **{
            "stack": "dev",
            "region": "eu-central-1",
            "account_id": "111122223333",
            "domain": "api.example.com",
            "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
            "truststore_file": "truststore.dev.pem",
            "allowed_cidrs": ("203.0.113.0/24",),
            "backend_url": "https://petstore.example.com",
            "protect": False,
            **fields,
        }
    )


def mended(config, error):
    """The configuration after running the command that the error ends with."""
    words = shlex.split(str(error).rpartition(" Run: ")[2])
    assert words[:2] == ["pulumi", "config"]
    verb, *rest = words[2:]
    key, *value = [word for word in rest if word != "--path"]
    if "--path" not in rest:
        return {**config, key: value[0]} if verb == "set" else _without(config, key)
    if key.startswith("portcullis:ratePlans"):
        return _mended_plans(config, key.removeprefix("portcullis:ratePlans"), value)
    name, _, index = key.rstrip("]").partition("[")
    try:
        entries = json.loads(config.get(name, "[]"))
    except ValueError:
        entries = []
    entries = entries if isinstance(entries, list) else []
    entries[int(index) : int(index) + 1] = value
    return {**config, name: json.dumps(entries)}


def _mended_plans(config, path, value):
    plans = json.loads(config.get("portcullis:ratePlans", "{}"))
    is_quoted = path.startswith("[")
    steps = [json.loads(path[1:-1])] if is_quoted else path.removeprefix(".").split(".")
    holder = plans
    for step in steps[:-1]:
        holder = holder.setdefault(step, {})
        assert isinstance(holder, dict)
    if value:
        holder[steps[-1]] = int(value[0])
    else:
        del holder[steps[-1]]
    return {**config, "portcullis:ratePlans": json.dumps(plans)}


def plans(**gold):
    return {"portcullis:ratePlans": json.dumps({"gold": gold})}


def error_of(config):
    try:
        load(config)
    except SettingError as error:
        return error
    return None


def _without(config, key):
    return {name: value for name, value in config.items() if name != key}


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
    assert settings.shield is Shield.STANDARD
    assert settings.authorizer_platform is AuthorizerPlatform.LAMBDA
    assert settings.execution_log_level is ExecutionLogLevel.ERROR
    assert len(settings.managed_rule_groups) == 4


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(GOOD).domain = "elsewhere.example.com"


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


def test_the_first_signing_key_signs_unless_another_is_named():
    assert load({**GOOD, "portcullis:signingKeys": '["b", "a"]'}).signer == "b"
    named = {"portcullis:signingKeys": '["b", "a"]', "portcullis:signingKey": "a"}
    assert load({**GOOD, **named}).signer == "a"


def test_revocation_lists_are_where_the_settings_say():
    in_zip = load({**GOOD, "portcullis:crlFile": "revoked.crl"})
    assert in_zip.revocation_lists is RevocationListStore.FILE
    lists = {"portcullis:registry": "dynamodb", "portcullis:crlTable": "true"}
    in_table = load({**GOOD, **lists, "portcullis:crlGraceSeconds": "60"})
    assert in_table.revocation_lists is RevocationListStore.TABLE


def test_an_empty_stack_file_has_no_rate_plans_and_reads_clients_from_the_file():
    settings = load(GOOD)
    assert settings.rate_plans == {}
    assert settings.registry is RegistryStore.FILE
    assert settings.registry_cache_seconds == 30
    assert (settings.crl_file, settings.crl_grace_seconds) == ("", 0)
    assert settings.revocation_lists is RevocationListStore.NONE
    assert settings.certificate_clock_skew_seconds == 0


@pytest.mark.parametrize("key", [key for key in GOOD if key != "portcullis:alarmEmails"])
def test_a_missing_required_key_is_one_error_with_its_command(key):
    with pytest.raises(SettingError) as caught:
        load(_without(GOOD, key))
    message = str(caught.value)
    assert caught.value.exit_code is ExitCode.MISUSE
    assert "Accepted: " in message
    assert "\n" not in message
    # Without a zone it is the missing certificate that is spoken of.
    named = "portcullis:certificateArn" if key == "portcullis:hostedZoneId" else key
    assert message.startswith(named)
    load(mended(_without(GOOD, key), caught.value))


REFUSED = {
    "account too short": {"portcullis:accountId": "1111"},
    "account with a letter": {"portcullis:accountId": "11112222333a"},
    "account in other digits": {"portcullis:accountId": "\u0661" * 12},
    "region without number": {"aws:region": "eu-central"},
    "domain in capitals": {"portcullis:domain": "API.example.com"},
    "domain with scheme": {"portcullis:domain": "https://api.example.com"},
    "domain with wildcard": {"portcullis:domain": "*.example.com"},
    "domain ends with a newline": {"portcullis:domain": "api.example.com\n"},
    "domain with a long label": {"portcullis:domain": "a" * 64 + ".example.com"},
    "domain with an empty label": {"portcullis:domain": "api..example.com"},
    "hosted zone as path": {"portcullis:hostedZoneId": "/hostedzone/Z0123456789"},
    "zone and certificate": {"portcullis:certificateArn": CERTIFICATE},
    "certificate of another region": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace("eu-central-1", "us-east-1"),
    },
    "certificate of another account": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace("111122223333", "999988887777"),
    },
    "certificate of another service": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace(":acm:", ":iam:"),
    },
    "ownership without certificate": {
        "portcullis:ownershipVerificationCertificateArn": CERTIFICATE
    },
    "truststore empty": {"portcullis:truststoreFile": ""},
    "truststore with newline": {"portcullis:truststoreFile": "a\nb"},
    "no address": {"portcullis:allowedCidrs": "[]"},
    "addresses as text": {"portcullis:allowedCidrs": "203.0.113.0/24"},
    "addresses as numbers": {"portcullis:allowedCidrs": "[1]"},
    "the whole IPv4 internet": {"portcullis:allowedCidrs": '["0.0.0.0/0"]'},
    "the whole IPv6 internet": {"portcullis:allowedCidrs": '["::/0"]'},
    "host bits": {"portcullis:allowedCidrs": '["203.0.113.7/24"]'},
    "IPv6 host bits": {"portcullis:allowedCidrs": '["203.0.113.0/24", "2001:db8::1/32"]'},
    "bare address": {"portcullis:allowedCidrs": '["203.0.113.7"]'},
    "netmask": {"portcullis:allowedCidrs": '["203.0.113.0/255.255.255.0"]'},
    "IPv6 in capitals": {"portcullis:allowedCidrs": '["2001:DB8::/32"]'},
    "leading zero": {"portcullis:allowedCidrs": '["203.0.113.010/32"]'},
    "scoped": {"portcullis:allowedCidrs": '["fe80::1%eth0/128"]'},
    "twice": {"portcullis:allowedCidrs": '["203.0.113.0/24", "203.0.113.0/24"]'},
    "rate below ten": {"portcullis:rateLimit": "9"},
    "rate above two thousand million": {"portcullis:rateLimit": "2000000001"},
    "rate as fraction": {"portcullis:rateLimit": "10.5"},
    "rate in other digits": {"portcullis:rateLimit": "\u0661\u0660\u0660"},
    "rate with sign": {"portcullis:rateLimit": "+100"},
    "rate without end": {"portcullis:rateLimit": "9" * 5000},
    "window": {"portcullis:rateWindowSeconds": "90"},
    "rule group": {"portcullis:managedRuleGroups": '["AWSManagedRulesCommonRules"]'},
    "rule group twice": {
        "portcullis:managedRuleGroups": json.dumps(["AWSManagedRulesSQLiRuleSet"] * 2)
    },
    "one rule group too many": {
        "portcullis:managedRuleGroups": json.dumps(
            [
                "AWSManagedRulesAmazonIpReputationList",
                "AWSManagedRulesCommonRuleSet",
                "AWSManagedRulesKnownBadInputsRuleSet",
                "AWSManagedRulesSQLiRuleSet",
                "AWSManagedRulesUnixRuleSet",
            ]
        )
    },
    "shield": {"portcullis:shield": "Advanced"},
    "shield without zone": {
        "portcullis:shield": "advanced",
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE,
    },
    "clients file": {"portcullis:clientsFile": " clients.yaml"},
    "audience with space": {"portcullis:audience": "pet store"},
    "audience empty": {"portcullis:audience": ""},
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
    "signer as list": {"portcullis:signingKey": '["a"]'},
    "registry": {"portcullis:registry": "DynamoDB"},
    "registry cache": {"portcullis:registryCacheSeconds": "301"},
    "registry cache negative": {"portcullis:registryCacheSeconds": "-1"},
    "grace of nothing": {"portcullis:crlGraceSeconds": "60"},
    "lists in no table": {"portcullis:crlTable": "true"},
    "lists in two places": {
        "portcullis:registry": "dynamodb",
        "portcullis:crlTable": "true",
        "portcullis:crlFile": "revoked.crl",
    },
    "lists perhaps": {"portcullis:registry": "dynamodb", "portcullis:crlTable": "perhaps"},
    "grace too long": {
        "portcullis:crlFile": "revoked.crl",
        "portcullis:crlGraceSeconds": "604801",
    },
    "clock skew": {"portcullis:certificateClockSkewSeconds": "301"},
    "plans as list": {"portcullis:ratePlans": '["gold"]'},
    "plans as text": {"portcullis:ratePlans": "gold"},
    "plan as number": {"portcullis:ratePlans": '{"gold": 1}'},
    "plan without burst": plans(ratePerSecond=1),
    "plan without rate": plans(burst=1),
    "plan of zero": plans(ratePerSecond=0, burst=1),
    "plan above the throttle": plans(ratePerSecond=10_001, burst=1),
    "plan with a text": plans(ratePerSecond="many", burst=1),
    "plan with a boolean": plans(ratePerSecond=1, burst=True),
    "plan with a fraction": plans(ratePerSecond=0.5, burst=1),
    "plan with an empty quota": plans(ratePerSecond=1, burst=1, quotaPerDay=0),
    "plan with a misspelt member": plans(ratePerSecond=1, burst=1, quota=5),
    "plan with a strange name": {
        "portcullis:ratePlans": '{"Gold\\n plan": {"ratePerSecond": 1, "burst": 1}}'
    },
    "too many plans": {
        "portcullis:ratePlans": json.dumps(
            {f"plan-{n}": {"ratePerSecond": 1, "burst": 1} for n in range(21)}
        )
    },
    "platform": {"portcullis:authorizerPlatform": "x86"},
    "laptop zip for AWS": {"portcullis:authorizerPlatform": "laptop"},
    "AWS zip for the laptop": {"portcullis:accountId": LAPTOP_ACCOUNT},
    "provisioned": {"portcullis:provisionedConcurrency": "-1"},
    "reserved below provisioned": {
        "portcullis:provisionedConcurrency": "5",
        "portcullis:reservedConcurrency": "4",
    },
    "timeout zero": {"portcullis:backendTimeoutSeconds": "0"},
    "timeout above AWS's limit": {"portcullis:backendTimeoutSeconds": "30"},
    "throttle rate": {"portcullis:throttleRate": "0"},
    "throttle burst": {"portcullis:throttleBurst": "5001"},
    "retention": {"portcullis:logRetentionDays": "31"},
    "log level": {"portcullis:executionLogLevel": "DEBUG"},
    "boolean in capitals": {"portcullis:xray": "True"},
    "boolean as number": {"portcullis:protect": "1"},
    "e-mail": {"portcullis:alarmEmails": '["oncall"]'},
    "e-mail with newline": {"portcullis:alarmEmails": '["a\\nb@example.com"]'},
    "alarms reach nobody": {"portcullis:alarmEmails": "[]"},
    "misspelt key": {"portcullis:rateLimt": "100"},
}
REFUSED_URLS = {
    "ftp": "ftp://petstore.example.com",
    "no scheme": "petstore.example.com",
    "capital scheme": "HTTPS://petstore.example.com",
    "one slash": "https:/petstore.example.com",
    "no host": "https:///pets",
    "port zero": "https://petstore.example.com:0",
    "port too large": "https://petstore.example.com:65536",
    "half an IPv6 address": "https://[2001:db8::1",
    "query": "https://petstore.example.com/?a=b",
    "fragment": "https://petstore.example.com/#a",
    "space": "https://petstore.example.com/a b",
    "newline": "https://petstore.example.com\n",
    "newline inside": "https://petstore.example.com/\nHost: x",
    "tab": "https://petstore\t.example.com",
    "backslash": "https://petstore.example.com\\@x",
    "path parameter": "https://petstore.example.com/{proxy}",
    "stage variable": "https://${stageVariables.host}/",
    "dots": "https://petstore.example.com/a/../b",
    "empty segment": "https://petstore.example.com/a//b",
    "empty": "",
}
REFUSED |= {f"backend: {why}": {"portcullis:backendUrl": url} for why, url in REFUSED_URLS.items()}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    config = {**GOOD, **change}
    with pytest.raises(SettingError) as caught:
        load(config)
    first = str(caught.value)
    assert "\n" not in first
    assert len(first) < 1200
    # Where two things are wrong, they come to light one after the other, and none comes back.
    second = error_of(config := mended(config, caught.value))
    if second:
        assert str(second) != first
        assert error_of(mended(config, second)) is None


def test_the_error_names_the_entry_and_what_was_meant():
    with pytest.raises(SettingError) as caught:
        load({**GOOD, "portcullis:allowedCidrs": '["198.51.100.0/24", "203.0.113.7/24"]'})
    assert str(caught.value).startswith(
        "portcullis:allowedCidrs[1] is '203.0.113.7/24': host bits are set, the network is "
        "203.0.113.0/24. Accepted: IPv4 and IPv6 networks in CIDR form"
    )
    assert str(caught.value).endswith(
        "Run: pulumi config set --path 'portcullis:allowedCidrs[1]' 203.0.113.0/24"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@petstore.example.com",
        "https://hunter2@petstore.example.com/x",
        "user:hunter2@petstore.example.com",
        "https://petstore.example.com/@hunter2/",
    ],
)
def test_a_password_in_the_backend_url_is_refused_and_not_repeated(url):
    with pytest.raises(SettingError) as caught:
        load({**GOOD, "portcullis:backendUrl": url})
    assert "credentials" in str(caught.value)
    if not url.endswith("hunter2/"):  # what follows the last @ is the host's
        assert "hunter2" not in str(caught.value)


def test_a_long_value_is_cut_in_the_error():
    with pytest.raises(SettingError) as caught:
        load({**GOOD, "portcullis:audience": "x" * 100_000})
    assert len(str(caught.value)) < 600


def test_more_networks_than_an_ip_set_holds_are_refused():
    # Every other /32: nothing here may be merged.
    base = int(ipaddress.IPv4Address("10.0.0.0"))
    cidrs = tuple(f"{ipaddress.IPv4Address(base + 2 * n)}/32" for n in range(MAX_CIDRS_PER_FAMILY))
    assert len(good(allowed_cidrs=cidrs).allowed_cidrs) == MAX_CIDRS_PER_FAMILY
    with pytest.raises(SettingError, match=r"allowedCidrs\[10000\].*holds 10,000 IPv4 networks"):
        good(allowed_cidrs=(*cidrs, "192.0.2.0/24"))
    # The other family has an IP set of its own.
    good(allowed_cidrs=(*cidrs, "2001:db8::/32"))


def test_a_misspelt_key_is_named_with_the_key_that_was_meant():
    with pytest.raises(SettingError, match=r"there is portcullis:rateLimit\. .*config rm"):
        load({**GOOD, "portcullis:rateLimt": "100"})


def test_keys_of_other_namespaces_are_left_alone():
    load({**GOOD, "aws:profile": "dev", "other:rateLimt": "1"})


def test_a_renamed_project_is_told_why_nothing_is_set():
    with pytest.raises(SettingError, match=r"^the project's name .* is 'my-gate'"):
        load(GOOD, project="my-gate")


@pytest.mark.parametrize("stack", ["Dev", "1dev", "dev_1", "d" * 21, "dev.eu"])
def test_a_stack_name_that_no_bucket_could_carry_is_refused(stack):
    with pytest.raises(SettingError, match=r"^stack name .* Run: pulumi stack rename dev$"):
        load(GOOD, stack=stack)


def test_a_certificate_of_ones_own_may_bring_proof_of_ownership():
    settings = load(
        {
            **_without(GOOD, "portcullis:hostedZoneId"),
            "portcullis:certificateArn": CERTIFICATE,
            "portcullis:ownershipVerificationCertificateArn": CERTIFICATE,
        }
    )
    assert settings.certificate_arn == CERTIFICATE


def test_every_check_holds_without_configuration_too():
    with pytest.raises(SettingError):
        good(rate_limit=9)
    with pytest.raises(SettingError):
        good(allowed_cidrs=("0.0.0.0/0",))


@given(st.text() | st.from_regex(r"[0-9a-fA-F:./%]{1,45}", fullmatch=True))
def test_an_accepted_cidr_is_one_that_aws_takes(text):
    try:
        good(allowed_cidrs=(text,))
    except SettingError:
        return
    network = ipaddress.ip_network(text)
    assert str(network) == text
    assert network.prefixlen > 0


@given(st.ip_addresses(), st.integers(1, 128))
def test_every_network_in_its_one_spelling_is_accepted(address, prefix):
    length = min(prefix, address.max_prefixlen)
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    if "%" not in str(network):
        good(allowed_cidrs=(str(network),))


@given(
    st.text()
    | st.builds("https://{}".format, st.text())
    | st.builds("http://{}:{}/{}".format, st.text(), st.integers(), st.text())
)
def test_an_accepted_backend_url_has_one_reading(url):
    try:
        good(backend_url=url)
    except SettingError:
        return
    assert url.isascii()
    assert not set(url) & set("@#?{}$\\ \t\r\n\"'<>")
    assert url.startswith(("http://", "https://"))


@given(st.text())
def test_whatever_a_setting_holds_the_answer_is_a_setting_error(text):
    for key in GOOD:
        try:
            load({**GOOD, key: text})
        except SettingError as error:
            assert str(error)  # noqa: PT017 - any other exception fails the test


PAGE = runpy.run_path(str(PROJECT / "docs" / "guide" / "settings_page.py"))


def test_pulumi_yaml_and_the_settings_agree():
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["config"] == PAGE["config_block"]()


def test_the_guide_is_what_the_settings_say():
    page = (PROJECT / "docs" / "guide" / "settings.md").read_text(encoding="utf-8")
    assert page == PAGE["page"](), "Run: .venv/bin/python docs/guide/settings_page.py"


def test_the_cost_of_shield_advanced_stands_where_it_is_chosen():
    (shield,) = (d.setting for d in declarations() if d.name == "shield")
    assert "3,000 USD a month" in shield.why
    assert "one year" in shield.why


def test_every_example_is_accepted():
    for declared in declarations():
        example = declared.setting.example
        text = json.dumps([example]) if declared.setting.many else example
        if declared.name != "stack":
            change = {declared.setting.name: text}
            if declared.name == "rate_plans":
                change = plans(ratePerSecond=int(example), burst=1)
            if declared.name == "crl_table":
                change["portcullis:registry"] = "dynamodb"
            if declared.name == "crl_grace_seconds":
                change["portcullis:crlFile"] = "revoked.crl"
            config = {**GOOD, **change}
            if declared.name in {"certificate_arn", "ownership_verification_certificate_arn"}:
                config = {**config, "portcullis:hostedZoneId": "", **change}
                config.setdefault("portcullis:certificateArn", CERTIFICATE)
            load(config)


@pytest.mark.parametrize("stack", STACKS)
def test_the_engine_finds_every_required_key_in_the_stack_file(stack):
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    given_keys = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    required = {
        f"portcullis:{key}"
        for key, declared in project["config"].items()
        if "default" not in declared
    }
    assert required <= set(given_keys["config"])
    assert "aws:region" in given_keys["config"]


def test_the_project_file_lets_the_engine_find_the_program():
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["name"] == "portcullis"
    assert project["runtime"]["options"]["virtualenv"] == ".venv"
    # The engine declares only its own project's keys; another namespace there is an error.
    assert not any(":" in key for key in project["config"])
    assert {d["type"] for d in project["config"].values()} <= {
        "string",
        "integer",
        "boolean",
        "array",
        "object",
    }
