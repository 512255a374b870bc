"""One group of settings can be read where those of another group are missing or wrong."""

from pathlib import Path

import pytest

from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.location import LocationSettings
from portcullis.settings.project import StackConfig
from portcullis.settings.setting import SettingError
from portcullis.settings.stack_settings import StackSettings


def config(**values):
    raw = {f"portcullis:{key}": value for key, value in values.items()}
    return StackConfig(project="portcullis", stack="dev", directory=Path(), raw_values=raw)


def test_a_group_reads_its_own_keys_and_no_other():
    settings = AuthorizerSettings.read(config(signingKeys='["b", "a"]', rateLimit="many"))
    assert settings.signing_keys == ("b", "a")
    assert settings.token_life_seconds == 300


def test_a_group_refuses_its_own_values():
    with pytest.raises(SettingError, match=r"^portcullis:registryCacheSeconds is 301"):
        ClientSettings.read(config(registryCacheSeconds="301"))
    with pytest.raises(SettingError, match=r"^portcullis:signingKey is 'c'"):
        AuthorizerSettings.read(config(signingKey="c"))


def test_a_required_key_is_asked_for_with_its_command():
    with pytest.raises(SettingError, match=r"^aws:region is not set: .* Run: pulumi config set"):
        LocationSettings.read(config(accountId="111122223333"))


def test_a_field_is_found_by_its_name():
    assert StackSettings.key("truststore_file") == "portcullis:truststoreFile"
    assert StackSettings.key("region") == "aws:region"


def test_the_groups_are_joined_in_the_order_of_the_guide():
    names = [setting.field for setting in StackSettings.settings()]
    assert (names[0], names[4], names[-1]) == ("stack", "domain", "protect")
    assert len(names) == len(set(names))
