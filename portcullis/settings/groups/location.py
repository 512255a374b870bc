"""Settings that locate the stack: its name, region and account."""

from dataclasses import dataclass
from typing import Annotated

from portcullis.settings.checks import matches
from portcullis.settings.setting import Setting
from portcullis.settings.setting_group import SettingGroup


@dataclass(frozen=True, kw_only=True)
class LocationSettings(SettingGroup):
    stack: Annotated[
        str,
        Setting(
            key="stack",
            accepts="1 to 20 lower-case letters, digits and hyphens, starting with a letter",
            why="It is part of every explicit name, also of a bucket, and of the stage.",
            example="dev",
            check=matches(r"[a-z][a-z0-9-]{0,19}"),
            qualified="stack name",
        ),
    ]
    region: Annotated[
        str,
        Setting(
            key="region",
            accepts="an AWS region code",
            why="ARNs are composed from it, so it must be known at preview.",
            example="eu-central-1",
            check=matches(r"[a-z]{2}(-[a-z]+)+-[0-9]"),
            qualified="aws:region",
        ),
    ]
    account_id: Annotated[
        str,
        Setting(
            key="accountId",
            accepts="12 digits, in quotes",
            why="ARNs are composed from it, so it must be known at preview; a run with another "
            "account's credentials is refused.",
            example="111122223333",
            check=matches(r"[0-9]{12}"),
        ),
    ]
