"""Revocation lists in the registry's table: how they get there, and what the function reads."""

import base64
import time

import boto3
import pytest
from botocore.config import Config
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from authorizer import revocations
from authorizer import table as reading
from authorizer.certificate import parse
from authorizer.config import RevocationListSource
from authorizer.issuer_keys import IssuerKeys
from authorizer.item_keys import crl_key
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from portcullis.cli.clients import app
from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord, sign
from portcullis.registry import ClientRegistry, DistinguishedName
from portcullis.registry.batch import TableError
from portcullis.registry.revocation_lists import in_table as crl_table
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.in_table import (
    ENTRIES_PER_BUCKET,
    KEPT_SECONDS,
    CrlTable,
    LeftoverError,
)
from portcullis.registry.revocation_lists.verified import CrlError
from portcullis.registry.store import ConflictError
from portcullis.registry.table_store import TableStore
from tests.authorizer.conftest import new_table
from tests.authorizer.lists import DAY, authority, signed
from tests.authorizer.making import (
    ISSUER,
    NOW,
    certificate,
    configuration,
    effects,
    name,
    pem,
    rsa_key,
)
from tests.authorizer.test_table import KEYS, SHOP

AT = NOW.timestamp()
ISSUER_NAME = DistinguishedName.of((a.oid.dotted_string, a.value) for a in ISSUER).canonical()
OTHER = name(CN="Other CA")
TRUSTSTORE = [authority(), authority(subject=OTHER)]


@pytest.fixture
def table(dynamodb):
    store = TableStore(dynamodb, new_table(dynamodb))
    store.fill(ClientRegistry(clients=(SHOP,)))
    return store


@pytest.fixture
def lists(dynamodb, table):
    return CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT, sleep=lambda _: None)


@pytest.fixture
def verified(tmp_path):
    def load(one, now=NOW):
        path = tmp_path / "crl.der"
        path.write_bytes(one.public_bytes(Encoding.DER))
        (found,) = crl.load(path, [authority(), authority(subject=OTHER)], now=now)
        return found

    return load


@pytest.fixture
def reader(moto, table):
    def make(**changes):
        values = {
            "registry_table": table.name,
            "registry_region": "eu-central-1",
            "registry_cache_seconds": 0,
            "revocation_lists": RevocationListSource.TABLE,
        }
        config = configuration(**(values | changes))
        return reading.TableRegistry(config, {"AWS_ENDPOINT_URL_DYNAMODB": moto} | KEYS)

    return make


def parsed(**shown):
    return parse(pem(certificate(**shown)))


def listing(registry, shown, now=AT):
    return registry.excerpt(shown, now=now, deadline=time.monotonic() + 5).listing


def is_revoked(registry, **shown):
    return listing(registry, parsed(**shown)).is_revoked


def keys(dynamodb, table):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table.name)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


def test_a_listed_certificate_is_revoked_and_no_other(lists, reader, verified):
    lists.replace(verified(signed(5, 0xA1B2, 2**159 - 1)))
    registry = reader()
    assert [is_revoked(registry, serial_number=n) for n in (5, 0xA1B2, 2**159 - 1)] == [True] * 3
    assert [is_revoked(registry, serial_number=n) for n in (6, 0xA1B3, 2**159 - 2)] == [False] * 3
    found = listing(registry, parsed()).crl
    assert found == (7, (NOW - DAY).timestamp(), (NOW + DAY).timestamp())


def test_a_serial_number_counts_for_its_issuer_only(lists, reader, verified):
    lists.replace(verified(signed(5)))
    lists.replace(verified(signed(6, issuer=OTHER)))
    registry = reader()
    assert is_revoked(registry, serial_number=5)
    assert not is_revoked(registry, serial_number=6)
    assert is_revoked(registry, serial_number=6, issuer=OTHER)
    assert not is_revoked(registry, serial_number=5, issuer=OTHER)


def test_every_entry_of_a_long_list_is_found(lists, reader, verified, dynamodb, table):
    count = 20 * ENTRIES_PER_BUCKET
    lists.replace(verified(signed(*range(1, count + 1))))
    assert sum(key.startswith("crl#") for key in keys(dynamodb, table)) == 21
    registry = reader()
    assert all(is_revoked(registry, serial_number=n) for n in range(1, count + 1, 97))
    assert not any(is_revoked(registry, serial_number=n) for n in range(count + 1, count + 30))


def test_the_bucket_costs_no_further_question(lists, reader, verified, monkeypatch):
    lists.replace(verified(signed(5)))
    registry = reader()
    asked = []
    ask = registry._items
    monkeypatch.setattr(registry, "_items", lambda keys, d: asked.append(len(keys)) or ask(keys, d))
    assert is_revoked(registry, serial_number=5)
    assert len(asked) == 2


# --- in the function


@pytest.fixture
def bench(make_bench, reader, table):
    def make(**changes):
        changes = {"registry_cache_seconds": 30, "registry_table": table.name} | changes
        config = changes | {"revocation_lists": RevocationListSource.TABLE}
        return make_bench(registry=reader(**changes), **config)

    return make


def test_an_issuer_without_a_list_closes_the_door(bench, lists, verified):
    function, shown = bench(), certificate()
    with pytest.raises(AuthorizerError, match=r"\Arevocation_unknown\Z"):
        function.present(shown)
    lists.replace(verified(signed(5)))
    function.now += reading.NEGATIVE_SECONDS  # no longer: nobody should wait for a list in vain
    assert effects(function.present(shown)) == ["Allow"]


def test_a_list_locks_out_within_the_time_that_is_remembered(bench, lists, verified):
    lists.replace(verified(signed(5)))
    function, shown = bench(), certificate(serial_number=6)
    assert effects(function.present(shown)) == ["Allow"]
    lists.replace(verified(signed(5, 6, number=8)))
    function.now += 29
    assert effects(function.present(shown)) == ["Allow"]
    function.now += 1
    assert function.present(shown)["context"]["reason"] == "revoked"


def test_a_revoked_certificate_is_forgotten_sooner(bench, lists, verified):
    lists.replace(verified(signed(5)))
    function, shown = bench(registry_cache_seconds=300), certificate(serial_number=5)
    assert function.present(shown)["context"]["reason"] == "revoked"
    lists.replace(verified(signed(number=8)))
    function.now += 4
    assert function.present(shown)["context"]["reason"] == "revoked"
    function.now += 1
    assert effects(function.present(shown)) == ["Allow"]


def test_an_overdue_list_closes_the_door_though_it_is_remembered(bench, lists, verified):
    lists.replace(verified(signed(next_update=NOW + DAY / 24)))
    function = bench(registry_cache_seconds=300, token_life_seconds=3600)
    function.now += 3590
    shown = certificate()
    assert effects(function.present(shown)) == ["Allow"]
    function.now += 9
    assert effects(function.present(shown)) == ["Allow"]
    function.now += 1
    with pytest.raises(AuthorizerError, match=r"\Arevocation_unknown\Z"):
        function.present(shown)


def test_a_grace_lets_pass_and_is_told_in_the_log(bench, lists, verified):
    late = signed(next_update=NOW - DAY / 2)
    lists.replace(verified(late, now=NOW - DAY * 0.6))
    function = bench(crl_grace_seconds=86400)
    assert effects(function.present(certificate())) == ["Allow"]
    assert (function.lines[0]["crlAgeHours"], function.lines[0]["crlHoursLeft"]) == (24.0, -12.0)


def test_a_list_in_its_grace_is_asked_for_again_soon(lists, reader, verified):
    lists.replace(verified(signed(next_update=NOW + DAY)))
    registry, late = reader(registry_cache_seconds=300), AT + 86400
    for now, seconds in ((late - 1, 300), (late, reading.NEGATIVE_SECONDS)):
        shown = parsed()
        found = registry.excerpt(shown, now=now, deadline=time.monotonic() + 5)
        assert found.good_until == now + seconds


def test_a_list_counts_only_where_the_settings_name_it(lists, reader, verified):
    lists.replace(verified(signed(5)))
    registry = reader(revocation_lists=RevocationListSource.NONE)
    assert listing(registry, parsed(serial_number=5)) is None


# --- what somebody else wrote


@pytest.mark.parametrize(
    "change",
    [
        {"number": {"S": "seven"}},
        {"number": None},
        {"nextUpdate": {"S": "tomorrow"}},
        {"thisUpdate": {"N": str(AT + 2 * 86400)}},
        {"buckets": {"N": "0"}},
        {"buckets": {"N": "-1"}},
        {"buckets": None},
        {"generation": None},
        {"generation": {"S": "another"}},
    ],
    ids=str,
)
def test_an_issuers_item_that_is_odd_closes_the_door(
    lists, reader, verified, dynamodb, *, table, change
):
    lists.replace(verified(signed(5)))
    key = {"pk": {"S": crl_key(ISSUER_NAME)}}
    item = dynamodb.get_item(TableName=table.name, Key=key)["Item"] | change
    dynamodb.put_item(TableName=table.name, Item={k: v for k, v in item.items() if v is not None})
    refused(reader(), parsed(serial_number=6))


@pytest.mark.parametrize("entries", [None, {"B": b"1234567"}, {"S": "AAAAAAAAAAA="}], ids=str)
def test_a_bucket_that_is_not_whole_closes_the_door(
    lists, reader, verified, dynamodb, *, table, entries
):
    lists.replace(verified(signed(5)))
    (key,) = (k for k in keys(dynamodb, table) if k.startswith("crl#") and k.endswith("#0"))
    dynamodb.delete_item(TableName=table.name, Key={"pk": {"S": key}})
    if entries is not None:
        dynamodb.put_item(TableName=table.name, Item={"pk": {"S": key}, "entries": entries})
    refused(reader(), parsed(serial_number=6))


@pytest.mark.parametrize("text", ["AAAA*AAAAAAA=", "AAAAAAAAAAA=*"])
def test_a_bucket_with_anything_beside_base64_closes_the_door(text):
    crl = reading._Crl(
        revocations.RevocationList(7, 0.0, AT), b"\1" * 8, "crl#", IssuerKeys((), has_revoked=False)
    )
    with pytest.raises(FailedError, match="malformed"):
        crl.holds({"entries": {"B": text}})


@given(
    st.dictionaries(
        st.sampled_from(
            ["number", "thisUpdate", "nextUpdate", "buckets", "generation", "keys", "other"]
        ),
        st.one_of(
            st.none(),
            st.text(max_size=8),
            st.dictionaries(st.sampled_from(["S", "N", "B"]), st.text(max_size=8), max_size=2),
            st.dictionaries(st.just("N"), st.sampled_from(["nan", "inf", "-1", "1e400", "7"])),
        ),
    ),
    st.one_of(st.none(), st.text(max_size=8), st.dictionaries(st.just("B"), st.text(max_size=12))),
)
def test_whatever_stands_in_an_item_only_closes_the_door(item, entries):
    try:
        found = reading._Crl.of(item, SHOWN)
        is_revoked = found.holds({"entries": entries})
        status = found.keys.status(SHOWN.der)
        revocations.check(
            revocations.Listing(found.crl, is_revoked, status), now=AT, grace_seconds=0
        )
    except (FailedError, RefusedError):  # anything else would be an unhandled exception
        return
    # A list after all: its date lies ahead, and its entries can be read.
    assert found.crl.next_update > AT
    assert len(base64.b64decode(entries["B"], validate=True)) % revocations.ENTRY_BYTES == 0


SHOWN = parsed(serial_number=6)


def refused(registry, shown):
    with pytest.raises((FailedError, AuthorizerError)) as caught:
        revocations.check(listing(registry, shown), now=AT, grace_seconds=0)
    assert caught.value.reason is Reason.REVOCATION_UNKNOWN


# --- the writer's side


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


def test_the_import_says_which_ca_a_list_revokes(dynamodb, table, moto, monkeypatch, *, tmp_path):
    pki = PkiLayout(tmp_path)
    (made,) = hierarchy.create_all(pki, [Purpose.CLIENT])
    root, issuing = made.hierarchy.root, made.hierarchy.issuing
    serial_number = issuing.certificate.serial_number
    revocation = RevocationEntry.now(serial_number, "issuing", RevocationReason.KEY_COMPROMISE)
    record = RevocationRecord(crl_number=1, revocations=(revocation,))
    path = tmp_path / "root.crl"
    path.write_bytes(sign(root, record).public_bytes(Encoding.PEM))
    for key, value in (
        KEYS | {"AWS_ENDPOINT_URL_DYNAMODB": moto, "AWS_DEFAULT_REGION": "eu-central-1"}
    ).items():
        monkeypatch.setenv(key, value)

    arguments = ["import-crl", path, "--table", table.name, "--truststore", pki.truststore]
    shown = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert f"revokes the CA {issuing.certificate.subject.rfc4514_string()!r}" in shown.stdout
    assert f"(serial number {serial_number:x}): every certificate it issued" in shown.stdout
    assert any(key.startswith("crl#revoked#") for key in keys(dynamodb, table))


def test_numbers_of_twenty_octets_are_compared_as_numbers(lists, verified):
    lists.replace(verified(signed(number=2**159 - 1)))
    with pytest.raises(CrlError, match="in use"):
        lists.replace(verified(signed(number=9)))


def test_two_imports_at_once_do_not_lose_the_newer_one(lists, dynamodb, table, verified, reader):
    lists.replace(verified(signed(5)))
    slow = CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT)
    put_all = slow._put_all

    def while_another_is_faster(items):
        put_all(items)
        lists.replace(verified(signed(5, 6, number=9)))

    slow._put_all = while_another_is_faster
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


class Busy:
    """A table that puts off half of every batch, ``times`` times."""

    def __init__(self, client, times):
        self._client, self._times = client, times

    def __getattr__(self, attribute):
        return getattr(self._client, attribute)

    def batch_write_item(self, RequestItems):  # noqa: N803 - boto3's name
        if self._times == 0:
            return self._client.batch_write_item(RequestItems=RequestItems)
        self._times -= 1
        ((name, requests),) = RequestItems.items()
        half = len(requests) // 2
        if half:
            self._client.batch_write_item(RequestItems={name: requests[:half]})
        return {"UnprocessedItems": {name: requests[half:]}}


@pytest.mark.parametrize(("times", "succeeds"), [(3, True), (10, True), (11, False)])
def test_writes_that_a_table_puts_off_are_made_later(
    dynamodb, table, verified, reader, *, times, succeeds
):
    pauses = []
    busy = CrlTable(
        Busy(dynamodb, times), table.name, TRUSTSTORE, clock=lambda: AT, sleep=pauses.append
    )
    wanted = verified(signed(*range(1, 5 * ENTRIES_PER_BUCKET)))
    if succeeds:
        busy.replace(wanted)
        assert len(pauses) == times
        assert all(earlier < later for earlier, later in zip(pauses, pauses[2:], strict=False))
        assert all(is_revoked(reader(), serial_number=n) for n in range(1, 1280, 51))
    else:
        with pytest.raises(TableError, match="throttling writes"):
            busy.replace(wanted)
        assert busy.read(ISSUER_NAME) is None


def test_a_registry_is_filled_at_the_tables_pace_too(dynamodb):
    name = new_table(dynamodb)
    TableStore(Busy(dynamodb, 2), name).fill(ClientRegistry(clients=(SHOP,)))
    assert TableStore(dynamodb, name).read().clients == (SHOP,)


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


def test_a_table_that_is_not_there_is_told_from_one_that_does_not_answer(dynamodb, moto):
    missing = CrlTable(dynamodb, "portcullis-nowhere-registry", TRUSTSTORE)
    with pytest.raises(TableError, match=f"There is no table .* in eu-central-1, {moto}"):
        missing.read(ISSUER_NAME)
    silent = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        endpoint_url="http://127.0.0.1:1",
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    with pytest.raises(TableError, match="No answer"):
        CrlTable(silent, "portcullis-local-registry", TRUSTSTORE).read(ISSUER_NAME)


def test_an_item_that_is_no_lists_is_named(lists, dynamodb, table):
    dynamodb.put_item(TableName=table.name, Item={"pk": {"S": crl_key(ISSUER_NAME)}})
    with pytest.raises(TableError, match="malformed"):
        lists.read(ISSUER_NAME)
