"""An entry of a table has to be one that the file would take."""

import pytest

from portcullis.registry import ClientRegistry
from portcullis.registry.checking import check
from portcullis.registry.store import Added, Change, EditError, Revocation, Revoked, Updated
from tests.portcullis.registry.making import SCOPES, client

NOBODY = ClientRegistry(clients=())


def change(action):
    return Change(actions=() if action is None else (action,), after=NOBODY)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (Added((client("Upper"),)), "id: is 'Upper', but must be"),
        (
            Updated(client(scopes=("eat",)), "scopes"),
            "scopes[0]: is 'eat', but must be",
        ),
        (Added((client(description="\ud800"),)), "not UTF-8"),
        (Revoked(Revocation(certificate="short")), "thumbprint: is 'short', but must be"),
    ],
    ids=["id", "scope", "surrogate", "thumbprint"],
)
def test_what_the_file_would_refuse_is_refused(action, message):
    with pytest.raises(EditError) as caught:
        check(change(action), SCOPES)
    assert message in str(caught.value)
    assert "change.yaml" not in str(caught.value)


@pytest.mark.parametrize(
    "action",
    [
        Added((client(), client("other"))),
        Revoked(Revocation(certificate="t" * 43, reason="stolen")),
        Updated(client("Upper"), "status"),  # in the table already
        None,
    ],
)
def test_what_the_file_would_take_is_taken(action):
    check(change(action), SCOPES)
