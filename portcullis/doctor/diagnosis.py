"""The result of one check: its health, what was found, and how to fix it."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """FAIL: a deploy would be refused, or callers would. WARN: it works today."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    check: str
    health: Health
    found: str
    fix: str = ""


def ok(check: str, found: str) -> Diagnosis:
    return Diagnosis(check=check, health=Health.OK, found=found)


def warn(check: str, found: str, fix: str) -> Diagnosis:
    return Diagnosis(check=check, health=Health.WARN, found=found, fix=fix)


def fail(check: str, found: str, fix: str = "") -> Diagnosis:
    return Diagnosis(check=check, health=Health.FAIL, found=found, fix=fix)


def skipped(check: str, found: str, fix: str = "") -> Diagnosis:
    return Diagnosis(check=check, health=Health.SKIPPED, found=found, fix=fix)
