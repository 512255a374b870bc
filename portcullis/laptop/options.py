"""The options of one laptop run."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from portcullis.laptop.backend_choice import BackendChoice

GATEWAY_PORT = 8443
DEFAULT_ENDPOINT_PORT = 8444
BACKEND_PORT = 8081


class EngineChoice(StrEnum):
    """Which way the program is deployed to the stand-in."""

    AUTO = "auto"  # the engine where a `pulumi` CLI is on PATH
    PULUMI = "pulumi"
    IN_PROCESS = "in-process"


def uses_engine(choice: EngineChoice) -> bool:
    """Whether the CLI deploys; an engine that was asked for may be missing."""
    is_wanted = choice is EngineChoice.AUTO and shutil.which("pulumi") is not None
    return is_wanted or choice is EngineChoice.PULUMI


DEFAULT_HANDLER = "lambda_function.lambda_handler"  # as Lambda's console names it


@dataclass(frozen=True, kw_only=True)
class LaptopOptions:
    """A port of None means its default, or a free one where that is taken; 0 means a free one."""

    project: Path
    stack: str = "local"
    engine: EngineChoice = EngineChoice.AUTO
    state_directory: Path | None = None  # .portcullis in the project
    port: int | None = None
    default_endpoint_port: int | None = None
    backend: BackendChoice | None = None  # the sample for its own contract
    backend_port: int | None = None
    backend_code: Path | None = None  # zip or folder of the function of backendFunctionArn
    backend_handler: str = DEFAULT_HANDLER
    config: Mapping[str, str] = field(default_factory=dict)  # settings that override the stack's
