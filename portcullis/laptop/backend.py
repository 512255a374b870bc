"""Backends as processes, at the address that the graph's integrations call."""

import ipaddress
import json
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portcullis.errors import PortcullisError
from portcullis.gateway.processes.child import Command, Supervised, minimal_environment
from portcullis.laptop.backend_choice import (
    BackendChoice,
    BackendCommand,
    BackendFunction,
    BackendUrl,
)
from portcullis.laptop.own_backend import require_listening, start_command
from portcullis.laptop.state_directory import StateDirectory
from portcullis.sample import SAMPLE


@dataclass(frozen=True, kw_only=True)
class BackendListener:
    """The files of a backend that is called over TLS.

    ``trust`` holds the client certificates that it accepts; a connection without one is refused.
    None: the stack presents no client certificate, and every local caller is accepted.
    """

    certificate: Path
    key: Path
    trust: Path | None


async def start_backend(
    started: AsyncExitStack,
    choice: BackendChoice,
    *,
    listener: BackendListener,
    url: str,
    outputs: Mapping[str, Any],
    state: StateDirectory,
) -> Supervised | None:
    """Start the backend at ``url``, or check the one that runs there; ``started`` stops it.

    Returns:
        The process; None for one that was started elsewhere, and for a function, which is started
        with those of the graph.

    Raises:
        PortcullisError: it does not start, or does not listen.
    """
    if isinstance(choice, BackendFunction):
        return None
    if isinstance(choice, BackendUrl):
        await require_listening(choice)
        return None
    if isinstance(choice, BackendCommand):
        return await start_command(
            started,
            choice,
            url=url,
            jwks=state.jwks_file,
            outputs=outputs,
            log_file=state.logs / "backend.log",
        )
    backend = sample_backend(url, listener=listener, outputs=outputs, state=state)
    await backend.start()
    started.push_async_callback(backend.stop)
    return backend


def sample_backend(
    url: str, *, listener: BackendListener, outputs: Mapping[str, Any], state: StateDirectory
) -> Supervised:
    """The sample, which listens at ``url`` and accepts only tokens of this run.

    Over https it requires a client certificate of ``listener.trust``.

    Raises:
        PortcullisError: ``url`` is not a port of a loopback address.
    """
    host, port = _loopback(url)
    arguments: tuple[str, ...] = (
        *(sys.executable, "-m", SAMPLE.module),
        *("--host", host, "--port", str(port), "--jwks", str(state.jwks_file)),
        *("--issuer", str(outputs["issuer"]), "--audience", str(outputs["audience"])),
    )
    if url.startswith("https://"):
        arguments += ("--certificate", str(listener.certificate), "--key", str(listener.key))
        if listener.trust is not None:
            arguments += ("--client-trust", str(listener.trust))
    return Supervised(
        Command(
            name=SAMPLE.name,
            arguments=arguments,
            # aiohttp reads this machine's authorities when it is imported; the sample trusts none.
            environment=minimal_environment(state.run) | {"SSL_CERT_FILE": os.devnull},
            directory=state.run,
            log_file=state.logs / f"{SAMPLE.name}.log",
        ),
        announces=True,  # once it listens
    )


def write_jwks(path: Path, jwks: Any) -> None:
    """Write the public keys that the stack exports.

    Raises:
        PortcullisError: the stack exports none.
    """
    if not isinstance(jwks, dict) or not jwks.get("keys"):
        raise PortcullisError(
            "The stack has no output `jwks` with a key in it, so no backend could verify a token. "
            'Export it in __main__.py: pulumi.export("jwks", authorizer.jwks)'
        )
    path.write_text(json.dumps(jwks, indent=2) + "\n", encoding="utf-8")


def _loopback(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        is_loopback = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_loopback = False
    if parts.scheme not in {"http", "https"} or not is_loopback or not parts.port:
        raise PortcullisError(
            f"The sample listens on a port of a loopback address, and backendUrl is {url}. "
            "Override it for this run: portcullis up --config "
            "portcullis:backendUrl=https://127.0.0.1:8081, or call a backend of your own: "
            "--backend URL"
        )
    return str(parts.hostname), parts.port
