"""A backend of the user's: a command that is started and stopped with the laptop, or an address."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portcullis.errors import PortcullisError
from portcullis.gateway.processes.child import Command, NotReadyError, Supervised
from portcullis.laptop.backend_choice import BackendCommand, BackendUrl

LISTEN_SECONDS = 30.0
CONNECT_SECONDS = 5.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


class BackendStartError(PortcullisError):
    """A backend's command that ended, or did not listen in time."""

    def __init__(self, choice: BackendCommand, url: str, log: Path, error: NotReadyError) -> None:
        address = urlsplit(url).netloc
        said = f" (last line: {error.last_line})" if error.last_line else ""
        what = (
            f"did not listen on {address} within {LISTEN_SECONDS:g} seconds. It must listen on the "
            "address and port in the environment variables HOST and PORT."
            if error.status is None
            else f"ended with status {error.status} before it listened on {address}."
        )
        super().__init__(f"The backend `{choice.text}` {what} Log: {log}{said}")


async def start_command(
    started: AsyncExitStack,
    choice: BackendCommand,
    *,
    url: str,
    jwks: Path,
    outputs: Mapping[str, Any],
    log_file: Path,
) -> Supervised:
    """Start the command and wait until it listens at ``url``; ``started`` stops it.

    Its environment is this process's, and tells it where to listen and how to verify tokens.

    Raises:
        PortcullisError: another program listens there.
        BackendStartError: it ended, or did not listen in time.
    """
    address = urlsplit(url)
    if await _refusal(url) is None:  # its answers would pass for the command's
        raise PortcullisError(
            f"Another program has begun to listen on port {address.port} of {address.hostname}, "
            "where the backend's command is to listen. Choose another port: --backend-port PORT "
            "(0 takes a free one)."
        )
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",  # its log is complete when it fails
        "HOST": str(address.hostname),
        "PORT": str(address.port),
        "PORTCULLIS_JWKS": str(jwks),
        "PORTCULLIS_ISSUER": str(outputs.get("issuer", "")),
        "PORTCULLIS_AUDIENCE": str(outputs.get("audience", "")),
    }

    async def listens() -> bool:
        return await _refusal(url) is None

    backend = Supervised(
        Command(
            name="backend",
            arguments=choice.arguments,
            environment=environment,
            directory=choice.directory,
            log_file=log_file,
            ends_as_group=True,  # a shell or npm does not pass SIGTERM on
        ),
        is_healthy=listens,
        start_seconds=LISTEN_SECONDS,
    )
    try:
        await backend.start()
    except NotReadyError as error:
        raise BackendStartError(choice, url, log_file, error) from None
    started.push_async_callback(backend.stop)
    return backend


async def require_listening(choice: BackendUrl) -> None:
    """Check that a backend which was started elsewhere accepts connections.

    Raises:
        PortcullisError: it does not.
    """
    if because := await _refusal(choice.url):
        raise PortcullisError(
            f"The backend {choice.url} cannot be reached: {because}. Start it, or let this command "
            "start it: --backend 'COMMAND'"
        )


async def _refusal(url: str) -> str | None:
    """Why no connection to the address is possible; None where one is."""
    address = urlsplit(url)
    port = address.port or _DEFAULT_PORTS[address.scheme]
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(address.hostname, port)
    except TimeoutError:
        return f"no answer within {CONNECT_SECONDS:g} seconds"
    except OSError as error:
        return "connection refused" if isinstance(error, ConnectionRefusedError) else str(error)
    writer.close()
    return None
