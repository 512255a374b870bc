"""What partners get: recorded, whole, and never over files that are there."""

import os
import stat

import pytest
from cryptography import x509

from portcullis.pki import handout, keys, pfx
from portcullis.pki.errors import AuthorityMissingError, IdentityError, OutputExistsError
from portcullis.pki.handout import PfxOptions
from portcullis.pki.layout import ClientFiles


def test_a_partner_gets_certificate_key_and_pfx_that_belong_together(hand_out):
    given = hand_out()
    certificate = x509.load_pem_x509_certificate(given.certificate_file.read_bytes())
    assert certificate == given.certificate
    assert keys.belongs(keys.from_pem(given.key.read_bytes()), certificate.public_key())
    assert pfx.certificates(given.pfx.read_bytes(), given.generated_passphrase)[0] == certificate


def test_secrets_are_private_under_an_open_umask(hand_out, tmp_path):
    before = os.umask(0)
    try:
        given = hand_out(options=PfxOptions(keep_generated=True))
    finally:
        os.umask(before)
    for path in (given.key, given.pfx, given.passphrase_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_a_chosen_passphrase_is_neither_shown_nor_kept(hand_out):
    given = hand_out(options=PfxOptions(passphrase="correct horse", keep_generated=True))
    assert given.generated_passphrase is None
    assert given.passphrase_file is None
    assert pfx.certificates(given.pfx.read_bytes(), "correct horse")
    assert len(list(given.pfx.parent.iterdir())) == 3


def test_a_kept_passphrase_is_not_shown(hand_out):
    given = hand_out(options=PfxOptions(keep_generated=True))
    assert given.generated_passphrase is None
    assert pfx.certificates(given.pfx.read_bytes(), given.passphrase_file.read_text().strip())


def test_no_text_form_holds_a_passphrase(hand_out):
    given = hand_out()
    assert given.generated_passphrase not in repr(given)
    assert "correct horse" not in repr(PfxOptions(passphrase="correct horse"))


@pytest.mark.parametrize("suffix", ["pem", "key", "pfx"])
def test_files_that_are_there_are_not_overwritten(hand_out, tmp_path, issued, suffix):
    path = tmp_path / "out" / f"pet-shop.{suffix}"
    path.parent.mkdir()
    path.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="certs renew pet-shop --out"):
        hand_out()
    assert path.read_bytes() == b"precious"
    assert issued() == []


def test_files_that_are_replaced_are_moved_aside_first(hand_out):
    first = hand_out(options=PfxOptions(keep_generated=True))
    contents = [path.read_bytes() for path in (first.certificate_file, first.key, first.pfx)] + [
        first.passphrase_file.read_bytes()
    ]
    second = hand_out(replace=True)
    assert [path.read_bytes() for path in second.moved_aside] == contents
    assert {path.suffix for path in second.moved_aside} == {".pem", ".key", ".pfx", ".passphrase"}
    assert not ClientFiles.below(second.pfx.parent, "pet-shop").pfx_passphrase.exists()


def test_the_folder_of_the_laptop_is_not_for_handing_out(layout, files, request_for):
    with pytest.raises(OutputExistsError, match="Choose another --out"):
        handout.hand_out(layout, request_for(), layout.clients, options=PfxOptions())


def test_nothing_is_issued_without_an_authority(layout, request_for, tmp_path):
    with pytest.raises(AuthorityMissingError):
        handout.hand_out(layout, request_for(), tmp_path / "out", options=PfxOptions())
    assert not (tmp_path / "out").exists()


def test_a_client_id_cannot_leave_the_folder(layout, files, request_for, tmp_path):
    with pytest.raises(IdentityError):
        handout.hand_out(layout, request_for("../escaped"), tmp_path / "out", options=PfxOptions())
    assert not list(tmp_path.glob("escaped*"))
