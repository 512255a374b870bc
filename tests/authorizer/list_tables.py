"""Revocation lists in a table: fixtures and helpers."""

import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import table as reading
from authorizer.certificate import parse
from authorizer.config import RevocationListSource
from portcullis.registry import ClientRegistry, DistinguishedName
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.in_table import (
    CrlTable,
)
from portcullis.registry.table_store import TableStore
from tests.authorizer.lists import authority
from tests.authorizer.making import (
    ISSUER,
    NOW,
    certificate,
    configuration,
    name,
    pem,
)
from tests.authorizer.tables import KEYS, SHOP, new_table

AT = NOW.timestamp()


ISSUER_NAME = DistinguishedName.of((a.oid.dotted_string, a.value) for a in ISSUER).canonical()


OTHER = name(CN="Other CA")


TRUSTSTORE = [authority(), authority(subject=OTHER)]


@pytest.fixture
def table(dynamodb):
    store = TableStore(dynamodb, new_table(dynamodb))
    store.fill(ClientRegistry(clients=(SHOP,)))
    return store


@pytest.fixture
def lists(dynamodb, table):
    return CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda: AT, sleep=lambda _: None)


@pytest.fixture
def verified(tmp_path):
    def load(one, now=NOW):
        path = tmp_path / "crl.der"
        path.write_bytes(one.public_bytes(Encoding.DER))
        (found,) = crl.load(path, [authority(), authority(subject=OTHER)], now=now)
        return found

    return load


@pytest.fixture
def reader(moto, table):
    def make(**changes):
        values = {
            "registry_table": table.name,
            "registry_region": "eu-central-1",
            "registry_cache_seconds": 0,
            "revocation_lists": RevocationListSource.TABLE,
        }
        config = configuration(**(values | changes))
        return reading.TableRegistry(config, {"AWS_ENDPOINT_URL_DYNAMODB": moto} | KEYS)

    return make


def parsed(**shown):
    return parse(pem(certificate(**shown)))


def listing(registry, shown, now=AT):
    return registry.excerpt(shown, now=now, deadline=time.monotonic() + 60).listing


def is_revoked(registry, **shown):
    return listing(registry, parsed(**shown)).is_revoked


def keys(dynamodb, table):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table.name)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}
