"""How long a revoked client still gets through: never longer than what two caches promise.

The client calls without a pause over one connection while its entry in the table changes.
"""

import time

import boto3
import pytest
from cryptography import x509

from portcullis.pki.facts import thumbprint
from portcullis.registry import ClientStatus
from portcullis.registry.store import Revocation, revoke, set_status
from portcullis.registry.table_store import TableStore
from tests.portcullis.laptop.running import running
from tests.portcullis.laptop.steady import PATIENT, Steady, redeploy

pytestmark = pytest.mark.laptop

MODES = [(0, 0), (0, 3), (2, 0), (2, 3)]  # registry_cache_seconds, authorizer cache


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    settings = ("--config", "registry=dynamodb")
    with running(tmp_path_factory.mktemp("revocation"), *PATIENT, *settings) as started:
        yield started


@pytest.fixture(scope="module")
def table(laptop):
    client = boto3.client(
        "dynamodb",
        endpoint_url=laptop.ready["kms"]["endpoint"],  # moto answers for both
        region_name="eu-central-1",
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )
    return TableStore(client, "portcullis-local-registry")


def suspend(table, _laptop):
    table.plan(set_status("pet-shop", ClientStatus.SUSPENDED)).write()


def revoke_certificate(table, laptop):
    with open(laptop.ready["clients"]["pet-shop"]["certificate"], "rb") as file:  # noqa: PTH123
        certificate = thumbprint(x509.load_pem_x509_certificate(file.read()))
    table.plan(revoke(Revocation(certificate=certificate))).write()


def measured(laptop, table, how, registry_cache, authorizer_cache):
    """The seconds between the write and the last call that was let through."""
    redeploy(
        laptop.ready,
        registryCacheSeconds=str(registry_cache),
        authorizerCacheSeconds=str(authorizer_cache),
    )
    bound = registry_cache + authorizer_cache
    with Steady(laptop.ready, "pet-shop") as shop:
        shop.meet_every_worker()
        assert shop.refused() == []
        how(table, laptop)
        revoked_at = time.monotonic()
        later = shop.calls_after(revoked_at + bound)
    if not bound:
        later = shop.since(revoked_at)
    assert {call.status for call in later} == {403}
    assert {call.status for call in shop.calls} == {200, 403}
    last = max(call.began for call in shop.calls if call.status == 200)
    return max(0.0, last - revoked_at)


@pytest.mark.parametrize(("registry_cache", "authorizer_cache"), MODES)
def test_a_suspended_client_is_out_when_both_caches_have_ended(
    laptop, table, registry_cache, authorizer_cache
):
    seconds = measured(laptop, table, suspend, registry_cache, authorizer_cache)
    print(  # noqa: T201 - the measurement that this test shows
        f"suspended; registry cache {registry_cache} s, authorizer cache {authorizer_cache} s: "
        f"out after {seconds:.2f} s (bound {registry_cache + authorizer_cache} s)"
    )
    table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()


def test_the_other_clients_are_not_affected(laptop, table):
    redeploy(laptop.ready, registryCacheSeconds="0", authorizerCacheSeconds="0")
    with Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer:
        suspend(table, laptop)
        assert laptop.call("pet-shop")[0] == 403
        table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()
        viewer.wait_for(lambda: laptop.call("pet-shop")[0] == 200)
    assert viewer.refused() == []


def test_a_deploy_does_not_change_the_table(laptop, table):
    suspend(table, laptop)
    redeploy(laptop.ready, tokenLifeSeconds="200", authorizerCacheSeconds="0")
    assert laptop.call("pet-shop")[0] == 403
    table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()


@pytest.mark.parametrize(("registry_cache", "authorizer_cache"), [(2, 3)])
def test_a_revoked_certificate_is_out_when_both_caches_have_ended(
    laptop, table, registry_cache, authorizer_cache
):
    # Last, because a certificate that was revoked stays so.
    seconds = measured(laptop, table, revoke_certificate, registry_cache, authorizer_cache)
    print(  # noqa: T201 - the measurement that this test shows
        f"certificate revoked; registry cache {registry_cache} s, authorizer cache "
        f"{authorizer_cache} s: out after {seconds:.2f} s (bound "
        f"{registry_cache + authorizer_cache} s)"
    )
