"""What an error says about a setting: the entry, the value, what is accepted, the command."""

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load


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


def test_a_long_value_is_cut_in_the_error():
    with pytest.raises(SettingError) as caught:
        load({**GOOD, "portcullis:audience": "x" * 100_000})
    assert len(str(caught.value)) < 600
