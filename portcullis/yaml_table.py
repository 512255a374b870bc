"""Reads the table of a module from the YAML file beside it."""

from pathlib import Path
from typing import Any

import yaml

from portcullis.yaml_nodes import LOADER


def read_table(module_file: str) -> Any:
    """The document in the YAML file with the module's name: ``read_table(__file__)``."""
    text = Path(module_file).with_suffix(".yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - a subclass of the safe loader
