"""A signing key is replaced and a certificate renewed under load: no valid call fails.

The program runs again with other settings, is judged and deployed, and takes over while the
connections stay open: `redeploy` on the control socket.
"""

import json
import os
import shlex
import subprocess
import sys
import time

import pytest
import yaml
from cryptography import x509

from portcullis.pki.facts import thumbprint
from tests.portcullis.laptop.running import ROOT, running
from tests.portcullis.laptop.steady import PATIENT, Steady, control, redeploy

pytestmark = pytest.mark.laptop


# The backend asks for an unknown key again only after this; 30 seconds outside of tests. It is more
# than a redeploy takes, and less than the tests before the rotation, which then need not wait.
BACKEND_FLOOR_SECONDS = 20


KEY_LABELS = tuple("cdefghijklmnopqrstuvwxyz")  # more than needed, unless a redeploy takes long


SETTLED_CALLS = 20  # seen after a step, before the next one


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    # The sample as a command of its own, which chooses the time.
    petstore = (
        f'exec "{sys.executable}" -m portcullis.petstore --host "$HOST" --port "$PORT" --jwks '
        '"$PORTCULLIS_JWKS" --issuer "$PORTCULLIS_ISSUER" --audience "$PORTCULLIS_AUDIENCE" '
        f"--key-floor-seconds {BACKEND_FLOOR_SECONDS}"
    )
    backend = ("--backend", shlex.join(["sh", "-c", petstore]))
    with running(tmp_path_factory.mktemp("rotation"), *PATIENT, *backend) as started:
        started.asked_at = time.monotonic()  # when the backend read the key set
        yield started


def published(laptop):
    status, body, _ = laptop.call("pet-viewer", path="/.well-known/jwks.json")
    assert status == 200
    return [key["kid"] for key in json.loads(body)["keys"]]


def wait_for_the_backend(laptop):
    """Until it may ask for a key that it does not know; `keys rotate` waits for the same."""
    time.sleep(max(0.0, laptop.asked_at + BACKEND_FLOOR_SECONDS + 1 - time.monotonic()))


def settle(*clients):
    for client in clients:
        seen = len(client.calls)
        client.wait_for(lambda client=client, seen=seen: len(client.calls) > seen + SETTLED_CALLS)


@pytest.fixture
def own_clients(laptop):
    """The test may deploy another clients file; the stack's own comes back afterwards."""
    yield
    redeploy(laptop.ready, clientsFile="clients.local.yaml")


def test_no_call_fails_while_a_pinned_certificate_is_renewed(laptop, own_clients, tmp_path):
    old = laptop.ready["clients"]["pet-shop"]
    new = renewed(laptop, "pet-shop", tmp_path)

    def pin(*certificates):
        file = tmp_path / "clients.yaml"
        registry = yaml.safe_load((ROOT / "clients.local.yaml").read_text())
        (shop,) = [client for client in registry["clients"] if client["id"] == "pet-shop"]
        shop["pins"] = [pin_of(files) for files in certificates]
        file.write_text(yaml.safe_dump(registry))
        redeploy(laptop.ready, clientsFile=str(file))

    pin(old)
    with Steady(laptop.ready, "pet-shop", files=old) as before:
        settle(before)
        assert laptop.call(new)[0] == 403  # not pinned yet
        pin(old, new)
        with Steady(laptop.ready, "pet-shop", files=new, source="127.0.0.2") as after:
            settle(before, after)
            assert before.refused() == []
            pin(new)
            settle(before, after)
        assert after.refused() == []
        assert after.calls[-1].status == 200
    assert before.calls[-1].status == 403  # and the old one is out
    print(  # noqa: T201 - the measurement that this test shows
        f"pinned certificate renewed: {len(after.calls)} calls with the new one, 0 failed; "
        f"{len(before.calls) - len(before.refused())} with the old one while it was pinned, "
        "0 failed"
    )


def test_settings_that_the_program_refuses_change_nothing(laptop):
    with Steady(laptop.ready, "pet-shop") as shop:
        for asked, says in (
            ({"config": {"portcullis:rateLimit": "1"}}, "rateLimit is 1"),
            ({"config": {"portcullis:domain": "127.0.0.1.example"}}, "Restart `portcullis up`"),
            ({"config": ["a"]}, "redeploy needs config"),
            ({}, "redeploy needs config"),
        ):
            with pytest.raises(AssertionError, match=says):
                control(laptop.ready, "redeploy", **asked)
        settle(shop)
    assert shop.refused() == []


def test_the_workers_of_a_replaced_deployment_end(laptop):
    control(laptop.ready, "await-workers")
    before = laptop.parts()
    redeploy(laptop.ready, tokenLifeSeconds="200")
    control(laptop.ready, "await-workers")
    after = laptop.parts()
    assert len(after) == len(before)
    assert after != before


def test_no_call_fails_while_the_signing_key_is_replaced(laptop):
    # Short enough that both cached and new answers meet every step.
    redeploy(laptop.ready, authorizerCacheSeconds="1")
    (old,) = published(laptop)
    with (
        Steady(laptop.ready, "pet-shop") as shop,
        Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer,
    ):
        settle(shop, viewer)
        redeploy(laptop.ready, signingKeys=["a", "b"], signingKey="a")
        first, new = published(laptop)
        assert first == old
        wait_for_the_backend(laptop)
        redeploy(laptop.ready, signingKey="b")
        assert published(laptop) == [old, new]
        settle(shop, viewer)
        redeploy(laptop.ready, signingKeys=["b"], signingKey="")
        assert published(laptop) == [new]
        settle(shop, viewer)
    assert shop.refused() == []
    assert viewer.refused() == []
    longest = max(call.ended - call.began for call in shop.calls + viewer.calls)
    print(  # noqa: T201 - the measurement that this test shows
        f"signing key replaced: {len(shop.calls) + len(viewer.calls)} calls, 0 failed, "
        f"longest {longest * 1000:.0f} ms"
    )


def test_a_key_that_signs_before_it_is_published_fails_such_a_test(laptop):
    # Last: the backend refuses every token until it may ask for the keys again.
    with Steady(laptop.ready, "pet-shop") as shop:
        # It may ask for one of them at once, and for the next one only after the floor.
        for label in KEY_LABELS:
            redeploy(laptop.ready, signingKeys=[label], signingKey="")
            settle(shop)
            if shop.refused():
                break
    assert {call.status for call in shop.refused()} == {401}


def renewed(laptop, client, folder):
    """A second certificate of the same client, issued as a person would."""
    subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "certs", "renew", client),
            *("--out", str(folder), "--pki", laptop.ready["pki"], "--passphrase-env", "PFX"),
        ],
        cwd=ROOT,
        env={**os.environ, "PFX": "invented for this test"},
        check=True,
        capture_output=True,
    )
    return {"certificate": str(folder / f"{client}.pem"), "key": str(folder / f"{client}.key")}


def pin_of(files):
    with open(files["certificate"], "rb") as file:  # noqa: PTH123 - a path from the ready line
        return thumbprint(x509.load_pem_x509_certificate(file.read()))
