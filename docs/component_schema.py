"""Writes components/schema.json: the component package as other languages see it.

Run after a change of arguments or outputs: .venv/bin/python docs/component_schema.py
"""

import json
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from components.package import schema  # noqa: E402 - found by the line above

SCHEMA_FILE = PROJECT / "components" / "schema.json"
COMMAND = ".venv/bin/python docs/component_schema.py"


def text() -> str:
    """The whole file."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


def main() -> None:
    SCHEMA_FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
