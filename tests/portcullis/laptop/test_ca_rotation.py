"""The client authority is replaced under load: no valid call fails, and the old one ends refused.

Each command of `portcullis rotate ca` is killed once while it works, and then run again.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.portcullis.laptop.running import ROOT, running
from tests.portcullis.laptop.steady import PATIENT, Steady

pytestmark = pytest.mark.laptop

CLIENTS = ("partner-a", "partner-b")
# Known by DNS names: the laptop makes certificates only for clients that have a SAN URI.
REGISTRY = "clients:\n" + "".join(
    f"  - id: {client}\n    match: [{{sanDns: {client}.example}}]\n    scopes: [pets:read]\n"
    "    status: active\n"
    for client in CLIENTS
)
PARTNERS = "client,sanDns\n" + "".join(f"{client},{client}.example\n" for client in CLIENTS)
LEAST_CALLS = 500


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca-rotation")
    clients = folder / "clients.yaml"
    clients.write_text(REGISTRY)
    with running(
        folder / "state", *PATIENT, "--no-inspector", "--config", f"clientsFile={clients}"
    ) as started:
        yield started


def portcullis(*arguments, exit_code=0):
    done = subprocess.run(
        [sys.executable, "-m", "portcullis", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


def killed(*arguments):
    """The same command, ended by SIGKILL at some moment of its work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portcullis", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(random.uniform(0.3, 1.5))  # noqa: S311 - its start takes about half of it
    process.send_signal(signal.SIGKILL)
    process.wait()


def steady(laptop, files, number):
    source = f"127.0.0.{number}"  # each address has a rate limit of its own
    return Steady(laptop.ready, "", files=files, source=source)


def pairs(folder):
    return [
        {"certificate": str(folder / f"{client}.pem"), "key": str(folder / f"{client}.key")}
        for client in CLIENTS
    ]


def test_no_call_fails_while_the_authority_is_replaced(laptop, tmp_path):
    pki = Path(laptop.ready["pki"])
    (tmp_path / "partners.csv").write_text(PARTNERS)
    issue = ("certs", "issue", "--from", str(tmp_path / "partners.csv"), "--pki", str(pki))
    portcullis(*issue, "--out", str(tmp_path / "old"))
    old_files, renewed = pairs(tmp_path / "old"), tmp_path / "renewed"
    rotate = (
        *("rotate", "ca", "--pki", str(pki), "--truststore", str(pki / "truststore.pem")),
        *("--state-dir", str(laptop.state), "--out", str(renewed), "--quiet-for", "1s", "--json"),
    )
    reload = ("reload", "--state-dir", str(laptop.state))

    def step(*options, exit_code=0):
        killed(*rotate, *options)
        return json.loads(portcullis(*rotate, *options, exit_code=exit_code))["step"]

    with steady(laptop, old_files[0], 2) as shop, steady(laptop, old_files[1], 3) as viewer:
        assert step() == "deploy both"
        portcullis(*reload)
        assert step("--deployed") == "watch"
        new_files = pairs(renewed)
        with steady(laptop, new_files[0], 4) as new_shop:
            # The old certificates are in use, so the old authority stays.
            assert step(exit_code=1) == "watch"
            shop.wait_for(lambda: len(shop.calls) + len(viewer.calls) > LEAST_CALLS)
            assert (shop.refused(), viewer.refused(), new_shop.refused()) == ([], [], [])
    old_calls = len(shop.calls) + len(viewer.calls)
    with steady(laptop, new_files[0], 4) as shop, steady(laptop, new_files[1], 5) as viewer:
        shop.wait_for(lambda: len(shop.calls) > LEAST_CALLS // 10)
        time.sleep(1.1)  # the quiet time that was asked for
        assert step() == "deploy one"
        portcullis(*reload)
        assert json.loads(portcullis(*rotate, "--deployed"))["step"] is None
        # As on AWS, an issuer that is not trusted is a 403 and no failed handshake.
        assert [laptop.call(files)[0] for files in old_files] == [403, 403]
        shop.wait_for(lambda: len(shop.calls) + len(viewer.calls) > LEAST_CALLS)
        assert laptop.call(new_files[1])[0] == 200
    assert (shop.refused(), viewer.refused()) == ([], [])
    print(  # noqa: T201 - the measurement that this test shows
        f"authority replaced: {old_calls} calls with old certificates and "
        f"{len(shop.calls) + len(viewer.calls)} with new ones, 0 failed"
    )
    assert "rotation.json" not in os.listdir(pki)  # noqa: PTH208
