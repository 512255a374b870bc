"""KMS and DynamoDB are killed: clients with a token are answered, others refused, no data is lost.

Both are one moto process here. Its journal outlives it (portcullis/gateway/emulator/journal.py), so
the key is the same key, and a client that was suspended only in the table stays suspended.
"""

import contextlib
import os
import signal
import threading
import time

import boto3
import pytest

from portcullis.registry import ClientStatus
from portcullis.registry.store import set_status
from portcullis.registry.table_store import TableStore
from tests.portcullis.laptop.running import EMULATOR, command_of, is_alive, running, wait_for
from tests.portcullis.laptop.steady import PATIENT, Steady, control, redeploy

pytestmark = pytest.mark.laptop

AUTHORIZER_FAILED = (500, '{"message":null}')  # not a 403: there was no decision
DEPLOY_SECONDS = 4  # so long a deploy would not take by itself


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    with running(tmp_path_factory.mktemp("killed"), *PATIENT) as started:
        yield started


def emulators(laptop):
    """The pids of moto, started or starting."""
    return {pid for pid in laptop.parts() if EMULATOR in command_of(pid)}


def others(laptop):
    """The pids of the other parts, once each of them takes calls."""
    control(laptop.ready, "await-workers")
    return {pid for pid in laptop.parts() if EMULATOR not in command_of(pid)}


def kill(laptop):
    """SIGKILL; answers its pid and when it was."""
    (pid,) = emulators(laptop)
    os.kill(pid, signal.SIGKILL)
    return pid, time.monotonic()


@contextlib.contextmanager
def held_down(laptop, killed):
    """The next moto does not get far enough to answer, until the block ends."""
    (pid,) = wait_for(lambda: emulators(laptop) - {killed})
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def change_table(laptop):
    """The opposite of the clients file: from now on the table alone knows this."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=laptop.ready["kms"]["endpoint"],
        region_name="eu-central-1",
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )
    table = TableStore(client, "portcullis-local-registry")
    table.plan(set_status("pet-viewer", ClientStatus.SUSPENDED)).write()
    table.plan(set_status("pet-hotel", ClientStatus.ACTIVE)).write()


def keys(laptop):
    """What backends verify with, as it is published."""
    return laptop.call("pet-shop", path="/.well-known/jwks.json")[1]


def statuses(laptop):
    return {name: laptop.call(name)[0] for name in ("pet-shop", "pet-viewer", "pet-hotel")}


@pytest.mark.parametrize("registry", ["file", "dynamodb"])
def test_a_client_with_a_token_is_still_answered_and_the_others_recover(laptop, registry):
    redeploy(laptop.ready, registry=registry, registryCacheSeconds="300")
    fresh, suspended = "pet-viewer", "pet-hotel"
    if registry == "dynamodb":
        change_table(laptop)
        fresh, suspended = suspended, fresh
    expected = {"pet-shop": 200, fresh: 200, suspended: 403}
    published = keys(laptop)
    before = others(laptop)
    with Steady(laptop.ready, "pet-shop", source="127.0.0.2") as shop:
        shop.meet_every_worker()
        killed, began = kill(laptop)
        with held_down(laptop, killed):
            assert laptop.call(fresh)[:2] == AUTHORIZER_FAILED
            # Without a table there is nothing to ask about these two.
            for client in ("stranger", suspended):
                answer = laptop.call(client)[:2]
                assert answer[0] == 403 if registry == "file" else answer == AUTHORIZER_FAILED
            with pytest.raises(OSError):  # noqa: PT011 - the handshake, whatever it says
                laptop.call(None)
            held = time.monotonic()
        wait_for(lambda: laptop.call(fresh)[0] == 200)
        back = time.monotonic()
        assert statuses(laptop) == expected
        shop.wait_for(lambda: len(shop.since(back)) > 10)
    assert shop.refused() == []
    assert [laptop.call(client)[0] for client in ("stranger", "revoked")] == [403, 403]
    with pytest.raises(OSError):  # noqa: PT011 - the handshake, whatever it says
        laptop.call(None)
    assert keys(laptop) == published
    assert others(laptop) == before  # nothing else was restarted
    print(  # noqa: T201 - the measurement that this test shows
        f"killed, registry {registry}: {len(shop.since(began))} calls went on, 0 failed; held down "
        f"for {held - began:.1f} s, and a new client was let in {back - held:.1f} s later"
    )


def test_it_recovers_from_each_of_several_kills(laptop):
    redeploy(laptop.ready, registry="dynamodb", registryCacheSeconds="0")
    before, parts = statuses(laptop), others(laptop)
    seconds = []
    for _ in range(3):
        killed, began = kill(laptop)
        # Meanwhile clients are refused, and no refused client is accepted.
        wait_for(lambda: _is_answered(laptop, before))
        seconds.append(time.monotonic() - began)
        wait_for(lambda killed=killed: len(emulators(laptop) - {killed}) == 1)
    assert others(laptop) == parts
    print(  # noqa: T201 - the measurement that this test shows
        "killed three times: all were answered as before after "
        + ", ".join(f"{one:.1f} s" for one in seconds)
    )


def _is_answered(laptop, before):
    """Whether all are answered as before; until then a 500 is the only other answer."""
    now = statuses(laptop)
    assert {now[name] for name in now if now[name] != before[name]} <= {500}
    return now == before


def test_a_deploy_during_the_kill_succeeds_and_loses_nothing(laptop):
    redeploy(laptop.ready, registry="dynamodb", registryCacheSeconds="300")
    before, published = statuses(laptop), keys(laptop)
    answers = []
    deploy = threading.Thread(
        target=lambda: answers.append(redeploy(laptop.ready, tokenLifeSeconds="200"))
    )
    with Steady(laptop.ready, "pet-shop", source="127.0.0.2") as shop:
        shop.meet_every_worker()
        killed, _ = kill(laptop)
        with held_down(laptop, killed):
            deploy.start()
            time.sleep(DEPLOY_SECONDS)
            assert deploy.is_alive()  # it waits for the key
        deploy.join(900)
        assert answers
        wait_for(lambda: statuses(laptop) == before)
    assert shop.refused() == []
    assert keys(laptop) == published


def test_a_laptop_stops_while_its_emulator_is_down(laptop):
    killed, _ = kill(laptop)
    with held_down(laptop, killed):
        everything = laptop.children()
        assert laptop.stop() == 0
    wait_for(lambda: not any(map(is_alive, everything)))
