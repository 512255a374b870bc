"""Everything issued is on record, the record outlives its index, and old authorities stay known."""

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta

import pytest

from portcullis.pki import hierarchy, inventory, inventory_file, issuance
from portcullis.pki.errors import CertificateFileError, InventoryError, NotIssuedError
from portcullis.pki.inventory_file import SCHEMA_VERSION
from portcullis.pki.layout import Purpose


def certificates(issued):
    return [one.certificate for one in issued]


def test_everything_issued_is_on_record_by_client_and_age(hand_out, issued, request_for, now):
    first = hand_out()
    other = hand_out(request_for("pet-viewer"))
    later = hand_out(replace=True, now=now + timedelta(hours=1))
    assert certificates(issued("pet-shop")) == [first.certificate, later.certificate]
    assert certificates(issued("pet-viewer")) == [other.certificate]
    assert len(issued()) == 3


def test_certificates_with_the_same_dates_are_in_the_order_of_their_clients(
    hand_out, issued, request_for, now
):
    clients = [f"partner-{number}" for number in (3, 1, 4, 2, 5)]
    for client in clients:
        hand_out(request_for(client), now=now)
    assert [one.client for one in issued()] == sorted(clients)


def test_the_inventory_is_one_private_file(hand_out, layout):
    hand_out()
    assert stat.S_IMODE(layout.inventory.stat().st_mode) == 0o600
    assert list(layout.folder.glob("*inventory*")) == [layout.inventory]


def lost(path):
    path.unlink()


def truncated(path):
    path.write_bytes(path.read_bytes()[:5000])


def empty(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(b"not a database" * 1000)


def of_another_version(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def beside_a_journal(path):
    """As after a crash in a transaction of another version, with the file itself lost."""
    path.unlink()
    journal = path.with_name(path.name + "-journal")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("CREATE TABLE other (content BLOB)")
        connection.execute("BEGIN")
        rows = [(b"x" * 900,) for _ in range(200)]
        connection.executemany("INSERT INTO other VALUES (?)", rows)
        connection.execute("CREATE TABLE another (content BLOB)")
        content = journal.read_bytes()
    path.unlink()
    journal.write_bytes(content)


@pytest.mark.parametrize(
    "break_it", [lost, truncated, empty, garbage, of_another_version, beside_a_journal]
)
def test_a_broken_inventory_is_rebuilt_from_the_folder(hand_out, issued, revoke, layout, break_it):
    hand_out()
    revoke()
    hand_out(replace=True)
    before = issued()
    assert {one.is_revoked for one in before} == {True, False}
    break_it(layout.inventory)
    again = issued()
    assert [(one.client, one.certificate, one.is_revoked) for one in again] == [
        (one.client, one.certificate, one.is_revoked) for one in before
    ]
    assert stat.S_IMODE(layout.inventory.stat().st_mode) == 0o600


def test_an_inventory_that_another_process_writes_is_an_error_and_stays(
    hand_out, issued, layout, monkeypatch
):
    hand_out()
    monkeypatch.setattr(inventory_file, "_LOCK_SECONDS", 0.0)
    with closing(sqlite3.connect(layout.inventory)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InventoryError, match="locked"):
            issued()
    assert len(issued()) == 1


def test_a_damaged_certificate_in_the_inventory_is_an_error(hand_out, issued, layout):
    """A changed bit in a row, which SQLite's own check does not see."""
    given = hand_out()
    with closing(sqlite3.connect(layout.inventory)) as connection, connection:
        connection.execute("UPDATE certificates SET der = x'00'")
    with pytest.raises(InventoryError, match="delete the file: it is rebuilt"):
        issued()
    layout.inventory.unlink()
    assert certificates(issued()) == [given.certificate]


def test_a_certificate_that_the_inventory_missed_is_taken_in(hand_out, issued, files, layout):
    """Its process ended between the file and the inventory."""
    given = hand_out()
    with closing(sqlite3.connect(layout.inventory)) as connection, connection:
        connection.execute("DELETE FROM certificates")
    assert certificates(issued()) == [given.certificate]


def test_a_record_that_is_gone_is_written_again(hand_out, issued, files):
    hand_out()
    (path,) = files.issued.iterdir()
    content = path.read_bytes()
    path.unlink()
    assert len(issued()) == 1
    assert path.read_bytes() == content


def test_the_file_names_of_earlier_versions_are_read(hand_out, issued, files, layout):
    given = hand_out().certificate
    (path,) = files.issued.iterdir()
    digits = f"{given.serial_number:X}"
    path.rename(path.with_name(f"{digits.zfill(len(digits) + len(digits) % 2)}.pem"))
    layout.inventory.unlink()
    for _ in range(2):
        assert certificates(issued()) == [given]
    assert len(list(files.issued.iterdir())) == 1


def test_a_damaged_record_is_an_error(hand_out, issued, files, layout):
    hand_out()
    (path,) = files.issued.iterdir()
    layout.inventory.unlink()
    path.write_bytes(b"")
    with pytest.raises(CertificateFileError, match="Restore it from a backup"):
        issued()


def test_a_client_without_a_certificate_cannot_be_renewed_or_revoked(files, layout):
    with inventory.opened(layout) as known:
        for call in (lambda: issuance.renewal_of(known, "a"), lambda: known.usable("a")):
            with pytest.raises(NotIssuedError, match="portcullis certs list"):
                call()


def test_only_what_still_works_can_be_revoked(hand_out, layout, request_for, revoke, now):
    revoked = hand_out().certificate
    revoke(revoked)
    short = hand_out(request_for(lifetime=timedelta(hours=1)), replace=True).certificate
    long = hand_out(replace=True).certificate
    hand_out(request_for("pet-viewer"))
    with inventory.opened(layout) as known:
        assert set(certificates(known.usable("pet-shop"))) == {short, long}
        tomorrow = now + timedelta(days=1)
        assert certificates(known.usable("pet-shop", now=tomorrow)) == [long]
        assert certificates(known.usable("pet-shop", long.serial_number)) == [long]
        for serial_number in (revoked.serial_number, 1):
            with pytest.raises(NotIssuedError, match="serial number"):
                known.usable("pet-shop", serial_number)


def test_only_the_newest_certificate_of_a_client_expires(
    hand_out, issued, request_for, revoke, now
):
    hand_out(request_for(lifetime=timedelta(days=10)), now=now - timedelta(hours=1))
    hand_out(request_for(lifetime=timedelta(days=100)), replace=True)
    hand_out(request_for("pet-viewer", lifetime=timedelta(days=20)))
    hand_out(request_for("pet-barber", lifetime=timedelta(days=20)))
    revoke(client="pet-barber")

    def expiring(days, later=0):
        found = inventory.expiring(issued(), timedelta(days=days), now=now + timedelta(days=later))
        return [one.client for one in found]

    assert expiring(30) == ["pet-viewer"]
    assert expiring(5) == []
    assert expiring(5, later=17) == ["pet-viewer"]
    assert expiring(5, later=21) == []


def test_a_replaced_authority_stays_known(hand_out, issued, layout, now):
    old = hand_out().certificate
    hierarchy.create_all(layout, [Purpose.CLIENT], replace=True)
    with inventory.opened(layout) as known:
        request = issuance.renewal_of(known, "pet-shop")
    new = hand_out(request, replace=True, now=now + timedelta(hours=1)).certificate
    assert new.issuer != old.issuer
    found = issued("pet-shop")
    assert [(one.certificate, one.generation.is_current) for one in found] == [
        (old, False),
        (new, True),
    ]
    assert found[0].generation.issuer != found[1].generation.issuer
    layout.inventory.unlink()
    assert certificates(issued("pet-shop")) == [old, new]


def test_a_generation_whose_folder_is_deleted_is_forgotten(hand_out, issued, layout):
    hand_out()
    (made,) = hierarchy.create_all(layout, [Purpose.CLIENT], replace=True)
    (folder,) = [path for path in made.moved_aside if path.is_dir()]
    assert len(issued()) == 1
    shutil.rmtree(folder)
    assert issued() == []


def test_a_generation_without_its_issuing_certificate_is_still_listed(hand_out, issued, files):
    hand_out()
    files.intermediate.unlink()
    (one,) = issued()
    assert one.generation.issuer == "client-ca"
