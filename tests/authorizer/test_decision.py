"""Each way a certificate may fail is refused with its own reason; the right one passes."""

import datetime
import math

import pytest

from authorizer import certificate as certificates
from authorizer.decision import decide
from authorizer.issuer_keys import KeyStatus
from authorizer.reasons import FailedError, Reason, RefusedError
from authorizer.registry import Excerpt, PackagedRegistry
from authorizer.revocations import Listing, RevocationList
from tests.authorizer.making import (
    HOTEL_URI,
    NOW,
    SHOP_URI,
    VIEWER_URI,
    certificate,
    entry,
    pem,
    registry_document,
    thumbprint,
)

SECOND = datetime.timedelta(seconds=1)
REVOKED = certificate()


def revoked_thumbprints(*shown):
    return {"thumbprints": {thumbprint(one): 1 for one in shown}, "serialNumbers": {}}


def passed(shown, *, document=None, now=NOW, skew=0, good_until=math.inf, listing=None, grace=None):
    registry = PackagedRegistry(document or registry_document())
    return decide(
        certificates.parse(pem(shown)),
        lambda: Excerpt(registry, good_until, listing=listing),
        now=now.timestamp(),
        clock_skew_seconds=skew,
        crl_grace_seconds=grace,
    )


def decided(shown, **options):
    return passed(shown, **options).client


def refusal(shown, **options):
    with pytest.raises(RefusedError) as caught:
        decided(shown, **options)
    return caught.value


def test_a_registered_active_client_with_a_good_certificate_passes():
    assert decided(certificate()).id == "pet-shop"


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        pytest.param(certificate(not_after=NOW - SECOND), Reason.EXPIRED, id="expired"),
        pytest.param(certificate(not_before=NOW + SECOND), Reason.NOT_YET_VALID, id="not yet"),
        pytest.param(certificate(purposes=None), Reason.WRONG_USAGE, id="wrong usage"),
        pytest.param(certificate(uris=("spiffe://other",)), Reason.UNKNOWN_CLIENT, id="unknown"),
        pytest.param(certificate(uris=(HOTEL_URI,)), Reason.SUSPENDED, id="suspended"),
        pytest.param(certificate(uris=(SHOP_URI, VIEWER_URI)), Reason.AMBIGUOUS, id="ambiguous"),
    ],
)
def test_a_certificate_that_may_not_pass_is_refused(shown, reason):
    assert refusal(shown).reason is reason


def test_the_first_and_the_last_second_of_a_certificate_count():
    shown = certificate(not_before=NOW, not_after=NOW + 10 * SECOND)
    assert decided(shown, now=NOW).id == "pet-shop"
    assert decided(shown, now=NOW + 10 * SECOND).id == "pet-shop"
    assert refusal(shown, now=NOW - SECOND).reason is Reason.NOT_YET_VALID
    assert refusal(shown, now=NOW + 11 * SECOND).reason is Reason.EXPIRED


def test_a_clock_skew_is_granted_both_ways_and_no_further():
    shown = certificate(not_before=NOW, not_after=NOW + 10 * SECOND)
    assert decided(shown, now=NOW - 5 * SECOND, skew=5).id == "pet-shop"
    assert decided(shown, now=NOW + 15 * SECOND, skew=5).id == "pet-shop"
    assert refusal(shown, now=NOW - 6 * SECOND, skew=5).reason is Reason.NOT_YET_VALID
    assert refusal(shown, now=NOW + 16 * SECOND, skew=5).reason is Reason.EXPIRED


def test_a_revoked_certificate_is_refused_while_its_successor_passes():
    old, renewed = certificate(), certificate()
    document = registry_document()
    document["revoked"]["thumbprints"] = {certificates.parse(pem(old)).thumbprint: 1}
    assert refusal(old, document=document).reason is Reason.REVOKED
    assert decided(renewed, document=document).id == "pet-shop"


def test_a_pinned_client_passes_with_either_pin_and_with_no_other_certificate():
    old, renewed, other = certificate(), certificate(), certificate()
    pins = tuple(certificates.parse(pem(shown)).thumbprint for shown in (old, renewed))
    document = registry_document()
    document["clients"]["pet-shop"] = entry("pets:read", pins=pins)
    assert decided(old, document=document).id == "pet-shop"
    assert decided(renewed, document=document).id == "pet-shop"
    refused = refusal(other, document=document)
    assert (refused.reason, refused.client_id) == (Reason.NOT_PINNED, "pet-shop")


def test_a_suspended_client_is_refused_whatever_its_pins():
    shown = certificate()
    document = registry_document()
    pins = (certificates.parse(pem(shown)).thumbprint,)
    document["clients"]["pet-shop"] = entry("pets:read", status="suspended", pins=pins)
    refused = refusal(shown, document=document)
    assert (refused.reason, refused.client_id) == (Reason.SUSPENDED, "pet-shop")


def test_a_revoked_client_is_refused_whatever_its_certificate():
    document = registry_document()
    document["clients"]["pet-shop"] = entry("pets:read", status="revoked")
    refused = refusal(certificate(), document=document)
    assert (refused.reason, refused.client_id) == (Reason.REVOKED, "pet-shop")
    assert refused.detail == "the client is revoked"


LATER = NOW.timestamp() + 60


def listed(*, is_revoked=False, next_update=LATER):
    return Listing(RevocationList(7, 0.0, next_update), is_revoked, KeyStatus.ACCEPTED)


def test_where_there_are_revocation_lists_only_a_good_word_passes():
    assert passed(certificate(), listing=listed(), grace=0).good_until == LATER
    overdue = listed(next_update=NOW.timestamp() - 1)
    assert passed(certificate(), listing=overdue, grace=60).good_until == LATER - 1
    assert refusal(certificate(), listing=listed(is_revoked=True), grace=0).reason is Reason.REVOKED
    for listing in (None, listed(next_update=NOW.timestamp())):
        with pytest.raises(FailedError) as caught:
            decided(certificate(), listing=listing, grace=0)
        assert caught.value.reason is Reason.REVOCATION_UNKNOWN


def test_what_a_list_revokes_is_told_before_who_it_is():
    shown = certificate(uris=("spiffe://other",))
    assert refusal(shown, listing=listed(is_revoked=True), grace=0).reason is Reason.REVOKED


def test_an_unknown_certificate_names_no_client():
    assert refusal(certificate(uris=())).client_id is None


DETAILS = {
    Reason.EXPIRED: "the certificate has expired",
    Reason.NOT_YET_VALID: "the certificate is not valid yet",
    Reason.REVOKED: "the certificate is revoked",
    Reason.SUSPENDED: "the client is suspended",
    Reason.NOT_PINNED: "the client pins other certificates",
    Reason.WRONG_USAGE: "no extended key usage clientAuth",
}


@pytest.mark.parametrize(
    ("shown", "document"),
    [
        (certificate(not_after=NOW - SECOND), None),
        (certificate(not_before=NOW + SECOND), None),
        (certificate(uris=(HOTEL_URI,)), None),
        (certificate(purposes=None), None),
        (
            certificate(),
            registry_document(clients={"pet-shop": entry("pets:read", pins=("p" * 43,))}),
        ),
        (REVOKED, registry_document(revoked=revoked_thumbprints(REVOKED))),
    ],
    ids=["expired", "not yet", "suspended", "usage", "pins", "revoked"],
)
def test_a_refusal_names_the_fact_that_was_missing(shown, document):
    refused = refusal(shown, document=document)
    assert refused.detail == DETAILS[refused.reason]


@pytest.mark.parametrize(
    ("registry_good_until", "skew", "expected"),
    [(math.inf, 0, 10), (math.inf, 5, 15), (3, 0, 3), (12, 5, 12)],
)
def test_an_answer_is_good_until_the_first_of_its_facts_ends(registry_good_until, skew, expected):
    shown = certificate(not_after=NOW + 10 * SECOND)
    found = passed(shown, good_until=NOW.timestamp() + registry_good_until, skew=skew)
    assert found.good_until == NOW.timestamp() + expected
