"""The packed registry in pieces, once it is too large to be read whole at a cold start.

A hundred thousand clients are 20 MB of JSON. Cut by the hash of their names into pieces of some 256
and compressed, they are 1.0 MB, and a lookup reads one piece in 0.2 ms. bz2 because its output has
not changed since 2000: zlib's and liblzma's depend on the version, and the zip has to be the same
to the byte on every machine.
"""

import bz2
import json
import struct
from collections.abc import Mapping
from typing import Any, Final

from authorizer.shards import MAGIC, shard_of

NAMES_PER_SHARD: Final = 256
MAX_WHOLE_CLIENTS: Final = 1000  # read whole in 1 ms; a person can still look into it
SHARDED_VERSION: Final = 2


def registry_files(clients_json: str) -> dict[str, bytes]:
    """The files of the zip that hold this registry, by name."""
    document = json.loads(clients_json)
    if len(document["clients"]) <= MAX_WHOLE_CLIENTS:
        return {"clients.json": clients_json.encode()}
    names = sum(len(by_value) for by_value in document["identities"].values())
    count = 1
    while count * NAMES_PER_SHARD < names:
        count *= 2
    rest = {"version": SHARDED_VERSION, "shards": count, "revoked": document["revoked"]}
    return {
        "clients.json": (_json(rest) + "\n").encode(),
        "clients.shards": _shards(document, count),
    }


def _shards(document: Mapping[str, Any], count: int) -> bytes:
    shards: list[dict[str, Any]] = [
        {"entries": [], "sanUri": {}, "sanDns": {}, "subject": {}} for _ in range(count)
    ]
    for kind, by_value in sorted(document["identities"].items()):
        for value, matches in sorted(by_value.items()):
            shard = shards[shard_of(kind, value, count)]
            shard[kind][value] = [
                [match["client"], match["issuer"], _position(shard, document, match["client"])]
                for match in matches
            ]
    pieces = [bz2.compress(_json(shard).encode(), 1) for shard in shards]
    start = struct.calcsize(">8sI") + 4 * (count + 1)
    offsets = [start]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    head = struct.pack(">8sI", MAGIC, count) + struct.pack(f">{count + 1}I", *offsets)
    return head + b"".join(pieces)


def _position(shard: dict[str, Any], document: Mapping[str, Any], client_id: str) -> int:
    """Most clients have the entry of another one: each is written once."""
    packed = document["clients"][client_id]
    entry = [packed["scopes"], packed["status"], packed["pins"], packed["ratePlan"]]
    if entry not in shard["entries"]:
        shard["entries"].append(entry)
    position: int = shard["entries"].index(entry)
    return position


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
