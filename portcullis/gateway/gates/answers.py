"""The responses that API Gateway generates itself, from answers.yaml beside this module."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from portcullis.gateway.exchange import Layer

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardAnswer:
    """One response that API Gateway generates; without ``type`` a program cannot customise it."""

    layer: Layer
    when: str
    status: int
    error_type: str
    message: str | None
    type: str | None = None
    template: str = '{"message":$context.error.messageString}'


def _read() -> dict[str, StandardAnswer]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    written = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a subclass of the safe loader
    return {
        name: StandardAnswer(**{**answer, "layer": Layer(answer["layer"])})
        for name, answer in written.items()
    }


ANSWERS: Mapping[str, StandardAnswer] = _read()
