"""The URL of the page is there exactly while calls are kept for it."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from portcullis.cli.inspecting import choose_inspector_port, inspecting
from portcullis.errors import PortcullisError
from portcullis.inspector.recent_calls import RecentCalls


def url(recent, tmp_path):
    async def asking():
        gateway = SimpleNamespace(gates=str(tmp_path / "gates.jsonl"))
        async with inspecting(recent, lambda: gateway, stack="local", wanted=0) as page:
            return page

    return asyncio.run(asking())


def test_a_page_is_opened_beside_the_gateway(tmp_path):
    assert url(RecentCalls(), tmp_path).startswith("http://127.0.0.1:")
    assert url(None, tmp_path) is None


def test_a_port_that_was_asked_for_is_used_or_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortcullisError, match="--inspector-port"):
            choose_inspector_port(port)
    assert choose_inspector_port(port) == port
