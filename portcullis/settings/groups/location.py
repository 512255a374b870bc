"""Settings that locate the stack: its name, region and account."""

import re
from dataclasses import dataclass

from portcullis.settings.checks import matches
from portcullis.settings.name_prefix import MAX_LENGTH, PATTERN, prefix_of
from portcullis.settings.regions import partitions_by_region, region_code
from portcullis.settings.setting import setting_field
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
    stack: str = setting_field(
        accepts="1 to 20 lower-case letters, digits and hyphens, starting with a letter",
        why="It is part of every explicit name, also of a bucket, and of the stage.",
        example="dev",
        check=matches(r"[a-z][a-z0-9-]{0,19}", _hyphenated),
        qualified="stack name",
    )
    region: str = setting_field(
        accepts="the code of an AWS region, in the partitions aws, aws-cn and aws-us-gov",
        why="ARNs are composed from it, so it must be known at preview.",
        example="eu-central-1",
        check=region_code,
        qualified="aws:region",
    )
    account_id: str = setting_field(
        accepts="12 digits, in quotes",
        why="ARNs are composed from it, so it must be known at preview; a run with another "
        "account's credentials is refused.",
        example="111122223333",
        check=matches(r"[0-9]{12}", _twelve_digits),
    )

    name_prefix: str = setting_field(
        accepts=f"1 to {MAX_LENGTH} lower-case letters, digits and hyphens, starting with a "
        "letter, ending with a letter or digit",
        why="Every explicit name in AWS begins with it and the stack's name. In a project of "
        "another name the default is made from that name. A new value replaces every resource "
        "that has an explicit name.",
        example="orders",
        check=matches(PATTERN, prefix_of),
        from_project=prefix_of,
        default="portcullis",
    )

    @property
    def name(self) -> str:
        """What every explicit name of the stack begins with."""
        return f"{self.name_prefix}-{self.stack}"

    @property
    def partition(self) -> str:
        return partitions_by_region()[self.region]
