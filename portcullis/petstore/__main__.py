"""``python -m portcullis.petstore``: the PetStore as a process of its own.

When it listens it writes one line of JSON to standard output: ``{"backend": URL, "pid": NUMBER}``.
SIGTERM and SIGINT let running calls finish and end it with 0.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import math
import os
import signal
import ssl
import sys
from pathlib import Path

from aiohttp import web

from portcullis.errors import MisuseError, PortcullisError
from portcullis.petstore.application import make_application
from portcullis.petstore.client_trust import ClientTrust, refuse_withdrawn
from portcullis.petstore.jwks_source import jwks_source
from portcullis.petstore.keys import FLOOR_SECONDS, KeySet
from portcullis.petstore.verification import Expected

SHUTDOWN_SECONDS = 5.0
MAX_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        asyncio.run(_serve(options))
    except PortcullisError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keys = KeySet(
        jwks_source(options.jwks, truststore=options.jwks_cacert, identity=_identity(options)),
        floor_seconds=options.key_floor_seconds,
    )
    await keys.load()
    expected = Expected(issuer=options.issuer, audience=options.audience)
    application = make_application(keys, expected)
    tls = _server_tls(options, application)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, ssl_context=tls)
        try:
            await site.start()
        except OSError as error:
            raise MisuseError(
                f"The PetStore cannot listen on {options.host}:{options.port}: {error.strerror}. "
                "Stop what uses the port, or give another --port (0 takes a free one)."
            ) from None
        _announce(runner, "http" if tls is None else "https")
        await stop.wait()
    finally:
        await runner.cleanup()


def _server_tls(options: argparse.Namespace, application: web.Application) -> ssl.SSLContext | None:
    """TLS 1.2 or later; with ``--client-trust`` a caller must present one of its certificates."""
    if bool(options.certificate) != bool(options.key):
        raise MisuseError("--certificate and --key go together.")
    if options.certificate is None:
        if options.client_trust is not None:
            raise MisuseError("--client-trust needs --certificate and --key.")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certificate, options.key)
        if options.client_trust is not None:
            trust = ClientTrust(options.client_trust, context)
            application.middlewares.append(refuse_withdrawn(trust))
    except OSError as error:
        raise MisuseError(
            f"--certificate, --key or --client-trust cannot be used: {error.strerror or error}"
        ) from None
    except ValueError:
        raise MisuseError("--client-trust must be a PEM file with a certificate.") from None
    return context


def _announce(runner: web.AppRunner, scheme: str) -> None:
    host, port = runner.addresses[0][:2]
    literal = f"[{host}]" if ":" in host else host
    line = {"backend": f"{scheme}://{literal}:{port}", "pid": os.getpid()}
    with contextlib.suppress(BrokenPipeError):  # the parent process need not read it
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def _identity(options: argparse.Namespace) -> tuple[Path, Path] | None:
    if bool(options.jwks_certificate) != bool(options.jwks_key):
        raise MisuseError("--jwks-certificate and --jwks-key go together.")
    if options.jwks_certificate is None:
        return None
    return options.jwks_certificate, options.jwks_key


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to {MAX_PORT})")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return seconds


def _name(text: str) -> str:
    if not text:  # an empty issuer or audience would match an empty claim
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portcullis.petstore",
        description="The PetStore sample as a backend that verifies the gateway's token.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=_port, default=0, help="port to listen on; 0 takes a free one")
    add("--jwks", required=True, help="the issuer's public keys: a file, or an https URL")
    add("--jwks-cacert", type=Path, help="PEM file with the issuer of the JWKS server")
    add("--jwks-certificate", type=Path, help="PEM file to present to the JWKS server")
    add("--jwks-key", type=Path, help="its private key")
    add("--certificate", type=Path, help="PEM file to listen with, for https")
    add("--key", type=Path, help="its private key")
    add("--client-trust", type=Path, help="PEM file of the client certificates to accept")
    add("--issuer", required=True, type=_name, help="iss that a token must carry")
    add("--audience", required=True, type=_name, help="aud that a token must carry")
    add(
        "--key-floor-seconds",
        type=_seconds,
        default=FLOOR_SECONDS,
        help="least time between two fetches for an unknown key id (default %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
