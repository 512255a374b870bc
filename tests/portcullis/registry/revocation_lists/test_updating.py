"""Published lists replace those in use, issuer by issuer, or leave them as they are."""

import threading

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.item_keys import REVOKED_ISSUERS
from portcullis.errors import ExitCode
from portcullis.registry import DistinguishedName
from portcullis.registry.dynamo_table import TableError
from portcullis.registry.revocation_lists.fetching import FetchError, ListSource
from portcullis.registry.revocation_lists.in_file import CrlFile
from portcullis.registry.revocation_lists.in_table import CrlTable
from portcullis.registry.revocation_lists.in_use import LeftoverError
from portcullis.registry.revocation_lists.updating import UpdateOutcome, update
from portcullis.registry.revocation_lists.verified import CrlError
from tests.authorizer import surgery
from tests.authorizer.list_tables import (
    AT,
    ISSUER_NAME,
    OTHER,
    TRUSTSTORE,
    keys,
)
from tests.authorizer.lists import CA_USAGE, DAY, authority, signed
from tests.authorizer.making import ISSUER, NOW, certificate, name, rsa_key
from tests.portcullis.registry.revocation_lists.test_verified import part

HTML = b"<!DOCTYPE html><title>502 Bad Gateway</title>"
UNREACHABLE = FetchError("http://crl/ cannot be fetched: Connection refused.")


class Published:
    """What URLs answer, by the name of the URL: lists, other content or an error."""

    def __init__(self, **answers):
        self.answers = answers

    def fetch(self, source):
        answer = self.answers[source.urls[0]]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            return answer
        lists = answer if isinstance(answer, list) else [answer]
        return b"".join(one.public_bytes(Encoding.PEM) for one in lists)


@pytest.fixture(params=["file", "table"])
def place(request, tmp_path):
    if request.param == "file":
        return CrlFile(tmp_path / "in-use.crl", TRUSTSTORE)
    client, store = request.getfixturevalue("dynamodb"), request.getfixturevalue("table")
    return CrlTable(client, store.name, TRUSTSTORE, clock=lambda: AT, sleep=lambda _: None)


@pytest.fixture
def run(place):
    def updated(*, now=NOW, dry_run=False, truststore=TRUSTSTORE, **answers):
        sources = [ListSource(urls=(url,), may_be_private=True) for url in answers]
        fetch = Published(**answers).fetch
        return update(place, sources, truststore, fetch, now=now, dry_run=dry_run)

    return updated


def entries(place, issuer=ISSUER_NAME):
    found = place.in_use().get(issuer)
    return None if found is None else found.number, len(found.entries()) if found else 0


def other(*numbers, **changes):
    return signed(*numbers, issuer=OTHER, **changes)


def test_a_newer_list_replaces_the_one_in_use_and_is_compared_with_it(run, place):
    first = run(a=signed(5, 6))
    (one,) = first.issuers
    assert (one.outcome, one.former_number, one.number) == (UpdateOutcome.UPDATED, None, 7)
    assert (one.added, one.removed, first.exit_code) == (2, 0, ExitCode.OK)

    second = run(a=signed(6, 8, 9, number=8))
    (one,) = second.issuers
    assert (one.former_number, one.number, one.added, one.removed) == (7, 8, 2, 1)
    assert entries(place) == (8, 3)
    assert second.has_written


def test_the_list_in_use_is_not_written_again(run, place, monkeypatch):
    same = signed(5)
    run(a=same)
    monkeypatch.setattr(type(place), "replace", None)  # a call would be an error
    again = run(a=same)
    (one,) = again.issuers
    assert (one.outcome, one.added, one.removed) == (UpdateOutcome.UNCHANGED, 0, 0)
    assert (again.exit_code, again.has_written) == (ExitCode.OK, False)


def test_a_slow_source_delays_no_other_and_the_answers_keep_the_order_of_the_sources(place):
    second_was_fetched = threading.Event()

    def fetch(source):
        (url,) = source.urls
        if url == "second":
            second_was_fetched.set()
        elif not second_was_fetched.wait(300):
            raise AssertionError("the second was not fetched beside the first")
        raise FetchError(f"{url} is unreachable")

    sources = [ListSource(urls=(url,), may_be_private=True) for url in ("first", "second")]
    done = update(place, sources, TRUSTSTORE, fetch, now=NOW)
    assert done.failures == ("first is unreachable", "second is unreachable")


def test_an_interruption_waits_for_no_source(place):
    goes_on, has_ended = threading.Event(), threading.Event()

    def fetch(source):
        if source.urls == ("interrupted",):
            raise KeyboardInterrupt
        goes_on.wait(60)
        has_ended.set()
        return b""

    sources = [ListSource(urls=(url,), may_be_private=True) for url in ("interrupted", "slow")]
    with pytest.raises(KeyboardInterrupt):
        update(place, sources, TRUSTSTORE, fetch, now=NOW)
    assert not has_ended.is_set()
    goes_on.set()


def test_a_dry_run_writes_nothing(run, place):
    run(a=signed(5))
    shown = run(a=signed(5, 6, number=8), dry_run=True)
    assert (shown.issuers[0].outcome, shown.issuers[0].added) == (UpdateOutcome.UPDATED, 1)
    assert entries(place) == (7, 1)


def test_a_dry_run_refuses_an_older_list_too(run):
    run(a=signed(5))
    shown = run(a=signed(number=6), dry_run=True)
    assert (shown.issuers[0].outcome, shown.exit_code) == (UpdateOutcome.KEPT, ExitCode.KEPT)


CRL_ISSUER = 2  # RFC 5280 section 5.1: version, signature, issuer
NAME_OF_BITS = surgery.sequence(
    surgery.Element(
        surgery.SET,
        inside=[surgery.sequence(surgery.object_identifier("2.5.4.3"), surgery.bits(b"a"))],
    )
)


def changed(position, element):
    """A list with another element at this position; its signature no longer fits."""
    whole = surgery.parse(signed(number=8).public_bytes(Encoding.DER))
    whole[0].inside[position] = element
    return whole.encoded


REFUSED = {
    "unreachable": (UNREACHABLE, "Connection refused"),
    "html": (HTML, "must be a certificate revocation list"),
    "empty": (b"", "must be a certificate revocation list"),
    "truncated": (signed(5).public_bytes(Encoding.PEM)[:-60], "must be a certificate"),
    "forged": (signed(number=8, key=rsa_key()), "not signed by that issuer"),
    "lower number": (signed(number=6), "has number 6, but number 7 is in use"),
    "earlier": (signed(this_update=NOW - 2 * DAY), "number 7 is in use"),
    "expired": (signed(number=8, next_update=NOW), "overdue"),
    "future": (signed(number=8, this_update=NOW + DAY / 2), "not valid yet"),
    "no number": (signed(number=None), "no CRL number"),
    "huge number": (signed(number=2**20_000), "negative or has more than 20 octets"),
    "another version": (changed(surgery.VERSION, surgery.integer(9)), "must be a certificate"),
    "bits in a name": (changed(CRL_ISSUER, NAME_OF_BITS), "must be a certificate"),
    "a part": (signed(number=8, extra=(part("http://crl/1"),)), "none of its lists follows"),
}


@pytest.mark.parametrize(("answer", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_whatever_fails_keeps_the_list_in_use_and_updates_the_others(run, place, answer, message):
    run(a=signed(5), b=other())
    after = run(a=answer, b=other(9, number=8))
    problems = [one.problem for one in after.issuers if one.problem] + list(after.failures)
    assert len(problems) == 1
    assert message in problems[0]
    assert {one.issuer: one.outcome for one in after.issuers} == {
        str(DistinguishedName.of_x509(ISSUER)): UpdateOutcome.KEPT,
        "CN=Other CA": UpdateOutcome.UPDATED,
    }
    assert entries(place) == (7, 1)
    assert after.exit_code is ExitCode.KEPT


def test_a_failure_counts_as_stale_once_the_list_in_use_is_overdue(run):
    run(a=signed(5))
    assert run(a=UNREACHABLE, now=NOW + DAY - DAY / 24).exit_code is ExitCode.KEPT
    late = run(a=UNREACHABLE, now=NOW + DAY)
    assert late.exit_code is ExitCode.STALE
    assert late.issuers[0].is_overdue(late.checked_at)
    assert run(a=signed(number=8, next_update=NOW + 2 * DAY), now=NOW + DAY).exit_code == 0


def test_no_list_at_all_is_stale(run):
    assert run(a=UNREACHABLE).exit_code is ExitCode.STALE
    assert run(a=signed(key=rsa_key())).exit_code is ExitCode.STALE


def test_a_list_of_a_stranger_is_a_failure_and_nothing_more(run, place):
    run(a=signed(5))
    after = run(a=signed(5, 6, number=8), b=signed(issuer=name(CN="Stranger")))
    assert after.failures == ("b: CN=Stranger is not in the truststore.",)
    assert after.exit_code is ExitCode.KEPT
    assert entries(place) == (8, 2)


def test_a_list_in_use_that_has_no_url_is_shown_and_left(run, place):
    run(a=signed(5), b=other())
    after = run(a=signed(5))
    kept = next(one for one in after.issuers if one.outcome is UpdateOutcome.KEPT)
    assert (kept.issuer, kept.number, kept.problem) == ("CN=Other CA", 7, "")
    assert after.exit_code is ExitCode.OK
    assert run(a=signed(5, next_update=NOW + 2 * DAY), now=NOW + DAY).exit_code is ExitCode.STALE


def test_the_parts_of_a_list_are_replaced_together(run, place):
    first, second = (part(f"http://crl/{n}") for n in (1, 2))
    run(a=signed(5, extra=(first,)), b=signed(6, extra=(second,)))
    assert entries(place) == (7, 2)
    missing = run(a=signed(5, 7, extra=(first,), number=8), b=UNREACHABLE)
    assert "none of its lists follows" in missing.issuers[0].problem
    assert entries(place) == (7, 2)
    run(a=signed(5, 7, extra=(first,), number=8), b=signed(6, extra=(second,)))
    assert entries(place) == (8, 3)


def test_one_list_from_two_urls_counts_once(run, place):
    same = signed(5)
    run(a=same, b=same.public_bytes(Encoding.DER))
    assert entries(place) == (7, 1)
    after = run(a=signed(number=8), b=signed(number=9))
    assert "two lists of one issuer" in after.issuers[0].problem


def test_a_table_learns_of_a_new_key_in_the_truststore(dynamodb, table):
    """The list is the same; the keys beside it are not."""
    renewed = authority(key=rsa_key(), signer=rsa_key(), not_after=NOW - DAY / 2)
    same, outcomes = signed(5), []
    for truststore in (TRUSTSTORE, [*TRUSTSTORE, renewed], [*TRUSTSTORE, renewed]):
        place = CrlTable(dynamodb, table.name, truststore, clock=lambda: AT)
        source = ListSource(urls=("a",), may_be_private=True)
        done = update(place, [source], truststore, Published(a=same).fetch, now=NOW)
        outcomes.append(done.issuers[0].outcome)
    assert outcomes == [UpdateOutcome.UPDATED, UpdateOutcome.UPDATED, UpdateOutcome.UNCHANGED]


def test_a_table_learns_that_its_list_revokes_a_ca_that_joins_the_truststore(dynamodb, table):
    revoked = certificate(
        uris=(), subject=OTHER, issuer=ISSUER, is_ca=True, usage=CA_USAGE, serial_number=5
    )
    same = signed(5)
    for truststore, expected in (
        ([authority()], UpdateOutcome.UPDATED),
        ([authority(), revoked], UpdateOutcome.UPDATED),
        ([authority(), revoked], UpdateOutcome.UNCHANGED),
    ):
        place = CrlTable(dynamodb, table.name, truststore, clock=lambda: AT)
        source = ListSource(urls=("a",), may_be_private=True)
        done = update(place, [source], truststore, Published(a=same).fetch, now=NOW)
        assert done.issuers[0].outcome is expected
    assert any(key.startswith(REVOKED_ISSUERS) for key in keys(dynamodb, table))


def test_a_table_that_fails_while_it_is_written_is_a_problem_of_that_issuer(run, monkeypatch):
    run(a=signed(5))

    def fails(*_):
        raise TableError("The table is throttling.")

    for place in (CrlFile, CrlTable):
        monkeypatch.setattr(place, "replace", fails)
    after = run(a=signed(number=8))
    assert after.issuers[0].problem == "The table is throttling."
    assert after.exit_code is ExitCode.KEPT


def test_what_cannot_be_deleted_behind_a_new_list_is_reported(run, place, monkeypatch):
    replace = type(place).replace

    def leaves_something(self, crl):
        replace(self, crl)
        raise LeftoverError("The list is in use.")

    monkeypatch.setattr(type(place), "replace", leaves_something)
    after = run(a=signed(5))
    assert (after.issuers[0].outcome, after.exit_code) == (UpdateOutcome.UPDATED, ExitCode.FAILED)
    assert entries(place) == (7, 1)


def test_a_file_that_cannot_be_read_stops_before_anything_is_written(tmp_path):
    path = tmp_path / "in-use.crl"
    path.write_bytes(b"damaged")
    place = CrlFile(path, TRUSTSTORE)
    source = ListSource(urls=("a",), may_be_private=True)
    with pytest.raises(CrlError, match="It is in use"):
        update(place, [source], TRUSTSTORE, Published(a=signed(5)).fetch, now=NOW)
    assert path.read_bytes() == b"damaged"


def test_a_file_without_a_folder_keeps_nothing_and_says_so(tmp_path):
    place = CrlFile(tmp_path / "gone" / "in-use.crl", TRUSTSTORE)
    source = ListSource(urls=("a",), may_be_private=True)
    done = update(place, [source], TRUSTSTORE, Published(a=signed(5)).fetch, now=NOW)
    assert "cannot be written" in done.issuers[0].problem
    assert done.exit_code is ExitCode.STALE
