"""The authorizer's wheels, fetched once into the build folder of the checkout, as `up` does."""

import shutil
from pathlib import Path

from components.authorizer_zip.build import SOURCE, Platform
from components.authorizer_zip.wheels import fetch

BUILD = Path(__file__).parents[1] / ".portcullis" / "build"


def copy_wheels(folder: Path, platform: Platform = Platform.LAPTOP) -> Path:
    """Put the wheels into a build folder, which then needs no network."""
    fetched = fetch(SOURCE / "requirements.txt", platform, BUILD)[0].parent
    shutil.copytree(fetched, folder / fetched.name)
    return folder
