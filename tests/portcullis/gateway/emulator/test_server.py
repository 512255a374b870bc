"""The AWS emulator as a process: its keys and tables survive a crash."""

import asyncio
import contextlib
import os
import signal
import threading
import time

import boto3
import pytest
import uvloop
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portcullis.gateway.emulator.server import MotoServer
from portcullis.gateway.processes.child import ProcessError

KEY = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
MESSAGE = b"a token"


def aws(service, url, region="eu-central-1", *, seconds=300):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(read_timeout=seconds, retries={"total_max_attempts": 1}),
    )


async def started(folder):
    server = await MotoServer.prepared(state_directory=folder, log_file=folder / "moto.log")
    await server.listen()
    return server


def crashing(tmp_path, test):
    """Runs ``test(url, crash)`` in a thread beside a server; ``crash`` ends when it is back."""

    async def main():
        loop = asyncio.get_running_loop()
        server = await started(tmp_path)

        async def crash():
            pid = server.process.pid
            os.kill(pid, signal.SIGKILL)
            while server.process.pid in {pid, None}:  # noqa: ASYNC110 - a restart has no event
                await asyncio.sleep(0.05)

        def wait_for_crash():
            asyncio.run_coroutine_threadsafe(crash(), loop).result(300)

        try:
            await asyncio.to_thread(test, server, wait_for_crash)
            pid = server.process.pid
        finally:
            await server.stop()
        if pid is not None:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    uvloop.run(main())


def sign(kms, key):
    return kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")["Signature"]


def is_valid(public, signature):
    load_der_public_key(public).verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))
    return True


def test_keys_and_tables_survive_each_crash(tmp_path):
    """One server for all of it, since each start takes seconds."""

    def test(server, crash):
        kms, elsewhere = (
            aws("kms", server.endpoint_url, region) for region in ("eu-central-1", "us-east-1")
        )
        tags = [{"TagKey": "a", "TagValue": "b"}]
        key = kms.create_key(**KEY, Tags=tags, Description="signs")["KeyMetadata"]["KeyId"]
        public = kms.get_public_key(KeyId=key)["PublicKey"]
        crash()
        assert [path.name for path in tmp_path.rglob("*")] == ["moto.log"]  # no journal by name
        assert "replayed 1 writes" in (tmp_path / "moto.log").read_text()

        kms.create_alias(AliasName="alias/signing", TargetKeyId=key)
        symmetric = elsewhere.create_key()["KeyMetadata"]["KeyId"]
        secret = elsewhere.encrypt(KeyId=symmetric, Plaintext=b"kept")["CiphertextBlob"]
        table = aws("dynamodb", server.endpoint_url)
        make(table)
        put(table, "a", "active")
        put(table, "b", "active")
        put(table, "a", "suspended")
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            put(table, "a", "active", ConditionExpression="attribute_not_exists(pk)")
        table.delete_item(TableName="t", Key={"pk": {"S": "b"}})
        for keys, items in ((1, {"a": "suspended"}), (2, {"a": "suspended", "c": "ü\x7f\n"})):
            crash()
            assert kms.describe_key(KeyId="alias/signing")["KeyMetadata"]["KeyId"] == key
            assert kms.get_public_key(KeyId=key)["PublicKey"] == public
            assert is_valid(public, sign(kms, key))
            assert kms.list_resource_tags(KeyId=key)["Tags"] == tags
            assert elsewhere.decrypt(CiphertextBlob=secret)["Plaintext"] == b"kept"
            assert len(kms.list_keys()["Keys"]) == keys
            assert read(table) == items
            kms.create_key(**KEY)  # has an id of its own again
            put(table, "c", "ü\x7f\n")

    crashing(tmp_path, test)


def test_no_write_that_was_answered_is_lost_whenever_the_crash_comes(tmp_path):
    """Two writers go on through three crashes; each knows the last value that was accepted."""

    def test(server, crash):
        table = aws("dynamodb", server.endpoint_url)
        make(table)
        accepted = {"a": [], "b": []}
        stopped = threading.Event()

        def write(name):
            own = aws("dynamodb", server.endpoint_url)
            number = 0
            while not stopped.is_set():
                number += 1
                with contextlib.suppress(BotoCoreError):
                    put(own, name, str(number))
                    accepted[name].append(number)

        writers = [threading.Thread(target=write, args=(name,)) for name in accepted]
        for writer in writers:
            writer.start()
        try:
            for crashes in (1, 2, 3):
                crash()
                wait_for(lambda n=crashes: all(len(a) > 20 * n for a in accepted.values()))
        finally:
            stopped.set()
            for writer in writers:
                writer.join()
        held = read(table)
        for name, numbers in accepted.items():
            # The one that the crash interrupted may have come through as well.
            assert int(held[name]) >= numbers[-1], name
        crash()
        assert read(table) == held

    crashing(tmp_path, test)


def test_a_state_that_cannot_be_restored_keeps_the_services_down_and_is_logged(tmp_path, caplog):
    def test(server, _crash):
        kms = aws("kms", server.endpoint_url)
        kms.create_key(**KEY)
        os.ftruncate(server._notes, 20)
        os.pwrite(server._notes, b"\n", 20)
        os.kill(server.process.pid, signal.SIGKILL)
        wait_for(lambda: "End `portcullis up` and start it again" in caplog.text)
        assert server.process.pid is None
        with pytest.raises(BotoCoreError):
            aws("kms", server.endpoint_url, seconds=0.5).list_keys()

    crashing(tmp_path, test)
    assert "The state of KMS and DynamoDB cannot be restored: note 1 of 1" in caplog.text


def test_a_server_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("portcullis.gateway.emulator.server.sys.executable", "/nonexistent-python")

    async def main():
        with pytest.raises(ProcessError, match="Cannot start moto"):
            await started(tmp_path)

    uvloop.run(main())


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def make(table):
    table.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )


def put(table, name, status, **condition):
    table.put_item(TableName="t", Item={"pk": {"S": name}, "status": {"S": status}}, **condition)


def read(table):
    items = table.scan(TableName="t")["Items"]
    return {item["pk"]["S"]: item["status"]["S"] for item in items}
