"""Throttling of methods by token buckets: a steady rate and a burst.

Source: API Gateway Developer Guide, "Throttle requests to your REST APIs for better throughput".
"""

from collections.abc import Callable
from dataclasses import dataclass

from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.graph.resource import Graph

METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
EVERY_METHOD = "*/*"


class TokenBucket:
    """Starts full; ``take`` returns whether a token was left."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def take(self) -> bool:
        now = self._clock()
        if now > self._at:  # else the clock was set back
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSetting:
    """The settings of one method, or of all methods without settings of their own."""

    rate: float | None
    burst: float | None
    logging_level: str

    def bucket(self, clock: Callable[[], float]) -> TokenBucket | None:
        if self.rate is None or self.burst is None:
            return None
        return TokenBucket(self.rate, self.burst, clock)


def method_settings(graph: Graph, api_id: str, stage_name: str) -> dict[str, MethodSetting]:
    """By method path: ``*/*``, or like ``orders/{orderId}/GET``. Raises UnsupportedError."""
    settings: dict[str, MethodSetting] = {}
    for resource in graph.of_type(METHOD_SETTINGS):
        block = read_resource(resource)
        if (block.text("restApi"), block.text("stageName")) != (api_id, stage_name):
            continue
        inner = block.required_block("settings")
        path = block.required_text("methodPath").replace("~1", "/").strip("/")
        settings[path] = MethodSetting(
            rate=_limit(inner, "throttlingRateLimit"),
            burst=_limit(inner, "throttlingBurstLimit"),
            logging_level=inner.text("loggingLevel") or "OFF",
        )
    return settings


def setting_of(
    settings: dict[str, MethodSetting], resource_path: str, method: str
) -> MethodSetting | None:
    own = settings.get(f"{resource_path}/{method}".strip("/"))
    return own or settings.get(EVERY_METHOD)


def _limit(block: Block, name: str) -> float | None:
    """None if only the account's limit applies, which AWS writes as -1."""
    value = block.number(name)
    return None if value is None or value < 0 else value
