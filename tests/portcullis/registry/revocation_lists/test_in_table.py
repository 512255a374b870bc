"""Revocation lists are imported into a table whole, and by one command at a time."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.item_keys import crl_key
from portcullis.registry import ClientRegistry
from portcullis.registry.dynamo_table import TableError
from portcullis.registry.revocation_lists import in_table as crl_table
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.in_table import (
    KEPT_SECONDS,
    CrlTable,
)
from portcullis.registry.revocation_lists.in_use import LeftoverError
from portcullis.registry.revocation_lists.verified import CrlError
from portcullis.registry.store import ConflictError
from tests.authorizer.list_tables import AT, ISSUER_NAME, TRUSTSTORE, is_revoked, keys
from tests.authorizer.lists import DAY, authority, signed
from tests.authorizer.making import (
    NOW,
    rsa_key,
)
from tests.authorizer.tables import SHOP


def test_an_older_list_is_refused_and_the_newer_one_stays(lists, reader, verified):
    lists.replace(verified(signed(5, number=7)))
    for older in (signed(number=6), signed(number=7, this_update=NOW - 2 * DAY)):
        with pytest.raises(CrlError, match="number 7 is in use"):
            lists.replace(verified(older))
    lists.replace(verified(signed(5, 6, number=7, this_update=NOW - DAY / 2)))
    assert is_revoked(reader(), serial_number=6)


def test_the_lists_of_two_keys_come_together_or_not_at_all(lists, reader, tmp_path):
    renewed = authority(key=rsa_key(), signer=rsa_key())

    def verified(*made, issuers):
        path = tmp_path / "crl.pem"
        path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in made))
        (found,) = crl.load(path, issuers, now=NOW)
        return found

    old, new = signed(5), signed(6, key=rsa_key(), number=3)
    lists.replace(verified(old, issuers=[authority()]))
    with pytest.raises(CrlError, match="none of its lists follows here"):
        lists.replace(verified(new, issuers=[renewed]))
    assert is_revoked(reader(), serial_number=5)

    lists.replace(verified(old, new, issuers=[authority(), renewed]))
    registry = reader()
    assert [is_revoked(registry, serial_number=n) for n in (5, 6, 7)] == [True, True, False]
    older = signed(key=rsa_key(), number=2)
    with pytest.raises(CrlError, match="has number 2, but number 3 is in use"):
        lists.replace(verified(old, older, issuers=[authority(), renewed]))

    lists.replace(verified(new, issuers=[renewed]), retire=True)
    registry = reader()
    assert [is_revoked(registry, serial_number=n) for n in (5, 6)] == [False, True]


def test_numbers_of_twenty_octets_are_compared_as_numbers(lists, verified):
    lists.replace(verified(signed(number=2**159 - 1)))
    with pytest.raises(CrlError, match="in use"):
        lists.replace(verified(signed(number=9)))


def test_two_imports_at_once_do_not_lose_the_newer_one(lists, dynamodb, table, verified, reader):
    lists.replace(verified(signed(5)))
    slow = CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT)
    add = slow._revoked.add  # between the buckets and the issuer's item

    def while_another_is_faster(plan):
        add(plan)
        lists.replace(verified(signed(5, 6, number=9)))

    slow._revoked.add = while_another_is_faster
    with pytest.raises(ConflictError, match="Run the command again"):
        slow.replace(verified(signed(5, number=8)))
    assert is_revoked(reader(), serial_number=6)


def test_an_import_that_breaks_off_leaves_the_list_before_in_use(
    lists, dynamodb, table, verified, reader
):
    lists.replace(verified(signed(5)))
    broken = CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT)

    def breaks_off(_item, _former):
        raise TableError("the line is dead")

    broken._name = breaks_off
    with pytest.raises(TableError):
        broken.replace(verified(signed(6, number=8)))
    assert is_revoked(reader(), serial_number=5)
    assert not is_revoked(reader(), serial_number=6)


def test_the_list_before_stays_for_whoever_is_reading_it_and_goes_later(
    dynamodb, table, verified, reader
):
    def generations():
        return {key.split("#")[2] for key in keys(dynamodb, table) if key.count("#") == 3}

    for day, number in enumerate((7, 8, 9)):
        clock = AT + day * (KEPT_SECONDS + 1)
        CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda c=clock: c).replace(
            verified(signed(5, number=number))
        )
        assert len(generations()) == min(day + 1, 2)
    assert is_revoked(reader(), serial_number=5)


def test_what_another_import_put_in_use_meanwhile_is_not_deleted(dynamodb, table, verified, reader):
    """Its buckets may have been written days ago, by an import that was broken off."""
    CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT).replace(
        verified(signed(5, 6, number=9))
    )
    late = CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT + 2 * KEPT_SECONDS)
    late._forget(ISSUER_NAME, {"another"})
    assert is_revoked(reader(), serial_number=6)


def test_buckets_of_another_size_are_another_generation(lists, verified, monkeypatch):
    lists.replace(verified(signed(5)))
    first = lists.read(ISSUER_NAME).generation
    monkeypatch.setattr(crl_table, "ENTRIES_PER_BUCKET", 128)
    lists.replace(verified(signed(5)))
    assert lists.read(ISSUER_NAME).generation != first


def test_a_list_counts_although_older_ones_cannot_be_deleted(
    dynamodb, table, verified, reader, monkeypatch
):
    def may_not(*_):
        raise TableError("These credentials may not do that.")

    monkeypatch.setattr(CrlTable, "_forget", may_not)
    with pytest.raises(LeftoverError, match="The list is in use"):
        CrlTable(dynamodb, table.name, TRUSTSTORE).replace(verified(signed(5)))
    assert is_revoked(reader(), serial_number=5)


def test_the_registry_does_not_see_the_lists(lists, table, verified):
    lists.replace(verified(signed(5)))
    assert table.read() == ClientRegistry(clients=(SHOP,))


def test_an_item_that_is_no_lists_is_named(lists, dynamodb, table):
    dynamodb.put_item(TableName=table.name, Item={"pk": {"S": crl_key(ISSUER_NAME)}})
    with pytest.raises(TableError, match="malformed"):
        lists.read(ISSUER_NAME)
