"""Starts the pack. ``PolicyPack`` serves until the process is stopped, so nothing else does this.

The engine runs this folder as a program, whatever the folder is called. The pack is loaded as the
package ``policies`` all the same, so that its modules can import each other.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
_SPEC = importlib.util.spec_from_file_location(
    "policies", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
)
if _SPEC is None or _SPEC.loader is None:
    raise ImportError(f"{HERE} holds no importable policy pack.")
sys.modules["policies"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules["policies"])

importlib.import_module("policies.pack").serve(HERE)
