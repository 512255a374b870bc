"""Writes a project's own pack: the installed rules with a configuration and waivers."""

import os
import sys
from pathlib import Path
from typing import Final

from portcullis.analyzer.pack_folder import PACK_FILE
from portcullis.errors import MisuseError
from portcullis.package import NAME

CHECKOUT: Final = Path(__file__).parents[2]
IS_INSTALLED: Final = "." in NAME  # the wheel has everything below one package
RULES_PACKAGE: Final = f"{NAME.removesuffix('portcullis')}policies"

PACK = """\
# The policy pack of portcullis-gates with the configuration and the waivers of this folder.
name: portcullis
runtime:
  name: python
"""
VIRTUALENV = """\
  options:
    virtualenv: {path}
"""
MAIN = '''\
"""Serves the rules of portcullis-gates with the configuration and the waivers of this folder."""

{path}from pathlib import Path

from {package}.pack import serve

serve(Path(__file__).resolve().parent)
'''
CHECKOUT_ON_PATH = """\
import sys

sys.path.insert(0, {checkout!r})  # without the wheel

"""
CONFIGURATION = """\
# What is trusted outside a stack, and which APIs are judged. Each entry has a reason and an owner.
# trusted:
#   webAcls:
#     - name: arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1
#       reason: The security team manages one web ACL for all APIs.
#       owner: security-team
# scope:
#   narrow:
#     - api: status
#       reason: The status page is public.
#       owner: platform-team
"""
WAIVERS = """\
# Accepted violations. Each needs a rule, the resource's URN, a reason, an owner and an expiry date:
#   - rule: apigateway-backend-uses-https
#     resource: urn:pulumi:dev::PROJECT::…::api
#     reason: The backend has no certificate until the move.
#     owner: platform-team
#     expires: 2027-03-31
#     routes: [GET /health]
waivers: []
"""


def write_pack(folder: Path) -> list[Path]:
    """Write the files of a pack into a folder.

    Raises:
        MisuseError: one of them is there already, or the folder cannot be written.
    """
    files = {
        folder / PACK_FILE: PACK + _virtualenv(folder),
        folder / "__main__.py": _main(),
        folder / "configuration.yaml": CONFIGURATION,
        folder / "waivers.yaml": WAIVERS,
    }
    there = [file for file in files if file.exists()]
    if there:
        raise MisuseError(
            f"{there[0]} exists already, and nothing was written. To make a pack elsewhere, run: "
            "portcullis policies init --policy-pack DIR"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise MisuseError(f"{folder} cannot be written: {error.strerror}.") from error
    return list(files)


def _main() -> str:
    path = "" if IS_INSTALLED else CHECKOUT_ON_PATH.format(checkout=str(CHECKOUT))
    return MAIN.format(path=path, package=RULES_PACKAGE)


def _virtualenv(folder: Path) -> str:
    """The virtual environment that runs this command, as the engine finds it from the folder."""
    if sys.prefix == sys.base_prefix:
        return ""
    return VIRTUALENV.format(path=os.path.relpath(sys.prefix, folder.resolve()))
