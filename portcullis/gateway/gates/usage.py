"""Checks API keys against usage plans: known key, quota, throttle.

Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portcullis.gateway.exchange import Response
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.gates.throttle import TokenBucket
from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph

API_KEY = "aws:apigateway/apiKey:ApiKey"
USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan"
USAGE_PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
HEADER = "x-api-key"
PERIODS = {"DAY": "%Y-%j", "WEEK": "%G-%V", "MONTH": "%Y-%m"}  # in UTC


@dataclass(slots=True, kw_only=True)
class _Key:
    """One API key with the limits of its usage plan and its use so far."""

    id: str
    bucket: TokenBucket | None
    quota: int | None
    period: str
    used: dict[str, int] = field(default_factory=dict)

    def within_quota(self, now: float) -> bool:
        if self.quota is None:
            return True
        current = datetime.fromtimestamp(now, UTC).strftime(self.period)
        used = self.used.get(current, 0)
        self.used = {current: used + 1}
        return used < self.quota


class ApiKeys:
    """The API keys in the usage plans of one stage."""

    def __init__(self, keys: Mapping[str, _Key], clock: Callable[[], float]) -> None:
        self._keys = keys
        self._clock = clock

    def check(self, call: Call, value: str | None, responses: GatewayResponses) -> Response | None:
        key = self._keys.get(value) if value else None
        if key is None or value is None:
            return responses.answer(call, "INVALID_API_KEY")
        call.context["identity.apiKeyId"] = key.id
        call.context["identity.apiKey"] = value
        if not key.within_quota(self._clock()):
            return responses.answer(call, "QUOTA_EXCEEDED")
        if key.bucket is not None and not key.bucket.take():
            return responses.answer(call, "THROTTLED", reason="usage plan")
        return None


def api_keys(graph: Graph, api_id: str, stage_name: str, clock: Callable[[], float]) -> ApiKeys:
    """Raises UnsupportedError."""
    keys = {b.required_text("id"): b for b in map(read_resource, graph.of_type(API_KEY))}
    plans = {b.required_text("id"): b for b in map(read_resource, graph.of_type(USAGE_PLAN))}
    known: dict[str, _Key] = {}
    for resource in graph.of_type(USAGE_PLAN_KEY):
        link = read_resource(resource)
        key = keys.get(link.required_text("keyId"))
        plan = plans.get(link.required_text("usagePlanId"))
        if key is None or plan is None:
            raise UnsupportedError(link.place, "its key or usage plan is not in the graph")
        enabled = key.raw("enabled") in {None, True}
        if enabled and _serves(plan, api_id, stage_name):
            known[key.required_text("value")] = _key(key.required_text("id"), plan, clock)
    return ApiKeys(known, clock)


def _serves(plan: Block, api_id: str, stage_name: str) -> bool:
    return any(
        (stage.text("apiId"), stage.text("stage")) == (api_id, stage_name)
        for stage in plan.blocks("apiStages")
    )


def _key(key_id: str, plan: Block, clock: Callable[[], float]) -> _Key:
    throttle, quota = plan.block("throttleSettings"), plan.block("quotaSettings")
    bucket = None
    if throttle is not None:
        rate, burst = throttle.number("rateLimit"), throttle.number("burstLimit")
        bucket = TokenBucket(rate or 0.0, burst or 0.0, clock)
    if quota is None:
        return _Key(id=key_id, bucket=bucket, quota=None, period="")
    period = quota.required_text("period")
    if period not in PERIODS:
        raise UnsupportedError(quota.place, f"period must be DAY, WEEK or MONTH, not {period}")
    return _Key(
        id=key_id, bucket=bucket, quota=quota.required_integer("limit"), period=PERIODS[period]
    )
