"""The settings of a stack that limit how the matrix may call it, and what it can try."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StackLimits:
    """The lowest rates and quotas of the stage and of every rate plan."""

    rate_limit: int  # calls of one address within rate_window_seconds
    rate_window_seconds: int
    throttle_rate: float  # calls per second
    throttle_burst: int
    quota_per_day: int | None = None
    authorizer_cache_seconds: int = 0
    managed_rule_groups: tuple[str, ...] | None = None  # None: not known
