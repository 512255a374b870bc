"""Serves the page and its events on loopback, to requests with the token of its URL.

Everything is read-only. The Host header must be this server's address, so that a foreign web page
cannot reach it under a name of its own (DNS rebinding). The token is in the path, is made anew by
each start, and is compared in constant time.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from portcullis.inspector.address import HOST, InspectorAddress
from portcullis.inspector.description import CallDescriptions

log = logging.getLogger(__name__)

PAGE = Path(__file__).with_name("page")
POLL_SECONDS = 0.1
CALLS_OF_A_POLL = 10  # of a page that falls behind, those no longer kept are skipped
HEARTBEAT_SECONDS = 15.0  # finds viewers that are gone
MAX_VIEWERS = 8

_SCRIPTS = ("calls", "detail", "dom", "inspector", "list")
_FILES = {
    "": ("index.html", "text/html"),
    "inspector.css": ("inspector.css", "text/css"),
    **{f"{name}.js": (f"{name}.js", "text/javascript") for name in _SCRIPTS},
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class InspectorServer:
    """The page of one gateway."""

    def __init__(self, descriptions: CallDescriptions, address: InspectorAddress) -> None:
        self._descriptions = descriptions
        self._address = address
        self._run = secrets.token_hex(4)  # tells a page that reconnects that the calls are new
        self._is_closing = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer until the block ends; then the socket is closed."""
        application = web.Application(middlewares=[self._guard])
        application.router.add_get("/{token}/events", self._events, allow_head=False)
        application.router.add_get("/{token}/{file:[a-z.]*}", self._file, allow_head=False)
        runner = web.AppRunner(application, access_log=None, logger=log, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.SockSite(runner, self._address.socket).start()
            yield
        finally:
            self._is_closing.set()
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.host not in {f"{HOST}:{self._address.port}", f"localhost:{self._address.port}"}:
            return _refusal(403, "The Host header is not the address of this page.")
        token = request.path[1:].partition("/")[0]
        if not secrets.compare_digest(token.encode(), self._address.token.encode()):
            return _refusal(403, "Open the URL that the running command printed.")
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPException as error:  # an unknown file or method
            return _refusal(error.status, error.reason)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = _FILES.get(request.match_info["file"])
        if found is None:
            return _refusal(404, "Not Found")
        name, content_type = found
        return web.Response(
            text=(PAGE / name).read_text(encoding="utf-8"),
            content_type=content_type,
            charset="utf-8",
            headers=_HEADERS,
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        recent = self._descriptions.recent
        if recent.viewers >= MAX_VIEWERS:
            return _refusal(503, "Too many pages are open.")
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        recent.page_opened()
        try:
            await response.prepare(request)
            await self._stream(response, self._seen(request.headers.get("Last-Event-ID", "")))
        except ConnectionError:  # the page was closed
            pass
        finally:
            recent.page_closed()
        return response

    async def _stream(self, response: web.StreamResponse, seen: int | None) -> None:
        """Send the calls after ``seen``, then each new one, until the server closes."""
        recent = self._descriptions.recent
        await response.write(_event("gateway", self._gateway()))
        if seen is None:
            seen = 0
            logged = await asyncio.to_thread(self._descriptions.earlier)
            kept = recent.times()  # after the logs were read: what came meanwhile is in both
            for described in logged:
                if described["time"] not in kept:
                    await response.write(_event("call", described, f"{self._run}-0"))
        limit = recent.kept
        quiet = 0.0
        while not self._is_closing.is_set():
            calls = recent.since(seen, at_most=limit)
            if calls:
                skipped = calls[0][0] - seen - 1
                if skipped and limit < recent.kept:
                    await response.write(_event("skipped", {"calls": skipped}))
                for number, call in calls:
                    described = self._descriptions.describe(number, call)
                    await response.write(_event("call", described, f"{self._run}-{number}"))
                    await asyncio.sleep(0)  # the gateway runs in the same loop
                seen, quiet = calls[-1][0], 0.0
            elif quiet >= HEARTBEAT_SECONDS:
                await response.write(b": still here\n\n")
                quiet = 0.0
            limit = CALLS_OF_A_POLL
            quiet += POLL_SECONDS
            await asyncio.sleep(POLL_SECONDS)

    def _gateway(self) -> dict[str, Any]:
        descriptions = self._descriptions
        return {
            "run": self._run,
            "stack": descriptions.stack,
            "gateway": descriptions.reachable().gateway,
            "keptCalls": descriptions.recent.kept,
        }

    def _seen(self, last_event_id: str) -> int | None:
        """The number of the last call that a page has; None for one that has none of this run."""
        run, _, number = last_event_id.partition("-")
        return int(number) if run == self._run and number.isdecimal() else None


def _event(kind: str, content: Mapping[str, Any], event_id: str = "") -> bytes:
    """One server-sent event. JSON in ASCII has no line break, so it is one line of data."""
    first = f"id: {event_id}\n" if event_id else ""
    return f"{first}event: {kind}\ndata: {json.dumps(content)}\n\n".encode()


def _refusal(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers=_HEADERS)
