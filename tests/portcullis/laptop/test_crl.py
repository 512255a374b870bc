"""An authority's revocation list in the table: taken in and obeyed without a deploy."""

import os
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord, sign
from tests.portcullis.laptop.running import wait_for
from tests.portcullis.laptop.steady import Steady

pytestmark = pytest.mark.laptop

REGISTRY_CACHE, AUTHORIZER_CACHE = 2, 3
BOUND = REGISTRY_CACHE + AUTHORIZER_CACHE
TABLE = "portcullis-local-registry"


@pytest.fixture
def laptop(deployed_laptop):
    return deployed_laptop


def portcullis(laptop, *arguments):
    """The command as a person types it."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL_DYNAMODB": laptop.ready["kms"]["endpoint"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "laptop",
        "AWS_SECRET_ACCESS_KEY": "laptop",
        "PORTCULLIS_PKI": str(laptop.state / "pki"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "portcullis", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def take_in(laptop):
    crl = laptop.state / "pki" / "client-ca" / "crl.pem"
    return into_table(laptop, "import-crl", crl)


def fetch(laptop):
    """As a schedule does; the authority publishes its list in a file."""
    crl = laptop.state / "pki" / "client-ca" / "crl.pem"
    return into_table(laptop, "fetch-crl", "--url", crl.resolve().as_uri())


def into_table(laptop, command, *arguments):
    truststore = laptop.state / "pki" / "truststore.pem"
    options = ("--table", TABLE, "--truststore", truststore)
    return portcullis(laptop, "clients", command, *arguments, *options)


def test_a_list_of_the_root_that_revokes_the_issuing_ca_refuses_its_clients(
    laptop, deploy, tmp_path
):
    made = hierarchy.load(PkiLayout(laptop.state / "pki"), Purpose.CLIENT)
    root, issuing = made.root, made.issuing
    revocation = RevocationEntry.now(
        issuing.certificate.serial_number, RevocationReason.KEY_COMPROMISE
    )
    crl = tmp_path / "root.crl"
    for number, revocations, expected in ((1, (), 200), (2, (revocation,), 403)):
        record = RevocationRecord(crl_number=number, revocations=revocations)
        own = RevocationRecord(crl_number=number)
        crl.write_bytes(
            sign(root, record).public_bytes(Encoding.PEM)
            + sign(issuing, own).public_bytes(Encoding.PEM)
        )
        deploy(crlFile=str(crl))
        assert laptop.call("pet-shop")[0] == expected


def test_a_list_refuses_its_client_and_a_missing_list_refuses_all(laptop, deploy):
    deploy(
        registry="dynamodb",
        crlTable="true",
        registryCacheSeconds=str(REGISTRY_CACHE),
        authorizerCacheSeconds=str(AUTHORIZER_CACHE),
    )
    status, body, _ = laptop.call("pet-shop")
    assert (status, body) == (500, '{"message":null}')
    portcullis(laptop, "certs", "crl")
    assert "number 1, revoked certificates: 0" in take_in(laptop)
    # A refusal is remembered for the registry's cache at most.
    wait_for(lambda: laptop.call("pet-shop")[0] == 200)
    portcullis(laptop, "certs", "revoke", "pet-shop")
    with (
        Steady(laptop.ready, "pet-shop") as shop,
        Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer,
    ):
        shop.wait_for(lambda: len(shop.calls) > 10)
        assert shop.refused() == []  # the authority's word alone changes nothing yet
        assert "updated: number 1 -> 2, 1 added, 0 removed" in fetch(laptop)
        written_at = time.monotonic()
        later = shop.calls_after(written_at + BOUND)
    assert {call.status for call in later} == {403}
    assert "unchanged: number 2" in fetch(laptop)
    assert viewer.refused() == []
    last = max(call.began for call in shop.calls if call.status == 200)
    print(  # noqa: T201 - the measurement that this test shows
        f"revocation list imported; registry cache {REGISTRY_CACHE} s, authorizer cache "
        f"{AUTHORIZER_CACHE} s: out after {max(0.0, last - written_at):.2f} s (bound {BOUND} s)"
    )
