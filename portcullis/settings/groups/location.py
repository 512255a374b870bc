"""Settings that locate the stack: its name, region and account."""

import re
from dataclasses import dataclass
from typing import Annotated

from portcullis.settings.checks import matches
from portcullis.settings.regions import partitions_by_region, region_code
from portcullis.settings.setting import Setting
from portcullis.settings.setting_group import SettingGroup

ACCOUNT_DIGITS = 12


def _hyphenated(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "-", text.lower())


def _twelve_digits(text: str) -> str:
    """Without hyphens, and with the zero that a number in YAML loses."""
    digits = text.replace("-", "").replace(" ", "")
    return digits.zfill(ACCOUNT_DIGITS) if len(digits) == ACCOUNT_DIGITS - 1 else digits


@dataclass(frozen=True, kw_only=True)
class LocationSettings(SettingGroup):
    stack: Annotated[
        str,
        Setting(
            key="stack",
            accepts="1 to 20 lower-case letters, digits and hyphens, starting with a letter",
            why="It is part of every explicit name, also of a bucket, and of the stage.",
            example="dev",
            check=matches(r"[a-z][a-z0-9-]{0,19}", _hyphenated),
            qualified="stack name",
        ),
    ]
    region: Annotated[
        str,
        Setting(
            key="region",
            accepts="the code of an AWS region, in the partitions aws, aws-cn and aws-us-gov",
            why="ARNs are composed from it, so it must be known at preview.",
            example="eu-central-1",
            check=region_code,
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
            check=matches(r"[0-9]{12}", _twelve_digits),
        ),
    ]

    @property
    def partition(self) -> str:
        return partitions_by_region()[self.region]
