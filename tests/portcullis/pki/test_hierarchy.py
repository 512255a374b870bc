"""An authority on disk: made whole, checked on load, never replaced in silence."""

import os
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from cryptography import x509

from portcullis.errors import ExitCode
from portcullis.pki import atomic, hierarchy, keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import (
    AuthorityBrokenError,
    AuthorityExistsError,
    AuthorityExpiredError,
    AuthorityIncompleteError,
    AuthorityMissingError,
    KeyExposedError,
    OutputExistsError,
    StorageError,
    TruststoreMismatchError,
)
from portcullis.pki.layout import PkiLayout, Purpose

FILES = ["intermediate.key", "intermediate.pem", "root.key", "root.pem"]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def made(layout):
    hierarchy.create_all(layout)
    return layout


def client_folder(layout):
    return layout.authority(Purpose.CLIENT).folder


def test_both_hierarchies_are_made_with_their_anchors(made):
    for purpose in Purpose:
        assert names_in(made.authority(purpose).folder) == FILES
        loaded = hierarchy.load(made, purpose)
        assert made.anchors(purpose).read_bytes() == loaded.anchors_pem(purpose)


def test_the_truststore_holds_intermediate_then_root_and_is_clean(made):
    pem = made.truststore.read_bytes()
    first, second = x509.load_pem_x509_certificates(pem)
    first.verify_directly_issued_by(second)
    assert truststore.lint(pem) == []


def test_only_the_server_root_is_what_clients_trust(made):
    loaded = hierarchy.load(made, Purpose.SERVER)
    assert made.server_ca.read_bytes() == to_pem(loaded.root.certificate)


def test_folders_and_keys_are_private_under_an_open_umask(layout):
    before = os.umask(0)
    try:
        hierarchy.create_all(layout)
    finally:
        os.umask(before)
    for path in layout.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        expected = 0o700 if path.is_dir() else 0o600 if path.suffix == ".key" else 0o644
        assert mode == expected, path
    assert stat.S_IMODE(layout.folder.parent.stat().st_mode) == 0o700


def test_an_authority_is_not_overwritten(made):
    before = made.truststore.read_bytes()
    with pytest.raises(AuthorityExistsError, match="certs init --force") as refused:
        hierarchy.create_all(made)
    assert refused.value.exit_code is ExitCode.MISUSE
    assert made.truststore.read_bytes() == before


def test_nothing_is_made_when_one_of_two_is_there(layout):
    hierarchy.create_all(layout, [Purpose.SERVER])
    with pytest.raises(AuthorityExistsError):
        hierarchy.create_all(layout)
    assert not client_folder(layout).exists()


@pytest.mark.parametrize("kept", FILES)
def test_even_what_is_left_of_an_authority_is_not_overwritten(made, kept):
    for name in set(FILES) - {kept}:
        (client_folder(made) / name).unlink()
    with pytest.raises(AuthorityExistsError):
        hierarchy.create_all(made, [Purpose.CLIENT])


def test_a_truststore_without_its_authority_is_not_overwritten(made):
    aside = atomic.move_aside(client_folder(made))
    with pytest.raises(OutputExistsError, match="It trusts an authority that is not in"):
        hierarchy.create_all(made, [Purpose.CLIENT])
    assert aside
    assert not client_folder(made).exists()


def test_force_moves_the_old_authority_and_truststore_aside_unharmed(made, now):
    old = {name: (client_folder(made) / name).read_bytes() for name in FILES}
    old_truststore = made.truststore.read_bytes()
    (creation,) = hierarchy.create_all(made, [Purpose.CLIENT], replace=True, now=now)
    truststore_aside, folder_aside = creation.moved_aside
    assert truststore_aside.read_bytes() == old_truststore
    assert {name: (folder_aside / name).read_bytes() for name in FILES} == old
    assert folder_aside.name == f"client-ca.replaced-{now:%Y%m%dT%H%M%SZ}"
    assert made.truststore.read_bytes() != old_truststore
    assert hierarchy.load(made, Purpose.CLIENT) != old


def test_a_missing_authority_names_the_command_that_makes_it(layout):
    with pytest.raises(AuthorityMissingError, match=r"--pki .*: portcullis certs init$") as refused:
        hierarchy.load(layout, Purpose.CLIENT)
    assert refused.value.exit_code is ExitCode.FAILED


@pytest.mark.parametrize("name", FILES)
def test_an_authority_without_one_of_its_files_says_which(made, name):
    (client_folder(made) / name).unlink()
    with pytest.raises(AuthorityIncompleteError, match=f"lacks {name}. Restore") as refused:
        hierarchy.load(made, Purpose.CLIENT)
    assert refused.value.missing == (name,)
    assert "portcullis certs init --force" in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_is_an_error_that_shows_nothing_of_it(made, name):
    path = client_folder(made) / name
    content = path.read_text()
    path.write_text(content[: len(content) // 2])
    with pytest.raises(AuthorityBrokenError, match=name) as refused:
        hierarchy.load(made, Purpose.CLIENT)
    assert content.splitlines()[1] not in str(refused.value)


def test_a_key_of_another_certificate_is_an_error(made):
    atomic.write_private(client_folder(made) / "root.key", keys.to_pem(keys.generate()))
    with pytest.raises(AuthorityBrokenError, match=r"does not belong to root\.pem"):
        hierarchy.load(made, Purpose.CLIENT)


def test_an_intermediate_of_another_root_is_an_error(made, trusted):
    folder = client_folder(made)
    atomic.write_public(folder / "root.pem", to_pem(trusted.root.certificate))
    atomic.write_private(folder / "root.key", trusted.root.key_pem)
    with pytest.raises(AuthorityBrokenError, match=r"intermediate.pem: not signed by the root"):
        hierarchy.load(made, Purpose.CLIENT)


def test_an_exposed_key_is_not_used(made):
    (client_folder(made) / "intermediate.key").chmod(0o644)
    with pytest.raises(KeyExposedError, match="mode 0644"):
        hierarchy.load(made, Purpose.CLIENT)


def test_an_expired_authority_is_not_used(made, now):
    with pytest.raises(AuthorityExpiredError, match=r"intermediate.pem ended"):
        hierarchy.load(made, Purpose.CLIENT, now + timedelta(days=1826))


def test_a_folder_that_cannot_be_read_is_an_error_for_people(made):
    path = client_folder(made) / "root.pem"
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(AuthorityIncompleteError):
        hierarchy.load(made, Purpose.CLIENT)
    made.truststore.unlink()
    made.truststore.mkdir()
    with pytest.raises(StorageError):
        hierarchy.write_missing_anchors(
            made, Purpose.CLIENT, hierarchy.Hierarchy.create(Purpose.CLIENT)
        )


def test_missing_anchors_are_built_again(made):
    before = made.truststore.read_bytes()
    made.truststore.unlink()
    hierarchy.write_missing_anchors(made, Purpose.CLIENT, hierarchy.load(made, Purpose.CLIENT))
    assert made.truststore.read_bytes() == before


def test_a_truststore_that_others_added_to_is_kept(made, trusted):
    loaded = hierarchy.load(made, Purpose.CLIENT)
    longer = truststore.bundle(
        [
            *x509.load_pem_x509_certificates(trusted.anchors_pem(Purpose.CLIENT)),
            *x509.load_pem_x509_certificates(loaded.anchors_pem(Purpose.CLIENT)),
        ]
    )
    made.truststore.write_bytes(longer)
    hierarchy.write_missing_anchors(made, Purpose.CLIENT, loaded)
    assert made.truststore.read_bytes() == longer


@pytest.mark.parametrize("content", [b"", b"no pem", "other"])
def test_a_truststore_of_another_authority_is_an_error_and_kept(made, trusted, content):
    content = trusted.anchors_pem(Purpose.CLIENT) if content == "other" else content
    made.truststore.write_bytes(content)
    with pytest.raises(TruststoreMismatchError, match="mv "):
        hierarchy.write_missing_anchors(made, Purpose.CLIENT, hierarchy.load(made, Purpose.CLIENT))
    assert made.truststore.read_bytes() == content


CREATE = """
import sys, pathlib
from portcullis.pki import atomic, hierarchy
from portcullis.pki.errors import AuthorityExistsError
from portcullis.pki.layout import PkiLayout
layout = PkiLayout(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with atomic.exclusive(layout.folder):
    try:
        hierarchy.create_all(layout)
        print("made")
    except AuthorityExistsError:
        print("there")
"""


def test_of_several_at_once_one_makes_the_authorities_and_the_others_are_told(layout):
    command = [sys.executable, "-c", CREATE, layout.folder]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = sorted(process.communicate(timeout=300)[0].strip() for process in processes)
    assert answers == ["made", "there", "there", "there"]
    for purpose in Purpose:
        hierarchy.load(layout, purpose)


@pytest.mark.parametrize("write", range(4))
def test_a_stop_at_any_write_leaves_no_half_authority(layout, monkeypatch, write):
    written = []
    real_private, real_public = atomic.write_private, atomic.write_public

    def stopping(real):
        def wrapped(path, content):
            if len(written) == write:
                raise KeyboardInterrupt
            written.append(path)
            real(path, content)

        return wrapped

    monkeypatch.setattr(atomic, "write_private", stopping(real_private))
    monkeypatch.setattr(atomic, "write_public", stopping(real_public))
    with pytest.raises(KeyboardInterrupt):
        hierarchy.create_all(layout, [Purpose.CLIENT])
    monkeypatch.undo()
    assert names_in(layout.folder) == []
    hierarchy.create_all(layout, [Purpose.CLIENT])
    hierarchy.load(layout, Purpose.CLIENT)


def test_the_default_folder_is_inside_the_project():
    assert str(PkiLayout().truststore) == ".portcullis/pki/truststore.pem"
