"""Logs, alarms and protection."""

import pytest

from tests.portcullis.settings.mending import require_mended

REFUSED = {
    "retention": {"portcullis:logRetentionDays": "31"},
    "log level": {"portcullis:executionLogLevel": "DEBUG"},
    "e-mail": {"portcullis:alarmEmails": '["oncall"]'},
    "e-mail with newline": {"portcullis:alarmEmails": '["a\\nb@example.com"]'},
    "alarms reach nobody": {"portcullis:alarmEmails": "[]"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)
