"""Draws gates.svg beside it from the resource graph of the program: the picture of README.md.

Run after a change of the gates or routes: .venv/bin/python docs/gates_picture.py
tests/test_gates_picture.py compares the picture with the graph.
"""

import sys
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1]
PICTURE: Final = PROJECT / "docs" / "gates.svg"
STACK: Final = "local"
SETTINGS: Final = {
    "domain": "api.example.com",
    "backendUrl": "https://petstore.example.com",
    "truststoreFile": "truststore.example.pem",
}


def draw() -> str:
    """The picture of the graph as it is now."""
    from portcullis.graph.in_process import record  # noqa: PLC0415 - needs the project's folder
    from portcullis.picture.stack_picture import read_picture  # noqa: PLC0415
    from portcullis.picture.svg import svg  # noqa: PLC0415

    return svg(read_picture(record(PROJECT, STACK, preview=True, config=SETTINGS)))


def main() -> None:
    sys.path.insert(0, str(PROJECT))
    PICTURE.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
