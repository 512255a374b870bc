"""Starts the component package. The engine runs this folder as a program.

Like the policy pack it stands at the top of the project, or below the package of a wheel; its
modules are imported under the name that they have there.
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
below = HERE.parent if (HERE.parent / "__init__.py").exists() else None
# In place of this folder: `package` or `account` may be names of other modules.
sys.path[0] = str(below.parent if below else HERE.parent)
module = f"{below.name}.components.package" if below else "components.package"

importlib.import_module(module).serve()
