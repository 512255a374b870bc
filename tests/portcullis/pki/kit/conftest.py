"""One kit, unpacked once."""

import io
import zipfile
from types import SimpleNamespace

import pytest

from portcullis.pki.kit import archive
from portcullis.pki.kit.address import ApiAddress

PASSPHRASE = "correct horse"


@pytest.fixture(scope="session")
def kit(trusted, tmp_path_factory):
    """A kit for api.example.com, with its folder and what it was made of."""
    from tests.portcullis.pki.conftest import PET_SHOP  # noqa: PLC0415

    credential = trusted.issuing.issue_client("pet-shop", PET_SHOP)
    address = ApiAddress(host="api.example.com", path="/pets?limit=5&page=2")
    content = archive.make("pet-shop", credential, address, PASSPHRASE)
    folder = tmp_path_factory.mktemp("kit")
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        opened.extractall(folder)
    return SimpleNamespace(
        content=content,
        folder=folder / "pet-shop-kit",
        credential=credential,
        passphrase=PASSPHRASE,
    )
