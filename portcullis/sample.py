"""The sample: the contract and the backend of a project that names none of its own.

The folder beside this module that has a ``sample.json`` is the sample. No other code names it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a sample provides. ``contract`` is a path from the project's folder."""

    name: str  # the value of --backend that starts it
    title: str
    contract: str
    audience: str
    component_type: str  # of the REST API's component in earlier versions of the program
    module: str  # which `python -m` runs as the backend
    cases: Path  # the folder of its cases of the attack matrix

    def owns(self, contract: Path, *, project: Path) -> bool:
        """Whether a contract file is the sample's own, or a copy of it."""
        own = project / self.contract
        if contract.resolve() == own.resolve():
            return True
        try:
            return contract.read_bytes() == own.read_bytes()
        except OSError:
            return False


def _read() -> Sample:
    (file,) = Path(__file__).parent.glob("*/sample.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    return Sample(
        **document,
        module=f"{__package__}.{file.parent.name}",
        cases=file.with_name("cases"),
    )


SAMPLE: Final = _read()
