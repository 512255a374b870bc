"""The inspector of a real laptop: calls with and without HTTP, with cause and no secret."""

import asyncio
import json

import aiohttp
import pytest

pytestmark = pytest.mark.laptop

SECONDS = 600


async def described(laptop, make_calls, wanted):
    """What an open page gets about these calls, one description for each that is wanted."""
    found = {}
    async with (
        asyncio.timeout(SECONDS),
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.get(f"{laptop.ready['inspector']}events") as answer,
    ):
        assert answer.status == 200
        await answer.content.readline()  # calls are kept from here on
        headers = await asyncio.to_thread(make_calls)
        while len(found) < len(wanted):
            line = (await answer.content.readline()).decode()
            if line.startswith("data: ") and "gates" in (event := json.loads(line[6:])):
                for number, matches in enumerate(wanted):
                    if matches(event):
                        found.setdefault(number, event)
    return headers, [found[number] for number in range(len(wanted))]


def test_calls_of_every_kind_are_described(laptop):
    def make_calls():
        with pytest.raises(OSError, match=r"(?i)certificate required"):
            laptop.call(None)
        status, _, headers = laptop.call("pet-breeder", path="/pets?inspected=1")
        assert status == 403
        assert laptop.call("pet-shop", path="/pets?inspected=2")[0] == 200
        return headers

    wanted = (
        # Another connection, such as one that only tries the port, may end during its handshake.
        lambda e: e["gate"] == "tls" and e["what"] == "The client sent no certificate.",
        lambda e: e.get("target") == "/pets?inspected=1",
        lambda e: e.get("target") == "/pets?inspected=2",
    )
    headers, (handshake, refused, passed) = asyncio.run(described(laptop, make_calls, wanted))
    assert handshake["status"] is None
    assert refused["requestId"] == headers["x-amzn-RequestId"]
    assert refused["reason"] == "missing_scope"
    assert "needs the scope pets:read" in refused["what"]  # from the authorizer's own log
    assert passed["authorizer"]["token"]["claims"]["sub"]
    assert passed["gates"][0]["ms"] > 0  # the handshake
    files = laptop.ready["clients"]["pet-shop"]
    assert files["certificate"] in passed["curl"]
    assert files["key"] in passed["curl"]
    assert "Bearer ey" not in json.dumps([handshake, refused, passed])


def test_the_url_is_in_no_file(laptop):
    token = laptop.ready["inspector"].split("/")[3]
    files = [file for file in laptop.state.rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if token.encode() in file.read_bytes()] == []
