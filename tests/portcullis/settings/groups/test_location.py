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


@pytest.mark.parametrize("stack", ["Dev", "1dev", "dev_1", "d" * 21, "dev.eu"])
def test_a_stack_name_that_no_bucket_could_carry_is_refused(stack):
    with pytest.raises(SettingError, match=r"^stack name .* Run: pulumi stack rename dev$"):
        load(GOOD, stack=stack)
