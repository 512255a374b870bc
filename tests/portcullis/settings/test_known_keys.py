"""A key that nothing reads is refused, with the key that was probably meant."""

import pytest

from portcullis.settings.known_keys import provider_keys
from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load, mended, require_mended


def test_a_misspelt_key_is_mended_by_the_command_in_its_error():
    require_mended({"portcullis:rateLimt": "100"})


def test_a_misspelt_key_is_named_with_the_key_that_was_meant():
    with pytest.raises(SettingError, match=r"did you mean portcullis:rateLimit\?\)\. .*config rm"):
        load({**GOOD, "portcullis:rateLimt": "100"})


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("portculis:rateLimit", "portcullis:rateLimit"),
        ("portcullis:ratelimit", "portcullis:rateLimit"),
        ("aws:regoin", "aws:region"),
        ("aws:defaultTag", "aws:defaultTags"),
        ("pulumi:tag", "pulumi:tags"),
        ("aw:region", "aws:region"),
    ],
)
def test_a_key_that_nothing_reads_is_refused_with_the_one_that_was_meant(key, meant):
    with pytest.raises(SettingError, match=f"^{key} is set: .*did you mean {meant}") as caught:
        load({**GOOD, key: "1"})
    load(mended({**GOOD, key: "1"}, caught.value))


def test_a_key_of_the_program_s_own_project_is_accepted():
    load({**GOOD, "shop:greeting": "hello"}, project="shop")


def test_a_setting_under_the_project_s_own_name_is_refused_with_the_one_that_was_meant():
    config = {**GOOD, "shop:rateLimit": "500"}
    with pytest.raises(
        SettingError, match=r"^shop:rateLimit .*did you mean portcullis:rateLimit\?"
    ):
        load(config, project="shop")


def test_a_key_of_another_provider_is_refused():
    with pytest.raises(SettingError, match=r"^gcp:project is set: the setting does not exist\."):
        load({**GOOD, "gcp:project": "1"})


def test_a_key_like_none_is_answered_with_every_setting():
    with pytest.raises(
        SettingError, match=r"Accepted: a setting of the stack \(accountId, .*xray\)"
    ):
        load({**GOOD, "gcp:project": "1"})


def test_keys_of_the_provider_and_of_the_engine_are_accepted():
    tags = '{"tags": {"stack": "dev"}}'
    load({**GOOD, "aws:profile": "dev", "aws:defaultTags": tags, "pulumi:tags": "{}"})


def test_the_provider_has_the_keys_that_its_documentation_names():
    assert {"aws:region", "aws:profile", "aws:assumeRoles", "aws:skipMetadataApiCheck"} < (
        provider_keys()
    )
