"""Locates the policy pack of a project: its own `policies/`, or the pack of this installation."""

from pathlib import Path
from typing import Final

OF_A_PROJECT: Final = "policies"
PACK_FILE: Final = "PulumiPolicy.yaml"
INSTALLED: Final = Path(__file__).parents[2] / "policies"


def pack_of(project: Path) -> Path:
    """The pack that judges the project in this folder.

    A project with a `policies/` folder that is not a pack, or without one, has no waivers.
    """
    own = project / OF_A_PROJECT
    return own if (own / PACK_FILE).is_file() else INSTALLED
