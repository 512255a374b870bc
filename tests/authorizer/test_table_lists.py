"""Revocation lists in the registry's table: how they get there, and what the function reads."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer import revocations
from authorizer import table as reading
from authorizer.config import RevocationListSource
from authorizer.issuer_keys import IssuerKeys
from authorizer.item_keys import crl_key
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from portcullis.registry.revocation_lists.in_table import (
    ENTRIES_PER_BUCKET,
)
from tests.authorizer.list_tables import (
    AT,
    ISSUER_NAME,
    OTHER,
    is_revoked,
    keys,
    listing,
    parsed,
)
from tests.authorizer.lists import DAY, signed
from tests.authorizer.making import (
    NOW,
    certificate,
    effects,
)


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
        found = registry.excerpt(shown, now=now, deadline=time.monotonic() + 60)
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
