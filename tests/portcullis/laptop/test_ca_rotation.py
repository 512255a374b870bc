"""The client authority is replaced under load, there and back: no valid call fails.

The certificates of the authority that goes are refused at the end. Each command of
`portcullis rotate ca` is killed once while it works, and then run again.
"""

import json
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
LEAST_CALLS = 300
QUIET_SECONDS = 4
BUSY = ("--quiet-for", "600s")  # a busy machine may make no call for some seconds


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
    # A rotation takes a minute, so ten calls a second of each of three clients are enough.
    return Steady(laptop.ready, "", files=files, source=source, pause_seconds=0.1)


def pairs(folder):
    return [
        {"certificate": str(folder / f"{client}.pem"), "key": str(folder / f"{client}.key")}
        for client in CLIENTS
    ]


class Rotation:
    """The commands of one rotation on the laptop, and the certificates of both authorities."""

    def __init__(self, laptop, folder):
        self.pki = Path(laptop.ready["pki"])
        (folder / "partners.csv").write_text(PARTNERS)
        issue = ("certs", "issue", "--from", str(folder / "partners.csv"), "--pki", str(self.pki))
        portcullis(*issue, "--out", str(folder / "old"))
        self.old_files, self._renewed = pairs(folder / "old"), folder / "renewed"
        self._reload = ("reload", "--state-dir", str(laptop.state))
        truststore = str(self.pki / "truststore.pem")
        self._rotate = (
            *("rotate", "ca", "--pki", str(self.pki), "--truststore", truststore),
            *("--state-dir", str(laptop.state), "--out", str(self._renewed)),
            *("--quiet-for", f"{QUIET_SECONDS}s", "--json"),
        )

    @property
    def new_files(self):
        return pairs(self._renewed)

    def step(self, *options, exit_code=0):
        """The step that a command leads to, which was killed once before."""
        killed(*self._rotate, *options)
        return json.loads(portcullis(*self._rotate, *options, exit_code=exit_code))["step"]

    def deploy(self):
        portcullis(*self._reload)

    def ended(self):
        """The last deploy is reported, and the rotation with it."""
        step = json.loads(portcullis(*self._rotate, "--deployed"))["step"]
        return step is None and not (self.pki / "rotation.json").exists()


@pytest.fixture
def rotation(laptop, tmp_path):
    return Rotation(laptop, tmp_path)


def test_no_call_fails_while_a_rotation_is_aborted(laptop, rotation):
    step, old_files = rotation.step, rotation.old_files
    with steady(laptop, old_files[0], 6) as shop, steady(laptop, old_files[1], 7) as viewer:
        assert step() == "deploy both"
        rotation.deploy()
        assert step("--deployed") == "watch"
        new_files = rotation.new_files
        with steady(laptop, new_files[0], 8) as new_shop:
            assert step("--abort") == "deploy both"
            rotation.deploy()
            assert step("--deployed") == "watch"
            # A client uses the new authority, so it stays although the rotation goes back.
            assert step(*BUSY, exit_code=1) == "watch"
        assert new_shop.refused() == []
        time.sleep(QUIET_SECONDS + 0.1)
        assert step() == "deploy one"
        rotation.deploy()
        assert rotation.ended()
        assert [laptop.call(files)[0] for files in new_files] == [403, 403]
        seen = len(shop.calls) + len(viewer.calls)
        shop.wait_for(lambda: len(shop.calls) + len(viewer.calls) > max(LEAST_CALLS, seen + 20))
    assert (shop.refused(), viewer.refused()) == ([], [])
    print(  # noqa: T201 - the measurement that this test shows
        f"rotation aborted: {len(shop.calls) + len(viewer.calls)} calls with old certificates and "
        f"{len(new_shop.calls)} with new ones, 0 failed"
    )


def test_no_call_fails_while_the_authority_is_replaced(laptop, rotation):
    step, old_files = rotation.step, rotation.old_files
    with steady(laptop, old_files[0], 2) as shop, steady(laptop, old_files[1], 3) as viewer:
        assert step() == "deploy both"
        rotation.deploy()
        assert step("--deployed") == "watch"
        new_files = rotation.new_files
        with steady(laptop, new_files[0], 4) as new_shop:
            # The old certificates are in use, so the old authority stays.
            assert step(*BUSY, exit_code=1) == "watch"
            shop.wait_for(lambda: len(shop.calls) + len(viewer.calls) > LEAST_CALLS)
            assert (shop.refused(), viewer.refused(), new_shop.refused()) == ([], [], [])
    old_calls = len(shop.calls) + len(viewer.calls)
    with steady(laptop, new_files[0], 4) as shop, steady(laptop, new_files[1], 5) as viewer:
        shop.wait_for(lambda: len(shop.calls) > LEAST_CALLS // 10)
        time.sleep(QUIET_SECONDS + 0.1)
        assert step() == "deploy one"
        rotation.deploy()
        assert rotation.ended()
        # As on AWS, an issuer that is not trusted is a 403 and no failed handshake.
        assert [laptop.call(files)[0] for files in old_files] == [403, 403]
        shop.wait_for(lambda: len(shop.calls) + len(viewer.calls) > LEAST_CALLS)
        assert laptop.call(new_files[1])[0] == 200
    assert (shop.refused(), viewer.refused()) == ([], [])
    print(  # noqa: T201 - the measurement that this test shows
        f"authority replaced: {old_calls} calls with old certificates and "
        f"{len(shop.calls) + len(viewer.calls)} with new ones, 0 failed"
    )
