"""A copy of the examples, with what their READMEs tell to install."""

import shutil
from pathlib import Path

import pytest

from portcullis.pki.laptop import ensure

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder for PYTHONPATH with the package of the wheel, made as the wheel makes it."""
    folder = tmp_path_factory.mktemp("installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "distribution"))
        import wheel_backend  # noqa: PLC0415 - of the folder above

        wheel_backend.write_package(ROOT, folder)
    return folder


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """The examples beside the component package, as in a checkout."""
    checkout = tmp_path_factory.mktemp("checkout")
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", checkout / "examples", ignore=compiled)
    for name in ("components", ".venv"):
        (checkout / name).symlink_to(ROOT / name)
    ensure(checkout / "pki", hosts=["localhost"], clients={})
    for folder in (checkout / "examples").iterdir():
        if folder.is_dir():
            shutil.copy(checkout / "pki" / "truststore.pem", folder)
            (folder / ".portcullis").mkdir(exist_ok=True)
            # The wheels of the zip, which an earlier run may have fetched.
            (ROOT / ".portcullis" / "build").mkdir(parents=True, exist_ok=True)
            (folder / ".portcullis" / "build").symlink_to(ROOT / ".portcullis" / "build")
    return checkout / "examples"
