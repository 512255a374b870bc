"""A registry in pieces answers as the whole one does."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer import certificate as certificates
from authorizer.reasons import FailedError, Reason, RefusedError
from authorizer.registry import PackagedRegistry
from authorizer.shards import ShardedRegistry, shard_of
from components.authorizer_zip.shards import MAX_WHOLE_CLIENTS, registry_files
from tests.authorizer.making import (
    ISSUER,
    certificate,
    entry,
    name,
    pem,
    registry_document,
)


def uri(number):
    return f"spiffe://partners/{number}"


def document(count=MAX_WHOLE_CLIENTS + 1, **revoked):
    found = registry_document()
    found["clients"] = {
        f"client-{n}": entry(
            "pets:read", status="active" if n % 2 else "suspended", pins=("p" * 43,) * (n % 3 == 0)
        )
        for n in range(count)
    }
    found["identities"]["sanUri"] = {
        uri(n): [{"client": f"client-{n}", "issuer": None}] for n in range(count)
    }
    subject = certificates.canonical(name(CN="seven"))
    issuer = certificates.canonical(ISSUER)
    found["identities"]["subject"] = {subject: [{"client": "client-7", "issuer": issuer}]}
    found["identities"]["sanDns"] = {
        "eight.example.com": [
            {"client": "client-8", "issuer": "another"},
            {"client": "client-9", "issuer": issuer},
        ]
    }
    found["revoked"] |= revoked
    return found


def written(folder, source):
    for file, content in registry_files(json.dumps(source)).items():
        (folder / file).write_bytes(content)
    return json.loads((folder / "clients.json").read_text()), folder / "clients.shards"


@pytest.fixture(scope="module")
def whole():
    return PackagedRegistry(document())


@pytest.fixture(scope="module")
def sharded(tmp_path_factory):
    return ShardedRegistry(*written(tmp_path_factory.mktemp("shards"), document()))


def parsed(**shown):
    return certificates.parse(pem(certificate(**shown)))


def excerpt(registry, shown):
    return registry.excerpt(shown, now=0.0, deadline=0.0)


def outcome(registry, shown):
    found = excerpt(registry, shown).registry
    try:
        return found.identify(shown), found.is_revoked(shown)
    except RefusedError as refused:
        return refused.reason


@pytest.mark.parametrize(
    "shown",
    [
        {"uris": (uri(1),)},
        {"uris": (uri(2),)},
        {"uris": (uri(3),)},
        {"uris": (uri(MAX_WHOLE_CLIENTS),)},
        {"uris": (uri(MAX_WHOLE_CLIENTS + 1),)},
        {"uris": (uri(1), uri(5))},
        {"uris": (), "subject": name(CN="seven")},
        {"uris": (), "subject": name(CN="seven"), "issuer": name(CN="another")},
        {"uris": (uri(7),), "subject": name(CN="seven")},
        {"uris": (), "dns_names": ("eight.example.com",)},
        {"uris": (uri(9),), "dns_names": ("eight.example.com",)},
        {"uris": ()},
    ],
    ids=str,
)
def test_pieces_answer_as_the_whole(whole, sharded, shown):
    read = parsed(**shown)
    assert outcome(sharded, read) == outcome(whole, read)


def test_what_a_piece_says_holds_for_ever_and_is_remembered(tmp_path):
    registry, shown = ShardedRegistry(*written(tmp_path, document())), parsed(uris=(uri(1),))
    first, again = (registry.excerpt(shown, now=0.0, deadline=0.0) for _ in range(2))
    assert (first.good_until, first.is_reused) == (math.inf, False)
    assert (again.good_until, again.is_reused) == (math.inf, True)
    assert again.registry is first.registry


def test_revoked_certificates_stand_in_every_piece(tmp_path):
    shown = parsed(uris=(uri(1),))
    source = document(thumbprints={shown.thumbprint: 1})
    assert outcome(ShardedRegistry(*written(tmp_path, source)), shown)[1] is True


def test_a_certificate_is_looked_up_once(sharded):
    shown = parsed(uris=(uri(1),))
    first, second = excerpt(sharded, shown), excerpt(sharded, shown)
    assert second.registry is first.registry
    assert second.is_reused is True


def test_a_small_registry_stays_whole():
    files = registry_files(json.dumps(document(MAX_WHOLE_CLIENTS)))
    assert list(files) == ["clients.json"]
    assert json.loads(files["clients.json"]) == document(MAX_WHOLE_CLIENTS)


def test_equal_registries_give_equal_bytes():
    turned = document()
    turned["clients"] = dict(reversed(turned["clients"].items()))
    turned["identities"] = dict(reversed(turned["identities"].items()))
    assert registry_files(json.dumps(turned)) == registry_files(json.dumps(document()))


@pytest.mark.parametrize(
    "damage",
    [
        lambda _content: b"",
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: b"PCSHARD2" + content[8:],
        lambda content: content[:8] + b"\xff\xff\xff\xff" + content[12:],
    ],
    ids=["empty", "short", "long", "another kind", "another count"],
)
def test_a_file_that_is_not_whole_stops_the_start(tmp_path, damage):
    rest, path = written(tmp_path, document())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FailedError) as caught:
        ShardedRegistry(rest, path)
    assert caught.value.reason is Reason.REGISTRY_FAILED


def test_a_missing_file_stops_the_start(tmp_path):
    with pytest.raises(FailedError):
        ShardedRegistry({"shards": 1}, tmp_path / "clients.shards")


@pytest.mark.parametrize("piece", [b"garbage", b"[]", b"{}", b"null"])
def test_a_piece_that_is_not_readable_fails_the_call(tmp_path, piece):
    rest, path = written(tmp_path, document())
    content = bytearray(path.read_bytes())
    start = 12 + 4 * (rest["shards"] + 1)
    content[start:] = (piece * len(content))[: len(content) - start]
    path.write_bytes(content)
    with pytest.raises(FailedError) as caught:
        excerpt(ShardedRegistry(rest, path), parsed(uris=(uri(1),)))
    assert caught.value.reason is Reason.REGISTRY_FAILED


@given(st.text(), st.integers(min_value=1, max_value=4096))
def test_every_name_has_its_piece(value, count):
    assert 0 <= shard_of("sanUri", value, count) < count
