"""How long a revocation list of any size takes to be packed, opened and looked into.

In the zip as a file, and in the registry's table (an emulator of DynamoDB on this machine).

.venv/bin/python -m benchmarks.revocations
"""

import base64
import datetime
import hashlib
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from moto.server import ThreadedMotoServer

from authorizer.issuer_keys import KeyStatus
from authorizer.revocations import Listing, RevocationList, RevocationLists, entry_of, holds
from components.authorizer_zip.revocations import table
from portcullis.registry.model import DistinguishedName
from portcullis.registry.revocation_lists.in_table import ENTRIES_PER_BUCKET, CrlTable
from portcullis.registry.revocation_lists.verified import SignedCrl, VerifiedCrl

COUNTS = (1_000, 100_000, 1_000_000)
LOOKUPS = 3000
ISSUER = DistinguishedName.of([("2.5.4.3", "Issuing CA")])
NOW = datetime.datetime.now(datetime.UTC)
TABLE = "registry"
KEY = ec.generate_private_key(ec.SECP256R1())


class LongCrl(VerifiedCrl):
    """A list whose entries are made as they are read; signing a million would take hours."""

    count = 0

    def serial_numbers(self) -> Iterator[str]:
        return map(serial_number, range(self.count))


def serial_number(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def memory_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def microseconds(look_up: Callable[[str], object], count: int) -> float:
    """The median of lookups, every second one of a number that is listed."""
    times = []
    for n in range(LOOKUPS):
        wanted = serial_number(n * 7 % count) if n % 2 else f"{n:x}"
        started = time.perf_counter()
        look_up(wanted)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def in_a_file(count: int, path: Path) -> str:
    issuer = ISSUER.canonical()
    started = time.perf_counter()
    facts = {"lists": {issuer: [1, 0, 9e9]}, "keys": {}, "revokedIssuers": []}
    entries = sorted(entry_of(issuer, serial_number(n)) for n in range(count))
    path.write_bytes(table(json.dumps(facts).encode(), entries))
    built = time.perf_counter() - started
    del entries
    before = memory_mb()
    started = time.perf_counter()
    lists = RevocationLists(path)
    opened = time.perf_counter() - started
    p50 = microseconds(lambda wanted: lists._holds(issuer, wanted), count)
    return (
        f"{count:>9,} in the zip:   {path.stat().st_size:>9,} bytes, "
        f"built in {built:5.2f} s, opened in {opened * 1e6:4.0f} µs, "
        f"memory {memory_mb() - before:4.1f} MB, lookup p50 {p50:.1f} µs"
    )


def in_a_table(count: int, client: object, number: int) -> str:
    crl = LongCrl(issuer=ISSUER, lists=(signed(number),))
    object.__setattr__(crl, "count", count)
    started = time.perf_counter()
    CrlTable(client, TABLE, []).replace(crl)  # type: ignore[arg-type]
    imported = time.perf_counter() - started
    issuer = ISSUER.canonical()
    fullest = base64.b64encode(b"".join(hashed(n) for n in range(ENTRIES_PER_BUCKET))).decode()
    facts = RevocationList(number, 0, 9e9)

    def look_up(wanted: str) -> Listing:
        # What a lookup adds to the two questions that it asks in any case.
        return Listing(
            facts, holds(base64.b64decode(fullest), entry_of(issuer, wanted)), KeyStatus.ACCEPTED
        )

    p50 = microseconds(look_up, count)
    items = 1 + max(1, count // ENTRIES_PER_BUCKET)  # the issuer's own, and the buckets
    return (
        f"{count:>9,} in the table: {items:>9,} items, imported in {imported:5.2f} s, "
        f"nothing to open, lookup p50 {p50:.1f} µs beside the table's answer"
    )


def hashed(number: int) -> bytes:
    return entry_of(ISSUER.canonical(), serial_number(number))


def signed(number: int) -> SignedCrl:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Issuing CA")])
    later = NOW + datetime.timedelta(days=1)
    crl = x509.CertificateRevocationListBuilder().issuer_name(name)
    crl = crl.last_update(NOW).next_update(later)
    crl = crl.add_extension(x509.CRLNumber(number), critical=False)
    issuer = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    issuer = issuer.not_valid_before(NOW).not_valid_after(later)
    issuer = issuer.serial_number(1).public_key(KEY.public_key())
    return SignedCrl(
        number=number,
        this_update=NOW,
        next_update=later,
        source=crl.sign(KEY, hashes.SHA256()),
        signer=issuer.sign(KEY, hashes.SHA256()),
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            print(in_a_file(count, Path(folder) / "revocations.bin"), flush=True)
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - the emulator takes any
    )
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    for number, count in enumerate(COUNTS, start=1):
        print(in_a_table(count, client, number), flush=True)
    server.stop()


if __name__ == "__main__":
    main()
