"""Packs revocation lists into the file that `authorizer.revocations` reads."""

import json
import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from cryptography import x509

from authorizer.revocations import HEAD, MAGIC, bucket_of, entry_of
from portcullis.registry.revocation_lists.issuers import (
    encoded_keys,
    revoked_in,
    revoked_serial_number,
    truststore_issuers,
)
from portcullis.registry.revocation_lists.verified import VerifiedCrl

ENTRIES_PER_BUCKET: Final = 8


def revocations_file(lists: Sequence[VerifiedCrl], truststore: Sequence[x509.Certificate]) -> bytes:
    """The file's content. It does not depend on the order of the entries."""
    revoked = {revoked_serial_number(certificate) for certificate in revoked_in(lists, truststore)}
    issuers = truststore_issuers(truststore, revoked)
    listed = {crl.issuer: crl for crl in lists}
    facts = {
        "lists": {
            crl.issuer.canonical(): [
                crl.number,
                crl.this_update.timestamp(),
                crl.next_update.timestamp(),
            ]
            for crl in lists
        },
        "keys": {
            issuer.name.canonical(): encoded_keys(issuer.accepted, listed.get(issuer.name))
            for issuer in issuers
            if issuer.name in listed or issuer.revoked
        },
        "revokedIssuers": [issuer.name.canonical() for issuer in issuers if issuer.revoked],
    }
    entries = sorted(
        {
            entry_of(issuer, serial_number)
            for crl in lists
            for issuer in [crl.issuer.canonical()]
            for serial_number in crl.serial_numbers()
        }
    )
    return table(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode(), entries)


def table(facts: bytes, entries: Sequence[bytes]) -> bytes:
    """Head, facts, directory and sorted entries."""
    buckets = max(1, len(entries) // ENTRIES_PER_BUCKET)
    sizes = [0] * buckets
    for entry in entries:
        sizes[bucket_of(entry, buckets)] += 1
    starts = accumulate(sizes, initial=0)
    return b"".join(
        [
            HEAD.pack(MAGIC, buckets, len(facts)),
            facts,
            struct.pack(f">{buckets + 1}I", *starts),
            *entries,
        ]
    )
