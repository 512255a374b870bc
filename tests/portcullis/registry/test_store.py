"""Changes of a registry that are refused, and those that undo another."""

import pytest

from portcullis.registry import (
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
)
from portcullis.registry.store import (
    EditError,
    add,
    remove,
    set_status,
    together,
    unrevoke_client,
)
from tests.portcullis.registry.making import client


def test_a_revoked_client_is_not_resumed_but_its_revocation_may_be_taken_back(edited):
    text, _ = edited(set_status("pet-shop", ClientStatus.REVOKED))
    assert "status: revoked   # paid" in text
    for status in (ClientStatus.ACTIVE, ClientStatus.SUSPENDED):
        with pytest.raises(EditError, match="clients unrevoke pet-shop"):
            edited(set_status("pet-shop", status), text)
    assert edited(set_status("pet-shop", ClientStatus.REVOKED), text)[1] == ""
    assert "status: suspended   # paid" in edited(unrevoke_client("pet-shop"), text)[0]
    with pytest.raises(EditError, match="not revoked, but suspended"):
        edited(unrevoke_client("pet-hotel"), text)


SUBJECT = Identity(
    kind=IdentityKind.SUBJECT,
    value=DistinguishedName.of([("2.5.4.3", "shop"), ("2.5.4.10", "Example")]).canonical(),
    issuer=DistinguishedName.of([("2.5.4.3", "CA")]),
)


@pytest.mark.parametrize(
    ("plans", "rate_plan", "message"),
    [
        ({"gold"}, None, "has no rate plan"),
        ({"gold", "iron"}, "silver", "the stack has: gold, iron"),
        (set(), "gold", "the stack has: none"),
    ],
)
def test_a_client_needs_a_rate_plan_of_its_stack(edited, plans, rate_plan, message):
    with pytest.raises(EditError, match=message):
        edited(add(client(rate_plan=rate_plan), rate_plans=plans))


@pytest.mark.parametrize(
    ("plans", "rate_plan"), [({"gold"}, "gold"), (set(), None), (None, "gold"), (None, None)]
)
def test_a_rate_plan_that_fits_or_cannot_be_checked_is_taken(edited, plans, rate_plan):
    text, _ = edited(add(client(rate_plan=rate_plan), rate_plans=plans))
    assert ("ratePlan: gold" in text) is (rate_plan == "gold")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            add(client("pet-shop", match=(Identity(kind=IdentityKind.SAN_URI, value="x:y"),))),
            "already",
        ),
        (
            add(client(match=(Identity(kind=IdentityKind.SAN_URI, value="spiffe://a/pet-shop"),))),
            "leads to client pet-shop already",
        ),
        (
            together([add(client("one", match=(SUBJECT,))), add(client("two", match=(SUBJECT,)))]),
            "subject O=Example, CN=shop leads to client one already",
        ),
        (set_status("nobody", ClientStatus.ACTIVE), "'nobody' does not exist"),
        (remove("nobody"), "'nobody' does not exist"),
    ],
    ids=["id taken", "name taken", "subject taken", "unknown", "unknown too"],
)
def test_a_change_that_makes_no_sense_is_refused(edited, change, message):
    with pytest.raises(EditError, match=message):
        edited(change)
