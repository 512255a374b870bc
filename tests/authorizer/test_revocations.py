"""Revocation lists: what is packed from them, and what the function makes of it."""

import struct

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import certificate as certificates
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from authorizer.revocations import (
    ENTRY_BYTES,
    HEAD,
    RevocationLists,
    bucket_of,
    check,
    entry_of,
)
from components.authorizer_zip.revocations import revocations_file, table
from portcullis.registry.revocation_lists import verified as crls
from tests.authorizer.lists import DAY, authority, facts, signed
from tests.authorizer.making import NOW, certificate, effects, name, pem, rsa_key


@pytest.fixture
def loaded(tmp_path):
    def load(*lists, issuers=None, encoding=Encoding.PEM, now=NOW):
        path = tmp_path / "crl.pem"
        path.write_bytes(b"".join(one.public_bytes(encoding) for one in lists))
        return crls.load(path, issuers or [authority()], now=now)

    return load


@pytest.fixture
def packed(tmp_path, loaded):
    def pack(*lists, **options):
        path = tmp_path / "revocations.bin"
        path.write_bytes(
            revocations_file(loaded(*lists, **options), options.get("issuers", [authority()]))
        )
        return RevocationLists(path)

    return pack


def parsed(**shown):
    return certificates.parse(pem(certificate(**shown)))


AT = NOW.timestamp()


def checked(lists, shown, now=AT, grace_seconds=0):
    return check(lists.listing(shown), now=now, grace_seconds=grace_seconds)


def reason_of(call):
    with pytest.raises((RefusedError, FailedError)) as caught:
        call()
    return caught.value.reason


def test_a_listed_certificate_is_revoked_and_no_other(packed):
    lists = packed(signed(5, 0xA1B2, 2**159 - 1))
    for number in (5, 0xA1B2, 2**159 - 1):
        assert reason_of(lambda n=number: checked(lists, parsed(serial_number=n))) is Reason.REVOKED
    for number in (6, 0xA1B3, 2**159 - 2):
        assert checked(lists, parsed(serial_number=number))


def test_an_empty_list_revokes_nobody_until_its_next_update(packed):
    lists = packed(signed())
    good_until = checked(lists, parsed())
    assert good_until == (NOW + DAY).timestamp()


def test_a_serial_number_counts_for_its_issuer_only(packed):
    other = name(CN="Other CA")
    lists = packed(
        signed(5), signed(6, issuer=other), issuers=[authority(), authority(subject=other)]
    )
    assert checked(lists, parsed(serial_number=6))
    assert checked(lists, parsed(serial_number=5, issuer=other))
    for shown in ({"serial_number": 5}, {"serial_number": 6, "issuer": other}):
        assert reason_of(lambda s=shown: checked(lists, parsed(**s), 0)) is Reason.REVOKED


def test_an_issuer_without_a_list_closes_the_door(packed):
    lists = packed(signed())
    stranger = parsed(issuer=name(CN="Other CA"))
    assert reason_of(lambda: checked(lists, stranger)) is (Reason.REVOCATION_UNKNOWN)


@pytest.mark.parametrize(
    ("grace", "seconds", "passes"),
    [(0, -1, True), (0, 0, False), (60, -1, True), (60, 0, True), (60, 59, True), (60, 60, False)],
)
def test_an_overdue_list_closes_the_door_after_its_grace(packed, grace, seconds, passes):
    lists = packed(signed())
    now = (NOW + DAY).timestamp() + seconds
    if passes:
        added = 0 if seconds < 0 else grace
        assert checked(lists, parsed(), now, grace) == (NOW + DAY).timestamp() + added
    else:
        assert reason_of(lambda: checked(lists, parsed(), now, grace)) is Reason.REVOCATION_UNKNOWN


def test_what_a_list_revoked_stays_revoked_when_it_is_overdue(packed):
    lists = packed(signed(5))
    late = (NOW + 9 * DAY).timestamp()
    assert reason_of(lambda: checked(lists, parsed(serial_number=5), late)) is Reason.REVOKED


def test_no_entry_is_lost_among_many(tmp_path):
    count = 20_000
    entries = sorted(entry_of("issuer", f"{n:x}") for n in range(count))
    path = tmp_path / "revocations.bin"
    path.write_bytes(table(facts("issuer"), entries))
    lists = RevocationLists(path)
    assert all(lists._holds("issuer", f"{n:x}") for n in range(0, count, 7))
    assert not any(lists._holds("issuer", f"{n:x}") for n in range(count, count + 2000))
    assert not lists._holds("another", "1")


@pytest.mark.parametrize("entry", [b"\x00" * 8, b"\xff" * 8, b"\x80" + b"\x00" * 7])
@pytest.mark.parametrize("buckets", [1, 2, 3, 125_000])
def test_every_entry_has_its_bucket(entry, buckets):
    assert 0 <= bucket_of(entry, buckets) < buckets


@pytest.mark.parametrize(
    "damage",
    [
        lambda _c: b"",
        lambda c: c[:-1],
        lambda c: c + b"x",
        lambda c: b"PCCRLS01" + c[8:],
        lambda c: c[: HEAD.size] + b"[" + c[HEAD.size + 1 :],
        lambda c: c[:8] + struct.pack(">I", 2**32 - 1) + c[12:],
    ],
    ids=["empty", "short", "long", "another kind", "no facts", "another directory"],
)
def test_a_file_that_is_not_whole_stops_the_start(tmp_path, loaded, damage):
    path = tmp_path / "revocations.bin"
    path.write_bytes(damage(revocations_file(loaded(signed(5)), [authority()])))
    assert reason_of(lambda: RevocationLists(path)) is Reason.REVOCATION_UNKNOWN


def test_a_file_that_is_cut_under_way_fails_the_call(tmp_path, loaded):
    path = tmp_path / "revocations.bin"
    path.write_bytes(revocations_file(loaded(signed(5)), [authority()]))
    lists = RevocationLists(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - ENTRY_BYTES)
    assert reason_of(lambda: checked(lists, parsed(serial_number=5), 0)) is (
        Reason.REVOCATION_UNKNOWN
    )


# --- which lists are taken in


# An authority that renewed its key under its old name, as many do.
RENEWED = authority(key=rsa_key(), signer=rsa_key())


def test_the_lists_of_two_keys_under_one_name_count_together(packed):
    newer = signed(6, key=rsa_key(), number=2, this_update=NOW - DAY / 2, next_update=NOW + DAY / 2)
    lists = packed(signed(5), newer, issuers=[authority(), RENEWED])
    for number in (5, 6):
        shown = parsed(serial_number=number)
        assert reason_of(lambda s=shown: checked(lists, s)) is Reason.REVOKED
    # What both say is known until the first of them ends.
    assert checked(lists, parsed()) == (NOW + DAY / 2).timestamp()


# --- in the function


def test_the_function_refuses_whom_a_list_revoked(make_bench, packed):
    bench = make_bench(revocations=packed(signed(5)))
    assert bench.present(certificate(serial_number=5))["context"]["reason"] == "revoked"
    assert effects(bench.present(certificate(serial_number=6))) == ["Allow"]


def test_an_answer_is_not_reused_beyond_its_list(make_bench, packed):
    lists = packed(signed(next_update=NOW + DAY / 24))
    bench = make_bench(revocations=lists, token_life_seconds=3600, authorizer_cache_seconds=0)
    shown = certificate()
    assert effects(bench.present(shown)) == ["Allow"]
    bench.now += 3599
    assert effects(bench.present(shown)) == ["Allow"]
    bench.now += 1
    with pytest.raises(AuthorizerError, match=r"\Arevocation_unknown\Z"):
        bench.present(shown)


def test_a_remembered_answer_ends_where_the_grace_begins(make_bench, packed):
    """Else nobody would hear of an overdue list until the token ends."""
    lists = packed(signed(next_update=NOW + DAY / 48))
    bench = make_bench(revocations=lists, token_life_seconds=3600, crl_grace_seconds=3600)
    shown = certificate()
    for seconds in (0, 1799, 1):
        bench.now += seconds
        assert effects(bench.present(shown)) == ["Allow"]
    assert [line.get("crlHoursLeft") for line in bench.lines] == [0.5, None, 0.0]


def test_a_grace_lets_pass_and_tells_how_overdue_the_list_is(make_bench, packed):
    lists = packed(signed(next_update=NOW - DAY / 2), now=NOW - DAY * 0.6)
    bench = make_bench(revocations=lists, crl_grace_seconds=86400)
    assert effects(bench.present(certificate())) == ["Allow"]
    (line,) = bench.lines
    assert (line["crlAgeHours"], line["crlHoursLeft"]) == (24.0, -12.0)
    named = {m["Name"] for d in line["_aws"]["CloudWatchMetrics"] for m in d["Metrics"]}
    assert {"crlAgeHours", "crlHoursLeft"} <= named
