"""The responses that API Gateway generates itself, from answers.yaml beside this module."""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Layer
from portcullis.yaml_table import read_table


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


ANSWERS: Mapping[str, StandardAnswer] = {
    name: StandardAnswer(**{**answer, "layer": Layer(answer["layer"])})
    for name, answer in read_table(__file__).items()
}
