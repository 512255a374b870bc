"""Settings of the backend and of the stage's throttle."""

from dataclasses import dataclass
from typing import Annotated

from portcullis.settings.backend_url import backend_address
from portcullis.settings.checks import between
from portcullis.settings.rate_plans import MAX_THROTTLE_BURST, MAX_THROTTLE_RATE
from portcullis.settings.setting import Setting
from portcullis.settings.setting_group import SettingGroup

MAX_BACKEND_TIMEOUT_SECONDS = 29  # API Gateway quotas, integration timeout of a regional API


@dataclass(frozen=True, kw_only=True)
class BackendSettings(SettingGroup):
    backend_url: Annotated[
        str,
        Setting(
            key="backendUrl",
            accepts="an http or https address, optionally with a path, without credentials, query "
            "or fragment",
            why="The backend that accepted calls are forwarded to. Plain http is for a laptop and "
            "AWS's own sample: others on the network path could read the token.",
            example="https://orders.example.com",
            check=backend_address,
        ),
    ]
    backend_timeout_seconds: Annotated[
        int,
        Setting(
            key="backendTimeoutSeconds",
            accepts=f"a whole number from 1 to {MAX_BACKEND_TIMEOUT_SECONDS}",
            why="How long a call waits for the backend before it is answered with 504.",
            example=str(MAX_BACKEND_TIMEOUT_SECONDS),
            check=between(1, MAX_BACKEND_TIMEOUT_SECONDS),
        ),
    ] = MAX_BACKEND_TIMEOUT_SECONDS
    throttle_rate: Annotated[
        int,
        Setting(
            key="throttleRate",
            accepts=f"a whole number from 1 to {MAX_THROTTLE_RATE:,}",
            why="Calls per second of all clients together. It protects the backend.",
            example="100",
            check=between(1, MAX_THROTTLE_RATE),
        ),
    ] = 100
    throttle_burst: Annotated[
        int,
        Setting(
            key="throttleBurst",
            accepts=f"a whole number from 1 to {MAX_THROTTLE_BURST:,}",
            why="How far a short peak may exceed throttleRate.",
            example="200",
            check=between(1, MAX_THROTTLE_BURST),
        ),
    ] = 200
