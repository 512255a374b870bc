"""The AWS services of the laptop as a process."""

import asyncio
import os
import signal

import boto3
import pytest
import uvloop

from portcullis.gateway.moto import MotoServer
from portcullis.gateway.processes import ProcessError


def kms(url):
    return boto3.client(
        "kms",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def key_count(url) -> int:
    client = kms(url)
    try:
        return len(client.list_keys()["Keys"])
    finally:
        client.close()


def test_it_serves_keys_and_is_back_at_the_same_address_after_a_crash(tmp_path):
    async def main():
        loop = asyncio.get_running_loop()
        back = asyncio.Event()

        async def on_restart():
            back.set()

        server = await MotoServer.start(
            state_directory=tmp_path, log_file=tmp_path / "moto.log", on_restart=on_restart
        )
        try:
            client = kms(server.endpoint_url)
            await loop.run_in_executor(None, lambda: client.create_key(KeySpec="ECC_NIST_P256"))
            client.close()
            assert await loop.run_in_executor(None, key_count, server.endpoint_url) == 1
            os.kill(server.process.pid, signal.SIGKILL)
            await asyncio.wait_for(back.wait(), 30)
            assert await loop.run_in_executor(None, key_count, server.endpoint_url) == 0
            pid = server.process.pid
        finally:
            await server.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    uvloop.run(main())


def test_a_server_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("portcullis.gateway.moto.sys.executable", "/nonexistent-python")

    async def main():
        with pytest.raises(ProcessError, match="Cannot start moto"):
            await MotoServer.start(state_directory=tmp_path, log_file=tmp_path / "moto.log")

    uvloop.run(main())
