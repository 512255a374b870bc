"""The PetStore backend as a process, at the address that the graph's integrations call."""

import ipaddress
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portcullis.errors import PortcullisError
from portcullis.gateway.processes.child import (
    Command,
    Supervised,
    answers_http,
    minimal_environment,
)
from portcullis.package import NAME


class BackendAddressError(PortcullisError):
    def __init__(self, url: str) -> None:
        super().__init__(
            f"The stack's backend is {url}, which is not plain HTTP on a loopback address. "
            "Override it for this run: portcullis up --config portcullis:backendUrl=http://127.0.0.1:8081"
        )


def petstore(
    url: str,
    *,
    jwks: Path,
    issuer: str,
    audience: str,
    key_floor_seconds: float | None,
    scratch: Path,
    log_file: Path,
) -> Supervised:
    """A PetStore that listens at ``url`` and accepts only tokens of this run.

    Raises:
        BackendAddressError: ``url`` is not plain HTTP on a loopback address.
    """
    host, port = _loopback(url)
    arguments: tuple[str, ...] = (
        *(sys.executable, "-m", f"{NAME}.petstore"),
        *("--host", host, "--port", str(port), "--jwks", str(jwks)),
        *("--issuer", issuer, "--audience", audience, "--record"),
    )
    if key_floor_seconds is not None:
        arguments += ("--key-floor-seconds", str(key_floor_seconds))
    return Supervised(
        Command(
            name="petstore",
            arguments=arguments,
            environment=minimal_environment(scratch),
            directory=scratch,
            log_file=log_file,
        ),
        announces=True,
        is_healthy=answers_http(f"{url.rstrip('/')}/healthz"),
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
    if parts.scheme != "http" or not is_loopback or not parts.port:
        raise BackendAddressError(url)
    return str(parts.hostname), parts.port
