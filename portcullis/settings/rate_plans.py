"""Rate plans: how much each client of one tier may call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portcullis.settings.checks import between
from portcullis.settings.setting import (
    Problem,
    Setting,
    entry_path,
    parsed_mapping,
    refusal,
    shorten,
)

MAX_THROTTLE_RATE = 10_000  # API Gateway quotas, requests per second of one account and region
MAX_THROTTLE_BURST = 5_000  # API Gateway quotas, burst of one account and region
MAX_RATE_PLANS = 20  # ours; API Gateway quotas allow 300 usage plans per account and region
MAX_QUOTA_PER_DAY = 2_000_000_000  # API Gateway API Reference, QuotaSettings: a 32-bit integer
_PLAN_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
_PLAN_KEYS = {"ratePerSecond": True, "burst": True, "quotaPerDay": False}  # True: required


@dataclass(frozen=True, kw_only=True)
class RatePlan:
    """The limits of each client of one tier: an API Gateway usage plan, counted per client."""

    rate_per_second: int
    burst: int
    quota_per_day: int | None = None


def known_plans(plans: Mapping[str, RatePlan]) -> Problem | None:
    for name, plan in plans.items():
        if not _PLAN_NAME.fullmatch(name):
            return Problem(
                because=f"{shorten(name)} is not a plan name",
                path=entry_path(name),
                surplus=True,
            )
        for key, number, limit in (
            ("ratePerSecond", plan.rate_per_second, MAX_THROTTLE_RATE),
            ("burst", plan.burst, MAX_THROTTLE_BURST),
            ("quotaPerDay", plan.quota_per_day, MAX_QUOTA_PER_DAY),
        ):
            if number is not None and (problem := between(1, limit)(number)):
                nearest = "1" if number < 1 else str(limit)
                return replace(
                    problem, path=f".{name}.{key}", suggestion=nearest, shown=f"is {number}"
                )
    if len(plans) > MAX_RATE_PLANS:
        return Problem(
            because=f"there are more than {MAX_RATE_PLANS}", path=f".{max(plans)}", surplus=True
        )
    return None


def parse_rate_plans(setting: Setting, text: str) -> dict[str, RatePlan]:
    plans = parsed_mapping(setting, text, "names to plans")
    return {name: _parse_rate_plan(setting, name, plan) for name, plan in plans.items()}


def _parse_rate_plan(setting: Setting, name: str, plan: Any) -> RatePlan:
    if not isinstance(plan, dict):
        problem = Problem(
            because="it must be a mapping with ratePerSecond and burst",
            path=entry_path(name),
            surplus=True,
        )
        raise refusal(setting, plan, problem)
    if strange := sorted(plan.keys() - _PLAN_KEYS):
        problem = Problem(
            because="a plan has ratePerSecond, burst and quotaPerDay",
            path=f".{name}.{strange[0]}",
            surplus=True,
            shown="is set",
        )
        raise refusal(setting, plan, problem)
    numbers: dict[str, int | None] = {}
    for key, is_required in _PLAN_KEYS.items():
        written = plan.get(key)
        numbers[key] = _whole_number(written)
        if numbers[key] is None and (written is not None or is_required):
            problem = Problem(
                because="it is not a whole number" if key in plan else "the plan needs it",
                path=f".{name}.{key}",
                shown=f"is {shorten(written)}" if key in plan else "is not set",
            )
            raise refusal(setting, plan, problem)
    return RatePlan(
        rate_per_second=numbers["ratePerSecond"] or 0,
        burst=numbers["burst"] or 0,
        quota_per_day=numbers["quotaPerDay"],
    )


def _whole_number(written: object) -> int | None:
    """A number, or a string of digits: the engine keeps a quoted number as a string."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    is_digits = isinstance(written, str) and re.fullmatch(r"-?[0-9]{1,18}", written)
    return int(written) if isinstance(written, str) and is_digits else None
