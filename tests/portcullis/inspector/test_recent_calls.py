"""The calls that are kept are the newest ones, and their memory is bounded."""

import asyncio

from portcullis.gateway.exchange import UpstreamAnswer
from portcullis.inspector import recent_calls
from portcullis.inspector.recent_calls import KEPT_BODY_BYTES
from tests.portcullis.inspector.inspected import inspected


def call(watched, *targets, **changes):
    async def calling():
        for target in targets:
            await watched.call(target, **changes)

    asyncio.run(calling())


def targets(found):
    return [(number, kept.exchange.request.target) for number, kept in found]


def test_only_the_newest_calls_are_kept_and_each_keeps_its_number(tmp_path):
    watched = inspected(tmp_path, kept=3)
    call(watched, *(f"/pets?n={n}" for n in range(1, 6)))
    assert targets(watched.recent.since(0, at_most=9)) == [
        (3, "/pets?n=3"),
        (4, "/pets?n=4"),
        (5, "/pets?n=5"),
    ]


def test_a_page_gets_what_came_after_the_last_call_it_has(watched):
    call(watched, "/pets?n=1", "/pets?n=2", "/pets?n=3")
    assert targets(watched.recent.since(1, at_most=9)) == [(2, "/pets?n=2"), (3, "/pets?n=3")]
    assert targets(watched.recent.since(0, at_most=1)) == [(1, "/pets?n=1")]
    assert watched.recent.since(3, at_most=9) == []


def test_a_large_body_is_not_kept(watched):
    watched.laptop.upstream.answer = UpstreamAnswer(
        status=200, headers=(), body=b"x" * (KEPT_BODY_BYTES + 1)
    )
    call(watched, "/pets")
    ((_, kept),) = watched.recent.since(0, at_most=1)
    assert (kept.response.body, kept.response_bytes) == (b"", KEPT_BODY_BYTES + 1)
    call(watched, "/pets", method="POST", body=b"y" * KEPT_BODY_BYTES + b"y")
    ((_, kept),) = watched.recent.since(1, at_most=1)
    assert (kept.exchange.request.body, kept.request_bytes) == (b"", KEPT_BODY_BYTES + 1)


def test_the_first_call_of_a_connection_is_known(watched):
    call(watched, "/pets", "/pets", connection_id="c1")
    watched.refuse("no certificate")
    first = watched.recent.is_first_of_connection
    assert [first(1, "c1"), first(2, "c1"), first(3, "c9")] == [True, False, True]


def test_calls_are_kept_only_while_a_page_is_open(watched, monkeypatch):
    monkeypatch.setattr(recent_calls, "FORGET_AFTER_SECONDS", 0.0)
    recent = watched.recent

    async def closing():
        await watched.call()
        recent.page_closed()
        assert recent.count == 1  # a page that is loaded again still has it
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await watched.call()
        watched.refuse("no certificate")

    asyncio.run(closing())
    assert (recent.count, recent.since(0, at_most=9)) == (1, [])


def test_a_page_that_is_opened_again_in_time_keeps_its_calls(watched):
    async def reopening():
        await watched.call()
        watched.recent.page_closed()
        watched.recent.page_opened()
        assert watched.recent._forgetting.cancelled()

    asyncio.run(reopening())
    assert len(watched.recent.since(0, at_most=9)) == 1
