"""Break and mend parts of a running laptop on purpose: JSON lines over a Unix socket.

The socket is the owner's alone (mode 0600, in a folder of mode 0700). It exists so that the attack
matrix can show what happens when a part dies; nothing of the data plane listens to it.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

LINE_LIMIT_BYTES = 65536

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


class ControlServer:
    """Answers ``{"do": NAME, …}`` with ``{"ok": true, …}`` or ``{"ok": false, "error": TEXT}``."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self.path = path
        self._commands = commands
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
            command = self._commands[name]
        except (ValueError, KeyError, TypeError):
            return {"ok": False, "error": f"unknown command; known: {sorted(self._commands)}"}
        try:
            return {"ok": True, **(await command(asked) or {})}
        except Exception as error:  # noqa: BLE001 - the caller is a test; it is told what broke
            return {"ok": False, "error": f"{name}: {error}"}
