"""How long a revoked client still gets through: never longer than what two caches promise.

The client calls without a pause over one connection while its entry in the table changes.
"""

import time
from pathlib import Path

import boto3
import pytest
from cryptography import x509

from portcullis.pki.facts import thumbprint
from portcullis.registry import ClientStatus
from portcullis.registry.store import Revocation, revoke, set_status, unrevoke
from portcullis.registry.table_store import TableStore
from tests.portcullis.laptop.steady import Steady

pytestmark = pytest.mark.laptop

MODES = [(0, 0), (0, 3), (2, 0), (2, 3)]  # registry_cache_seconds, authorizer cache


@pytest.fixture
def laptop(deployed_laptop):
    return deployed_laptop


@pytest.fixture
def deploy_table(deploy):
    """Deploys the stack with its registry in a table."""
    return lambda **seconds: deploy(registry="dynamodb", **seconds)


@pytest.fixture
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


def certificate_of(laptop):
    content = Path(laptop.ready["clients"]["pet-shop"]["certificate"]).read_bytes()
    return thumbprint(x509.load_pem_x509_certificate(content))


def revoke_certificate(table, laptop):
    table.plan(revoke(Revocation(certificate=certificate_of(laptop)))).write()


def measured(laptop, deploy_table, table, how, registry_cache, authorizer_cache):  # noqa: PLR0917
    """The seconds between the write and the last call that was let through."""
    deploy_table(
        registryCacheSeconds=str(registry_cache), authorizerCacheSeconds=str(authorizer_cache)
    )
    bound = registry_cache + authorizer_cache
    with Steady(laptop.ready, "pet-shop") as shop:
        if not authorizer_cache:  # otherwise few calls reach a worker
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
    laptop, deploy_table, table, registry_cache, authorizer_cache
):
    seconds = measured(laptop, deploy_table, table, suspend, registry_cache, authorizer_cache)
    print(  # noqa: T201 - the measurement that this test shows
        f"suspended; registry cache {registry_cache} s, authorizer cache {authorizer_cache} s: "
        f"out after {seconds:.2f} s (bound {registry_cache + authorizer_cache} s)"
    )
    table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()


def test_the_other_clients_are_not_affected(laptop, deploy_table, table):
    deploy_table(registryCacheSeconds="0")
    with Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer:
        suspend(table, laptop)
        assert laptop.call("pet-shop")[0] == 403
        table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()
        viewer.wait_for(lambda: laptop.call("pet-shop")[0] == 200)
    assert viewer.refused() == []


def test_a_deploy_does_not_change_the_table(laptop, deploy_table, table):
    deploy_table()
    suspend(table, laptop)
    deploy_table(registryCacheSeconds="0")
    assert laptop.call("pet-shop")[0] == 403
    table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()


@pytest.mark.parametrize(("registry_cache", "authorizer_cache"), [(2, 3)])
def test_a_revoked_certificate_is_out_when_both_caches_have_ended(
    laptop, deploy_table, table, registry_cache, authorizer_cache
):
    seconds = measured(
        laptop, deploy_table, table, revoke_certificate, registry_cache, authorizer_cache
    )
    print(  # noqa: T201 - the measurement that this test shows
        f"certificate revoked; registry cache {registry_cache} s, authorizer cache "
        f"{authorizer_cache} s: out after {seconds:.2f} s (bound "
        f"{registry_cache + authorizer_cache} s)"
    )
    table.plan(unrevoke(certificate_of(laptop))).write()
