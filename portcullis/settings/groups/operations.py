"""Settings of logs, traces, alarms and protection."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.settings.checks import each, matches, one_of, optional
from portcullis.settings.setting import setting_field
from portcullis.settings.setting_group import SettingGroup
from portcullis.settings.tags import (
    MAX_KEY_CHARACTERS,
    MAX_TAGS,
    MAX_VALUE_CHARACTERS,
    RESERVED_PREFIX,
    known_tags,
)

MAX_ALARM_EMAILS = 20  # ours
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_E_MAIL = rf"[^@\s\x00-\x1f]{{1,64}}@(?=.{{1,253}}\Z)(?:{_LABEL}\.)+{_LABEL}"
# CloudWatch Logs API Reference, PutRetentionPolicy; the first three, 1, 3 and 5, are too short for
# logs-group-has-retention (a test compares them).
LOG_RETENTION_DAYS = (
    *(7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class ExecutionLogLevel(StrEnum):
    OFF = "OFF"
    ERROR = "ERROR"
    INFO = "INFO"


@dataclass(frozen=True, kw_only=True)
class OperationSettings(SettingGroup):
    log_retention_days: int = setting_field(
        accepts=f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}",
        why="How long every log group keeps its lines. They contain addresses and client names.",
        check=one_of(LOG_RETENTION_DAYS),
        default=30,
    )
    kms_key_arn: str = setting_field(
        accepts="the ARN of a symmetric KMS key in the stack's own region, or nothing for keys "
        "of AWS",
        why="Your own key for every log group, the registry's table, the alarm topic, the "
        "truststore's bucket and the authorizer's environment. Its key policy needs the "
        "statements in docs/guide/own-key.md first.",
        example="arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        check=optional(
            matches(r"arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]{1,64}")
        ),
        default="",
    )
    execution_log_level: ExecutionLogLevel = setting_field(
        accepts="OFF, ERROR or INFO",
        why="API Gateway's execution log; it also says why a certificate was refused. Bodies "
        "and headers are never logged.",
        default=ExecutionLogLevel.ERROR,
    )
    xray: bool = setting_field(
        accepts="true or false",
        why="Send X-Ray traces of the stage and the authorizer.",
        default=True,
    )
    manage_account_logging: bool = setting_field(
        accepts="true or false",
        why="API Gateway writes logs with one role per account and region. Set it in exactly "
        "one stack; the role is kept when that stack is destroyed.",
        default=True,
    )
    alarm_emails: tuple[str, ...] = setting_field(
        accepts=f"up to {MAX_ALARM_EMAILS} e-mail addresses, at least one where protect is true",
        why="The addresses that receive alarms. AWS asks each of them to confirm.",
        example="oncall@example.com",
        check=each(_E_MAIL, least=0, most=MAX_ALARM_EMAILS),
        default=(),
    )
    tags: Mapping[str, str] = setting_field(
        path=".team",
        accepts=f"a mapping with up to {MAX_TAGS} tags; keys of 1 to {MAX_KEY_CHARACTERS} and "
        f"values of up to {MAX_VALUE_CHARACTERS} letters, digits, spaces and _.:/=+-@; no key "
        f"begins with {RESERVED_PREFIX}",
        why="The tags of every resource that can have tags, for cost allocation and access "
        "control.",
        example="payments",
        check=known_tags,
        default={},
    )
    protect: bool = setting_field(
        accepts="true or false",
        why="The signing keys, the API, the truststore and the domain cannot be destroyed, "
        "and alarmEmails is required.",
        default=True,
    )

    def _check_together(self) -> None:
        super()._check_together()
        if self.protect and not self.alarm_emails:
            self._refuse("alarm_emails", "protect is true, so its alarms need at least one address")
