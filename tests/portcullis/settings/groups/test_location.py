"""The stack's name, its region and its account."""

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load, require_mended

REFUSED = {
    "account too short": {"portcullis:accountId": "1111"},
    "account with a letter": {"portcullis:accountId": "11112222333a"},
    "account in other digits": {"portcullis:accountId": "\u0661" * 12},
    "region without number": {"aws:region": "eu-central"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


@pytest.mark.parametrize(
    ("stack", "suggestion"),
    [
        ("Dev", "dev"),
        ("1dev", "dev"),
        ("dev_1", "dev-1"),
        ("d" * 21, "dev"),
        ("dev.eu", "dev-eu"),
    ],
)
def test_a_stack_name_that_no_bucket_could_carry_is_refused(stack, suggestion):
    command = f"Run: pulumi stack rename {suggestion}"
    with pytest.raises(SettingError, match=f"^stack name .* {command}$"):
        load(GOOD, stack=stack)


@pytest.mark.parametrize(
    "region", ["eu-central-9", "xx-west-1", "us-iso-east-1", "eu-central", "aws-global", "EU"]
)
def test_a_region_that_aws_does_not_have_is_refused(region):
    require_mended({"aws:region": region})


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_a_region_has_a_partition(region, partition):
    assert load({**GOOD, "aws:region": region}).partition == partition


@pytest.mark.parametrize(
    ("key", "value", "suggestion"),
    [
        ("aws:region", "EU-Central-1", "eu-central-1"),
        ("portcullis:accountId", "1111-2222-3333", "111122223333"),
        # YAML reads 012345678901 as a number, and drops its zero.
        ("portcullis:accountId", "12345678901", "012345678901"),
    ],
)
def test_a_suggestion_keeps_the_meaning(key, value, suggestion):
    with pytest.raises(SettingError, match=f"Run: pulumi config set {key} {suggestion}$"):
        load({**GOOD, key: value})
