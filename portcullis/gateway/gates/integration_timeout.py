"""The timeout of an integration, and the time that it took.

Source: API Gateway Developer Guide, "Quotas for configuring and running a REST API".
"""

import time

from portcullis.gateway.gates.call import Call
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

MAX_TIMEOUT_SECONDS = 29.0  # a laptop has no quota increase
MIN_TIMEOUT_SECONDS = 0.05


def timeout_seconds(block: Block) -> float:
    """``timeoutInMillis`` of an integration. Raises UnsupportedError."""
    milliseconds = block.number("timeoutInMillis")
    seconds = MAX_TIMEOUT_SECONDS if milliseconds is None else milliseconds / 1000
    if not MIN_TIMEOUT_SECONDS <= seconds <= MAX_TIMEOUT_SECONDS:
        raise UnsupportedError(
            block.place, f"a timeout of {seconds:g} seconds is not possible, only 0.05 to 29"
        )
    return seconds


def note_latency(call: Call, started: float) -> None:
    """``started`` is a reading of ``time.perf_counter``."""
    latency = str(round((time.perf_counter() - started) * 1000))
    call.context["integration.latency"] = call.context["integrationLatency"] = latency
