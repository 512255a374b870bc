"""Logs, alarms and protection."""

import pytest

from tests.portcullis.settings.mending import require_mended

REFUSED = {
    "retention": {"portcullis:logRetentionDays": "31"},
    "log level": {"portcullis:executionLogLevel": "DEBUG"},
    "key by alias": {
        "portcullis:kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:alias/stack-key"
    },
    "key by id": {"portcullis:kmsKeyArn": "11111111-2222-3333-4444-555555555555"},
    "e-mail": {"portcullis:alarmEmails": '["oncall"]'},
    "e-mail with newline": {"portcullis:alarmEmails": '["a\\nb@example.com"]'},
    "alarms reach nobody": {"portcullis:alarmEmails": "[]"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)
