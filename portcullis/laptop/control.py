"""The control socket: stop, start and redeploy parts of a running laptop, by JSON lines.

Only its owner can open it (mode 0600, in a folder of mode 0700). The attack matrix uses it to show
what happens when a part fails; the data plane does not read it.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

LINE_LIMIT_BYTES = 65536

ControlAction = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


class ControlServer:
    """Answers ``{"do": NAME, …}`` with ``{"ok": true, …}`` or ``{"ok": false, "error": TEXT}``."""

    def __init__(self, path: Path, actions: Mapping[str, ControlAction]) -> None:
        self.path = path
        self._actions = actions
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self.path, limit=LINE_LIMIT_BYTES
        )
        self.path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                while line := await reader.readline():
                    writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                    await writer.drain()
            except ValueError:  # a line over the limit
                writer.write(b'{"ok": false, "error": "line too long"}\n')
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            name = asked["do"]
            action = self._actions[name]
        except (ValueError, KeyError, TypeError):
            return {"ok": False, "error": f"unknown command; known: {sorted(self._actions)}"}
        try:
            return {"ok": True, **(await action(asked) or {})}
        except Exception as error:  # noqa: BLE001 - the caller is a test; it gets the error
            return {"ok": False, "error": f"{name}: {error}"}


def ask(path: Path, command: str, *, seconds: float) -> dict[str, Any]:
    """One command to a running laptop, and its answer.

    Raises:
        OSError: nothing listens there, or it does not answer in time.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(seconds)
        stream.connect(str(path))
        stream.sendall(json.dumps({"do": command}).encode() + b"\n")
        with stream.makefile("rb") as answers:
            line = answers.readline()
    if not line:
        raise ConnectionResetError("it ended before its answer")
    answer: dict[str, Any] = json.loads(line)
    return answer
