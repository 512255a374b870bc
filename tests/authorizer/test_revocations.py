"""Revocation lists: what is packed from them, and what the function makes of it."""

import struct

import pytest
from cryptography import x509
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
from portcullis.registry.revocation_lists.verified import CrlError
from tests.authorizer import surgery
from tests.authorizer.lists import CA_USAGE, DAY, authority, facts, signed
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


def test_the_order_of_a_list_does_not_change_its_table(loaded):
    files = [
        revocations_file(loaded(one), [authority()]) for one in (signed(5, 6, 7), signed(7, 5, 6))
    ]
    assert files[0] == files[1]


# --- which lists are taken in


def test_a_list_in_der_is_read_too(loaded):
    (found,) = loaded(signed(5), encoding=Encoding.DER)
    assert (found.number, list(found.serial_numbers())) == (7, ["5"])


PART = x509.IssuingDistributionPoint(
    full_name=None,
    relative_name=None,
    only_contains_user_certs=True,
    only_contains_ca_certs=False,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)
OF_ANOTHER_ISSUER = x509.CertificateIssuer([x509.DirectoryName(name(CN="Other CA"))])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: signed(issuer=name(CN="Other CA")), "not in the truststore"),
        (lambda: signed(key=rsa_key()), "not signed by that issuer"),
        (lambda: signed(number=None), "no CRL number"),
        (lambda: signed(next_update=NOW), "overdue"),
        (
            lambda: signed(this_update=NOW + DAY / 2),
            "is not valid yet",
        ),
        (lambda: signed(extra=(PART,)), "is not a complete list"),
        (lambda: signed(extra=(PART,), critical=False), "is not a complete list"),
        (lambda: signed(extra=(x509.DeltaCRLIndicator(6),)), "is not a complete list"),
        (
            lambda: signed(extra=(x509.DeltaCRLIndicator(6),), critical=False),
            "is not a complete list",
        ),
        (
            lambda: signed(4, 5, extra_of_entries=(OF_ANOTHER_ISSUER,)),
            r"critical extension 2\.5\.29\.29",
        ),
    ],
    ids=[
        "stranger",
        "forged",
        "no number",
        "overdue",
        "future",
        "partial",
        "partial, not critical",
        "delta",
        "delta, not critical",
        "indirect",
    ],
)
def test_a_list_that_cannot_be_relied_on_is_refused(loaded, made, message):
    with pytest.raises(CrlError, match=message):
        loaded(made())


def test_an_issuer_that_may_not_sign_lists_is_refused(loaded):
    with pytest.raises(CrlError, match="not signed by that issuer"):
        loaded(signed(), issuers=[authority(usage=CA_USAGE | {"crl_sign": False})])


def test_two_lists_of_one_issuer_are_refused(loaded):
    with pytest.raises(CrlError, match="two lists of one issuer"):
        loaded(signed(), signed(5, number=8))


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


@pytest.mark.parametrize("present", ["old", "new"])
def test_a_key_without_a_list_is_refused(loaded, present):
    """Its list would not be missed, and whom it revokes would be let in."""
    one = signed(5) if present == "old" else signed(6, key=rsa_key())
    with pytest.raises(CrlError, match="signed no list here"):
        loaded(one, issuers=[authority(), RENEWED])


def test_a_key_that_can_have_signed_no_good_certificate_needs_no_list(loaded):
    ended = authority(key=rsa_key(), signer=rsa_key(), not_after=NOW - DAY / 2)
    again = authority(not_after=NOW + 2 * DAY)  # the same key, for longer
    silent = authority(key=rsa_key(), signer=rsa_key(), usage=CA_USAGE | {"crl_sign": False})
    (found,) = loaded(signed(5), issuers=[authority(), ended, again, silent])
    assert list(found.serial_numbers()) == ["5"]


def test_a_list_may_be_overdue_by_the_grace_and_no_longer(tmp_path):
    path = tmp_path / "crl.pem"
    path.write_bytes(signed(5, next_update=NOW - DAY / 24).public_bytes(Encoding.PEM))
    assert crls.load(path, [authority()], now=NOW, grace=DAY / 12)
    for grace in (DAY / 24, DAY / 48):
        with pytest.raises(CrlError, match="overdue"):
            crls.load(path, [authority()], now=NOW, grace=grace)


def test_a_grace_lets_in_no_list_from_the_future(tmp_path):
    path = tmp_path / "crl.pem"
    path.write_bytes(signed(this_update=NOW + DAY / 24).public_bytes(Encoding.PEM))
    with pytest.raises(CrlError, match="is not valid yet"):
        crls.load(path, [authority()], now=NOW, grace=DAY)


def test_an_entry_may_say_why(loaded):
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    (found,) = loaded(signed(5, extra_of_entries=(reason,), critical=False))
    assert list(found.serial_numbers()) == ["5"]


def _number_twice(fields):
    extensions = fields[-1][0]
    extensions.inside.append(extensions[0])


def _number_that_is_null(fields):
    fields[-1][0][0][1].content = b"\x05\x00"


def _name_that_is_no_text(fields):
    fields[2][0][0][1].content = b"\xff\xfe"


@pytest.mark.parametrize("change", [_number_twice, _number_that_is_null, _name_that_is_no_text])
def test_a_list_that_is_malformed_inside_is_refused(tmp_path, change):
    whole = surgery.parse(signed(5).public_bytes(Encoding.DER))
    change(whole[0])
    path = tmp_path / "crl.der"
    path.write_bytes(whole.encoded)
    with pytest.raises(CrlError, match="must be a certificate revocation list"):
        crls.load(path, [authority()], now=NOW)


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN X509 CRL-----\n"])
def test_what_is_no_list_is_refused(tmp_path, content):
    path = tmp_path / "crl.pem"
    path.write_bytes(content)
    with pytest.raises(CrlError, match="must be a certificate revocation list"):
        crls.load(path, [authority()])


def test_a_number_may_not_go_back(tmp_path, loaded):
    former, same, older = loaded(signed(number=7)), loaded(signed()), loaded(signed(number=6))
    former = crls.ages_of(former)
    crls.check_newer(tmp_path, same, former)
    with pytest.raises(CrlError, match="number 7 is in use"):
        crls.check_newer(tmp_path, older, former)
    with pytest.raises(CrlError, match="none of its lists follows here"):
        crls.check_newer(tmp_path, (), former)
    crls.check_newer(tmp_path, (), former, retire=True)
    with pytest.raises(CrlError, match="number 7 is in use"):  # no way to go back
        crls.check_newer(tmp_path, older, former, retire=True)


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
