"""What the gateway added, changed and dropped between client and backend."""

import asyncio

from tests.portcullis.inspector.sample_calls import TENANT

FORGED = ("authorization", "Bearer forged")


def described(watched, **call):
    asyncio.run(watched.call(**call))
    return watched.last()


def test_each_header_is_marked_with_what_became_of_it(watched):
    call = described(watched, target="/pets", headers=(TENANT, FORGED, ("Connection", "close")))
    sent = {name.lower(): (value, mark) for name, value, mark in call["requestHeaders"]}
    assert sent["x-tenant"] == ("north", "")
    assert sent["connection"] == ("close", "dropped")
    passed_on = {
        name.lower(): (value, mark) for name, value, mark in call["backendRequest"]["headers"]
    }
    assert passed_on["x-tenant"] == ("north", "")
    assert passed_on["x-forwarded-for"] == ("203.0.113.9", "added")
    # The values are compared before they are cut: both are shown alike.
    assert passed_on["authorization"] == ("Bearer [cut]", "changed")
    assert sent["authorization"] == ("Bearer [cut]", "")


def test_nothing_is_marked_where_nothing_was_sent_to_the_backend(watched):
    call = described(watched, target="/nowhere")
    assert call["backendRequest"] is None
    assert {mark for _, _, mark in call["requestHeaders"]} == {""}
