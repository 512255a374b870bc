"""The sample listens where the graph's integrations call it, or the start ends."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

import pytest

from portcullis.errors import PortcullisError
from portcullis.laptop.backend import BackendListener, sample_backend, start_backend, write_jwks
from portcullis.laptop.backend_choice import BackendCommand, BackendUrl
from portcullis.laptop.ports import free_port
from portcullis.laptop.state_directory import StateDirectory
from tests.portcullis.laptop.closed_port import closed_port


def backend(url, tmp_path, trust="trust.pem"):
    return sample_backend(
        url,
        listener=BackendListener(
            certificate=tmp_path / "server.pem",
            key=tmp_path / "server.key",
            trust=tmp_path / trust if trust else None,
        ),
        outputs={"issuer": "https://localhost", "audience": "petstore"},
        state=StateDirectory(tmp_path),
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8081", "http://[::1]:8081/", "https://127.0.0.1:8081"]
)
def test_a_loopback_address_is_accepted(tmp_path, url):
    assert backend(url, tmp_path).pid is None


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://127.0.0.1:8081", "http://127.0.0.1", "http://localhost:8081"),
        *("http://10.0.0.1:8081", "https://pets.internal.example", ""),
    ],
)
def test_another_address_is_an_error_with_the_setting_to_override(tmp_path, url):
    with pytest.raises(PortcullisError, match=r"--config portcullis:backendUrl=https://127"):
        backend(url, tmp_path)


@pytest.mark.parametrize(
    ("url", "trust", "given"),
    [
        ("https://127.0.0.1:8081", "trust.pem", {"--certificate", "--key", "--client-trust"}),
        ("https://127.0.0.1:8081", "", {"--certificate", "--key"}),
        ("http://127.0.0.1:8081", "trust.pem", set()),
    ],
)
def test_over_https_it_requires_the_gateways_certificate(tmp_path, url, trust, given):
    arguments = backend(url, tmp_path, trust)._command.arguments
    assert {"--certificate", "--key", "--client-trust"} & set(arguments) == given


def silent(_tmp_path, port):
    return BackendUrl(url=f"http://127.0.0.1:{port}")


def ending(tmp_path, _port):
    program = (sys.executable, "-c", "raise SystemExit('no database')")
    return BackendCommand(arguments=program, directory=tmp_path)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (silent, "cannot be reached: connection refused"),
        (ending, r"\(last line: no database\)"),
    ],
)
def test_a_backend_that_does_not_listen_ends_the_start(tmp_path, choice, says):
    state = StateDirectory(tmp_path)
    state.make()

    async def run(port):
        async with AsyncExitStack() as started:
            await start_backend(
                started,
                choice(tmp_path, port),
                listener=BackendListener(certificate=tmp_path, key=tmp_path, trust=None),
                url=f"http://127.0.0.1:{free_port('127.0.0.1')}",
                outputs={"issuer": "https://localhost", "audience": "orders"},
                state=state,
            )

    with closed_port() as port, pytest.raises(PortcullisError, match=says):
        asyncio.run(run(port))


def test_the_exported_keys_are_written(tmp_path):
    jwks = {"keys": [{"kid": "1"}]}
    write_jwks(tmp_path / "jwks.json", jwks)
    assert json.loads((tmp_path / "jwks.json").read_text()) == jwks


@pytest.mark.parametrize("jwks", [None, {}, {"keys": []}, [], "keys"])
def test_a_stack_without_keys_is_an_error(tmp_path, jwks):
    with pytest.raises(PortcullisError, match="no output `jwks`"):
        write_jwks(tmp_path / "jwks.json", jwks)
    assert not (tmp_path / "jwks.json").exists()
