"""One call makes all that the local stack needs, and later calls change only what must change."""

import os
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from cryptography import x509

from portcullis.pki import atomic, hierarchy, laptop, names, pfx, truststore, validity
from portcullis.pki.authority import CLIENT_LIFETIME, INTERMEDIATE_LIFETIME, SERVER_LIFETIME
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import (
    AuthorityExpiredError,
    AuthorityIncompleteError,
    IdentityError,
    KeyExposedError,
    OutputExistsError,
    PkiMisuseError,
    StorageError,
    TruststoreMismatchError,
)
from portcullis.pki.layout import PkiLayout, Purpose

HOSTS = ["localhost", "127.0.0.1", "::1"]
CLIENTS = {client: names.default_san_uri(client) for client in ("pet-shop", "stranger")}


@pytest.fixture
def ensure(layout):
    def call(**changes):
        return laptop.ensure(layout.folder, **({"hosts": HOSTS, "clients": CLIENTS} | changes))

    return call


def snapshot(folder):
    return {
        path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and "issued" not in path.parts and path != folder / "inventory.sqlite"
    }


def changed(before, after):
    return {str(path) for path in before | after if before.get(path) != after.get(path)}


def leaf(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def san(path):
    return list(leaf(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def test_the_first_call_makes_everything(ensure, layout):
    made = ensure()
    assert made.ca_file == layout.folder / "ca.pem"
    assert made.truststore_file == layout.folder / "truststore.pem"
    assert made.server_certificate == layout.folder / "server" / "localhost.pem"
    assert san(made.server_certificate) == [names.host(host) for host in HOSTS]
    assert truststore.lint(made.truststore_file.read_bytes()) == []
    for client, uri in CLIENTS.items():
        files = made.clients[client]
        assert san(files.certificate) == [names.san_uri(uri)]
        passphrase = files.pfx_passphrase.read_text().strip()
        assert pfx.certificates(files.pfx.read_bytes(), passphrase)[0] == leaf(files.certificate)


def test_certificate_files_hold_leaf_and_issuing_authority(ensure, layout):
    made = ensure()
    issuing = hierarchy.load(layout, Purpose.CLIENT).issuing.certificate
    path = made.clients["pet-shop"].certificate
    assert path.read_bytes() == to_pem(leaf(path), issuing)


def test_everything_is_private_under_an_open_umask(ensure, layout):
    before = os.umask(0)
    try:
        ensure()
    finally:
        os.umask(before)
    for path in layout.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        secret = path.suffix in {".key", ".pfx", ".passphrase", ".sqlite"}
        expected = 0o700 if path.is_dir() else 0o600 if secret else 0o644
        assert mode == expected, path


def test_a_second_call_changes_nothing_and_takes_no_lock(ensure, layout):
    first = ensure()
    before = snapshot(layout.folder)
    with atomic.exclusive(layout.folder):
        assert ensure() == first
    assert snapshot(layout.folder) == before


def test_a_new_client_leaves_the_others_alone(ensure, layout):
    ensure()
    before = snapshot(layout.folder)
    ensure(clients=CLIENTS | {"pet-hotel": names.default_san_uri("pet-hotel")})
    stems = {path.partition(".")[0] for path in changed(before, snapshot(layout.folder))}
    assert stems == {"clients/pet-hotel"}


@pytest.mark.parametrize(
    ("suffix", "harm"),
    [
        ("pem", "missing"),
        ("key", "missing"),
        ("pfx", "missing"),
        ("pfx.passphrase", "missing"),
        ("pem", "cut"),
        ("key", "cut"),
    ],
)
def test_a_client_whose_files_are_damaged_is_issued_again(ensure, layout, suffix, harm):
    made = ensure()
    path = layout.clients / f"pet-shop.{suffix}"
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:90])
    before = snapshot(layout.folder)
    ensure()
    after = snapshot(layout.folder)
    assert {path.partition(".")[0] for path in changed(before, after)} == {"clients/pet-shop"}
    files = made.clients["pet-shop"]
    passphrase = files.pfx_passphrase.read_text().strip()
    assert pfx.certificates(files.pfx.read_bytes(), passphrase)[0] == leaf(files.certificate)


def test_a_client_whose_san_is_another_is_issued_again(ensure):
    ensure()
    uri = "spiffe://partner.example/pet-shop"
    made = ensure(clients=CLIENTS | {"pet-shop": uri})
    assert san(made.clients["pet-shop"].certificate) == [names.san_uri(uri)]


def test_a_server_certificate_that_lacks_a_host_is_issued_again(ensure):
    first = leaf(ensure().server_certificate)
    second = leaf(ensure(hosts=[*HOSTS, "api.test"]).server_certificate)
    assert first != second
    assert leaf(ensure().server_certificate) == second  # more than asked for is fine


@pytest.mark.parametrize(
    ("lifetime", "which"),
    [(SERVER_LIFETIME, "server/localhost"), (CLIENT_LIFETIME, "clients/pet-shop")],
    ids=["server", "client"],
)
def test_what_is_about_to_expire_is_issued_again(ensure, layout, now, lifetime, which):
    ensure(now=now)
    later = now + lifetime - timedelta(days=29)
    before = snapshot(layout.folder)
    ensure(now=later)
    assert f"{which}.pem" in changed(before, snapshot(layout.folder))
    assert validity.validity(leaf(layout.folder / f"{which}.pem"), now=later) == "valid"


def test_leaves_never_outlive_an_old_authority(ensure, layout, now):
    ensure(now=now)
    later = now + INTERMEDIATE_LIFETIME - timedelta(days=40)
    made = ensure(now=later)
    end = hierarchy.load(layout, Purpose.CLIENT).issuing.certificate.not_valid_after_utc
    assert leaf(made.clients["pet-shop"].certificate).not_valid_after_utc == end


def test_an_expired_authority_is_an_error_and_is_kept(ensure, layout, now):
    ensure(now=now)
    before = snapshot(layout.folder)
    with pytest.raises(AuthorityExpiredError):
        ensure(now=now + INTERMEDIATE_LIFETIME + timedelta(days=1))
    assert snapshot(layout.folder) == before


def test_leaves_of_a_replaced_authority_are_issued_again(ensure, layout):
    made = ensure()
    old = leaf(made.clients["pet-shop"].certificate)
    hierarchy.create_all(layout, [Purpose.CLIENT], replace=True)
    ensure()
    new = leaf(made.clients["pet-shop"].certificate)
    assert old.issuer != new.issuer
    new.verify_directly_issued_by(hierarchy.load(layout, Purpose.CLIENT).issuing.certificate)


def test_a_leaf_whose_key_others_could_read_is_replaced(ensure):
    made = ensure()
    made.server_key.chmod(0o644)
    old = made.server_key.read_bytes()
    ensure()
    assert made.server_key.read_bytes() != old
    assert stat.S_IMODE(made.server_key.stat().st_mode) == 0o600


def test_files_caught_between_two_generations_are_issued_again(ensure, layout):
    made = ensure()
    old = leaf(made.server_certificate)
    layout.server("localhost").marker.touch()
    ensure()
    assert leaf(made.server_certificate) != old
    assert not layout.server("localhost").marker.exists()


@pytest.mark.parametrize("name", ["truststore.pem", "ca.pem"])
def test_a_missing_bundle_is_built_again(ensure, layout, name):
    ensure()
    before = (layout.folder / name).read_bytes()
    (layout.folder / name).unlink()
    ensure()
    assert (layout.folder / name).read_bytes() == before


def test_a_truststore_that_trusts_another_authority_is_an_error(ensure, layout, trusted):
    ensure()
    layout.truststore.write_bytes(trusted.anchors_pem(Purpose.CLIENT))
    with pytest.raises(TruststoreMismatchError):
        ensure()
    assert layout.truststore.read_bytes() == trusted.anchors_pem(Purpose.CLIENT)


def test_a_truststore_that_was_added_to_is_kept(ensure, layout, trusted):
    ensure()
    longer = layout.truststore.read_bytes() + trusted.anchors_pem(Purpose.CLIENT)
    layout.truststore.write_bytes(longer)
    ensure()
    assert layout.truststore.read_bytes() == longer


@pytest.mark.parametrize("name", ["root.key", "root.pem", "intermediate.key", "intermediate.pem"])
def test_half_an_authority_is_an_error_and_nothing_is_made(ensure, layout, name):
    ensure()
    (layout.authority(Purpose.CLIENT).folder / name).unlink()
    before = snapshot(layout.folder)
    with pytest.raises(AuthorityIncompleteError, match=name):
        ensure()
    assert snapshot(layout.folder) == before


def test_an_authority_that_vanished_is_not_replaced_in_silence(ensure, layout):
    ensure()
    atomic.move_aside(layout.authority(Purpose.CLIENT).folder)
    with pytest.raises(OutputExistsError):
        ensure()


def test_an_exposed_authority_key_is_an_error(ensure, layout):
    ensure()
    layout.authority(Purpose.SERVER).root_key.chmod(0o640)
    with pytest.raises(KeyExposedError):
        ensure()


@pytest.mark.parametrize(
    "changes",
    [{"hosts": ["../x"]}, {"clients": {"../x": "spiffe://a/b"}}, {"clients": {"x": "no uri"}}],
    ids=["host", "client", "uri"],
)
def test_a_bad_name_is_refused_before_anything_is_made(ensure, layout, changes):
    with pytest.raises(IdentityError):
        ensure(**changes)
    assert not layout.folder.exists()


def test_a_server_needs_a_host(ensure):
    with pytest.raises(PkiMisuseError, match="at least one host"):
        ensure(hosts=[])


def test_a_stack_without_clients_is_fine(ensure):
    assert ensure(clients={}).clients == {}


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Not a directory"):
        laptop.ensure(tmp_path / "file" / "pki", hosts=HOSTS, clients=CLIENTS)


def test_drafts_with_keys_that_a_stopped_run_left_are_removed(ensure, layout):
    ensure()
    draft = layout.clients / ".pet-shop.key.0123456789ab.tmp"
    draft.write_bytes(b"key")
    layout.client("pet-shop").pfx.unlink()
    ensure()
    assert not draft.exists()


ENSURE = """
import sys, pathlib
from portcullis.pki import laptop
print("ready", flush=True)
sys.stdin.readline()
made = laptop.ensure(
    pathlib.Path(sys.argv[1]), hosts=["localhost"], clients={"pet-shop": "spiffe://a.test/pet-shop"}
)
print(made.server_certificate.read_text() + made.clients["pet-shop"].certificate.read_text())
"""


def test_several_first_starts_at_once_agree_on_one_outcome(layout):
    command = [sys.executable, "-c", ENSURE, layout.folder]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=300)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(answers) == 1
    assert PkiLayout(layout.folder).truststore.exists()
