"""A client's files belong together, and each is as private as it must be."""

import stat

import pytest

from portcullis.pki import client_files, keys, pfx
from portcullis.pki.layout import ClientFiles

PASSPHRASE = "a-chosen-passphrase"


@pytest.fixture
def credential(trusted, pet_shop):
    return trusted.issuing.issue_client("pet-shop", pet_shop)


def test_certificate_key_and_pfx_belong_together(credential, tmp_path):
    files = ClientFiles.below(tmp_path / "out", "pet-shop")
    client_files.write(files, credential, "pet-shop", PASSPHRASE)
    assert files.certificate.read_bytes() == credential.certificate_pem
    assert keys.from_pem(files.key.read_bytes()).public_key() == credential.key.public_key()
    assert pfx.certificates(files.pfx.read_bytes(), PASSPHRASE)[0] == credential.certificate
    assert not files.marker.exists()


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_passphrase_is_written_only_where_it_is_asked_for(credential, tmp_path, is_kept):
    files = ClientFiles.below(tmp_path / "out", "pet-shop")
    client_files.write(files, credential, "pet-shop", PASSPHRASE, keep_passphrase=is_kept)
    assert files.pfx_passphrase.exists() == is_kept
    if is_kept:
        assert files.pfx_passphrase.read_text() == PASSPHRASE + "\n"
        assert stat.S_IMODE(files.pfx_passphrase.stat().st_mode) == 0o600
