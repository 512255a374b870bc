"""Only the URL with the token opens the page, on this machine's address; events are bounded."""

import asyncio
import contextlib
import json

import aiohttp
import pytest

from portcullis.inspector import server as server_module
from tests.portcullis.inspector.inspected import inspected


def visit(watched, asking):
    async def visiting():
        async with watched.serving() as server, aiohttp.ClientSession() as session:
            return await asking(server, session)

    return asyncio.run(visiting())


async def fetched(session, url, **how):
    async with session.request(how.pop("method", "GET"), url, **how) as answer:
        return answer.status, await answer.text(), answer.headers


async def events(answer, count):
    """The next events as kind, content and id; comments are left out."""
    found = []
    async with asyncio.timeout(300):
        while len(found) < count:
            fields = {}
            while (line := (await answer.content.readline()).decode()) != "\n":
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found


@pytest.mark.parametrize("path", ["", "inspector.css", "inspector.js", "detail.js"])
def test_the_page_is_served_with_a_strict_policy(watched, path):
    status, text, headers = visit(watched, lambda s, http: fetched(http, s.url + path))
    assert (status, bool(text)) == (200, True)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Access-Control-Allow-Origin" not in headers


def test_every_start_has_a_token_of_its_own(watched):
    async def url(server, _session):
        return server.url

    first, second = visit(watched, url), visit(watched, url)
    assert first.split("/")[3] != second.split("/")[3]
    assert len(first.split("/")[3]) >= 32
    assert first.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("path", ["", "events", "inspector.js"])
@pytest.mark.parametrize("token", ["", "wrong", "{token}x", "é"])
def test_another_token_opens_nothing(watched, token, path):
    async def asking(server, session):
        right = server.url.split("/")[3]
        wrong = token.format(token=right)
        return await fetched(session, f"http://127.0.0.1:{server.port}/{wrong}/{path}")

    status, text, headers = visit(watched, asking)
    assert status == 403
    assert text == "Open the URL that the running command printed.\n"
    assert "Content-Security-Policy" in headers


def test_tokens_are_compared_in_constant_time(watched, monkeypatch):
    compared = []

    def comparing(left, right):
        compared.append((left, right))
        return False

    monkeypatch.setattr(server_module.secrets, "compare_digest", comparing)
    status, _, _ = visit(watched, lambda s, http: fetched(http, s.url))
    assert (status, len(compared)) == (403, 1)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1"]
)
@pytest.mark.parametrize("path", ["", "events"])
def test_another_host_name_is_refused_even_with_the_token(watched, host, path):
    async def asking(server, session):
        headers = {"Host": host.format(port=server.port)}
        return await fetched(session, server.url + path, headers=headers)

    status, text, _ = visit(watched, asking)
    assert (status, text) == (403, "The Host header is not the address of this page.\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_the_page_is_read_only(watched, method):
    status, _, _ = visit(watched, lambda s, http: fetched(http, s.url, method=method))
    assert status == 405


@pytest.mark.parametrize(
    "path", ["other.js", "server.py", "..%2Fserver.py", "a/b", "%2Fetc%2Fpasswd"]
)
def test_no_other_file_is_served(watched, path):
    status, _, _ = visit(watched, lambda s, http: fetched(http, s.url + path))
    assert status == 404


def test_calls_before_and_after_the_page_was_opened_are_sent(watched):
    async def asking(server, session):
        await watched.call("/pets?n=1")
        async with session.get(server.url + "events") as answer:
            before = await events(answer, 2)
            await watched.call("/pets?n=2")
            watched.refuse("no certificate")
            return before + await events(answer, 2)

    gateway, *calls = visit(watched, asking)
    assert (gateway[0], gateway[1]["stack"]) == ("gateway", "local")
    assert [(kind, call["number"]) for kind, call, _ in calls] == [("call", n) for n in (1, 2, 3)]
    assert [call.get("target") for _, call, _ in calls] == ["/pets?n=1", "/pets?n=2", None]


def test_calls_that_came_while_no_page_was_open_are_read_from_the_log(watched, tmp_path):
    watched.laptop.clock.now += 0.25

    async def asking(server, session):
        await watched.call("/pets?n=2")
        kept = (await opened(server, session, 2))[1][1]
        earlier = {"requestId": "r1", "time": 1.5, "status": 403, "gate": "route", "reason": "x"}
        again = {**earlier, "requestId": kept["requestId"], "time": kept["time"]}
        lines = [json.dumps(line) for line in (earlier, again)]
        (tmp_path / "gates.jsonl").write_text("\n".join(lines))
        found = await opened(server, session, 3)
        headers = {"Last-Event-ID": found[1][2]}
        return found[1:], await opened(server, session, 2, headers=headers)

    async def opened(server, session, count, **how):
        async with session.get(server.url + "events", **how) as answer:
            return await events(answer, count)

    (logged, live), after_it = visit(watched, asking)
    assert (logged[1]["number"], logged[1]["isFromLog"], logged[1]["gate"]) == (-1, True, "route")
    assert (live[1]["number"], live[1]["target"]) == (1, "/pets?n=2")
    assert [call.get("number") for _, call, _ in after_it] == [None, 1]


def test_a_page_that_reconnects_gets_only_what_it_missed(watched):
    async def asking(server, session):
        await watched.call()
        async with session.get(server.url + "events") as answer:
            last = (await events(answer, 2))[-1][2]
        await watched.call()
        headers = {"Last-Event-ID": last}
        async with session.get(server.url + "events", headers=headers) as answer:
            again = await events(answer, 2)
        headers = {"Last-Event-ID": "otherrun-1"}
        async with session.get(server.url + "events", headers=headers) as answer:
            return again[1:], (await events(answer, 3))[1:]

    missed, of_another_run = visit(watched, asking)
    assert [call["number"] for _, call, _ in missed] == [2]
    assert [call["number"] for _, call, _ in of_another_run] == [1, 2]


def test_a_page_that_cannot_keep_up_gets_the_number_of_calls_it_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "CALLS_OF_A_POLL", 2)
    watched = inspected(tmp_path, kept=5)

    async def asking(server, session):
        await watched.call()
        async with session.get(server.url + "events") as answer:
            await events(answer, 2)
            for _ in range(9):
                watched.refuse("no certificate")
            return await events(answer, 6)

    (kind, skipped, _), *calls = visit(watched, asking)
    assert (kind, skipped) == ("skipped", {"calls": 4})
    assert [call["number"] for _, call, _ in calls] == [6, 7, 8, 9, 10]


def test_the_number_of_open_pages_is_bounded(watched, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_VIEWERS", 2)  # one is of the fixture

    async def asking(server, session):
        async with session.get(server.url + "events") as answer:
            await events(answer, 1)
            refused, _, _ = await fetched(session, server.url + "events")
        async with asyncio.timeout(300):
            while watched.recent.viewers > 1:
                await watched.call()  # a write finds that the page is gone
                await asyncio.sleep(0)
        async with session.get(server.url + "events") as answer:
            return refused, answer.status

    assert visit(watched, asking) == (503, 200)


def test_an_open_page_does_not_delay_the_stop(watched):
    async def stopping():
        async with contextlib.AsyncExitStack() as client:
            async with watched.serving() as server:
                session = await client.enter_async_context(aiohttp.ClientSession())
                answer = await client.enter_async_context(session.get(server.url + "events"))
                await events(answer, 1)
            async with asyncio.timeout(300):
                return await answer.content.read()

    assert asyncio.run(stopping()) == b""
