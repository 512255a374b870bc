"""The key set: how long it keeps keys, and how often it reads the JWKS."""

import asyncio
import json

import pytest

from portcullis.petstore.jwks import JwksError
from portcullis.petstore.keys import KeySet, KeysUnavailableError


class Place:
    """Where the JWKS lies; counts how often it is read."""

    def __init__(self, text: bytes) -> None:
        self.text: bytes | None = text
        self.reads = 0

    def __call__(self) -> bytes:
        self.reads += 1
        if self.text is None:
            raise JwksError("gone")
        return self.text


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def both(*issuers):
    return json.dumps({"keys": [issuer.jwk() for issuer in issuers]}).encode()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def place(issuer):
    return Place(issuer.jwks())


@pytest.fixture
def keys(place, clock):
    return KeySet(place, clock=clock, floor_seconds=30, max_age_seconds=300)


def test_a_known_key_is_read_once(keys, place, issuer):
    async def find_twice():
        return [await keys.find("key-1") for _ in range(2)]

    first, again = asyncio.run(find_twice())
    assert first.public_numbers() == issuer.private.public_key().public_numbers()
    assert first is again
    assert place.reads == 1


def test_a_new_key_is_found_without_a_restart(keys, place, clock, issuer, second):
    async def rotate():
        await keys.load()
        place.text = both(issuer, second)
        clock.seconds += 31
        return await keys.find("key-2")

    assert asyncio.run(rotate()) is not None


def test_invented_key_ids_cause_one_read_per_floor_interval(keys, place, clock):
    async def flood():
        await keys.load()
        clock.seconds += 31
        for number in range(50):
            assert await keys.find(f"invented-{number}") is None

    asyncio.run(flood())
    assert place.reads == 2


def test_invented_key_ids_at_the_same_moment_cause_one_read(keys, place, clock):
    async def flood():
        await keys.load()
        clock.seconds += 31
        await asyncio.gather(*(keys.find(f"invented-{number}") for number in range(20)))

    asyncio.run(flood())
    assert place.reads == 2


def test_a_withdrawn_key_stops_working_when_the_copy_is_too_old(keys, place, clock, second):
    async def withdraw():
        assert await keys.find("key-1") is not None
        place.text = second.jwks()
        clock.seconds += 300
        return await keys.find("key-1")

    assert asyncio.run(withdraw()) is None


def test_an_old_copy_that_cannot_be_read_again_is_not_used(keys, place, clock):
    async def lose():
        await keys.load()
        place.text = None
        clock.seconds += 300
        await keys.find("key-1")

    with pytest.raises(KeysUnavailableError):
        asyncio.run(lose())


def test_keys_that_were_never_read_are_unavailable_and_not_unknown(place, clock):
    place.text = None
    with pytest.raises(KeysUnavailableError):
        asyncio.run(KeySet(place, clock=clock).find("key-1"))


def test_a_failed_read_keeps_the_copy_while_it_is_fresh(keys, place, clock):
    async def stumble():
        await keys.load()
        place.text = None
        clock.seconds += 31
        assert await keys.find("invented") is None
        return await keys.find("key-1")

    assert asyncio.run(stumble()) is not None


def test_the_keys_come_back_when_the_place_answers_again(keys, place, clock, issuer):
    async def recover():
        await keys.load()
        place.text = None
        clock.seconds += 300
        with pytest.raises(KeysUnavailableError):
            await keys.find("key-1")
        place.text = issuer.jwks()
        with pytest.raises(KeysUnavailableError):  # the floor holds for failures too
            await keys.find("key-1")
        clock.seconds += 30
        return await keys.find("key-1")

    assert asyncio.run(recover()) is not None
