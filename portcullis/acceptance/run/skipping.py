"""Why a case cannot be tried: the target lacks something, or a setting rules it out."""

from typing import Final

from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.caller import REGISTERED, CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import (
    CAPTURED,
    SIGNED_FOR_THE_CASE,
    BackendToken,
    Destination,
    Source,
)
from portcullis.acceptance.target.addresses import SourceAddresses
from portcullis.acceptance.target.clients import missing_client
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.target.target import Target

MAX_FLOOD_CALLS: Final = 10_000  # a laptop handles so many well within the shortest window
MIN_QUOTA: Final = 500  # more calls than a run of the sample's cases makes
CALLS_PER_CASE: Final = 3
NO_ALLOWED_ADDRESS: Final = "needs a loopback address in allowedCidrs to call from: 127.0.0.0/24"
NO_FLOOD_ADDRESS: Final = "needs a second loopback address in allowedCidrs, for the limit to block"
HIGH_RATE_LIMIT: Final = f"needs a rateLimit of {MAX_FLOOD_CALLS:,} calls or less"
LOW_QUOTA: Final = "needs a quotaPerDay of {} calls or more in every rate plan"

_BEFORE_THE_WEB_ACL = frozenset({Gate.TLS, Gate.HTTP, Gate.TRUSTSTORE, Gate.CUSTOM_DOMAIN})
_BEHIND_THE_AUTHORIZER = frozenset({Gate.VALIDATION, Gate.INTEGRATION, Gate.BACKEND})


def calls_of_a_run(cases: int) -> int:
    """More calls than a run of so many cases makes."""
    return max(MIN_QUOTA, cases * CALLS_PER_CASE)


def reason_to_skip(case: Case, target: Target, calls: int = MIN_QUOTA) -> str | None:
    """The first reason for skipping this case; None if it can be tried.

    ``calls`` are those of the run, which count to a quota.
    """
    if case.left_out:
        return case.left_out
    need = next((need for need in case.needs if target.lacks(need)), None)
    if need is not None:
        return need
    if missing := _missing_client(case, target):
        return missing
    reason = _reason_of_addresses(case, target.sources) if target.sources else None
    if reason is None and target.limits is not None:
        reason = _reason_of_limits(case, target.limits, calls)
    return reason


def _missing_client(case: Case, target: Target) -> str | None:
    """The first client of the registry that the case needs and the target lacks."""
    wanted = {case.caller} & REGISTERED
    if case.action is CaseAction.INTERLEAVED:
        wanted.add(CaseCaller.OTHER_CLIENT)
    if case.request.token is BackendToken.OF_CLIENT_WITHOUT_SCOPE:
        wanted.add(CaseCaller.WITHOUT_SCOPE)
    elif case.request.token in CAPTURED | SIGNED_FOR_THE_CASE:
        wanted.add(CaseCaller.CLIENT)
    scope = case.request.scope
    missing = (one for one in CaseCaller if one in wanted and target.client(one, scope) is None)
    return next((missing_client(one, scope) for one in missing), None)


def _reason_of_addresses(case: Case, sources: SourceAddresses) -> str | None:
    if _needs_allowed_address(case) and not sources.allowed:
        return NO_ALLOWED_ADDRESS
    if case.action is CaseAction.FLOOD and not sources.flood:
        return NO_FLOOD_ADDRESS
    return None


def _reason_of_limits(case: Case, limits: StackLimits, calls: int) -> str | None:
    if case.action is CaseAction.FLOOD and limits.rate_limit > MAX_FLOOD_CALLS:
        return HIGH_RATE_LIMIT
    groups = limits.managed_rule_groups
    if case.rule_group and groups is not None and case.rule_group not in groups:
        return f"needs {case.rule_group} in managedRuleGroups"
    quota = limits.quota_per_day
    if quota is not None and quota < calls and _uses_quota(case):
        return LOW_QUOTA.format(calls)
    return None


def _needs_allowed_address(case: Case) -> bool:
    """Whether the right answer of a case comes from behind the allow-list."""
    request = case.request
    if request.source is Source.BLOCKED or request.destination is Destination.DEFAULT_ENDPOINT:
        return False
    if request.destination is Destination.BACKEND:
        return request.token in CAPTURED
    return case.expect.gate not in _BEFORE_THE_WEB_ACL


def _uses_quota(case: Case) -> bool:
    """Whether API Gateway counts a call of this case to the client's quota."""
    if case.request.destination is not Destination.GATEWAY:
        return case.request.token in CAPTURED
    return case.expect.gate in _BEHIND_THE_AUTHORIZER or bool(case.breaks)
