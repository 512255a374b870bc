"""The files of a project are edited under load: the new plan is served, or the old one goes on.

A copy of the project is watched by a real `portcullis up --watch`. Its messages are read from
standard error.
"""

import json
import subprocess
import sys
import threading
import time

import pytest

from portcullis.pki.laptop import ensure
from tests.portcullis.laptop.copies import copy_project, save
from tests.portcullis.laptop.running import ROOT, running
from tests.portcullis.laptop.steady import PATIENT, Steady, control

pytestmark = pytest.mark.laptop


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("reload"))


@pytest.fixture(scope="module")
def laptop(project, tmp_path_factory):
    with running(tmp_path_factory.mktemp("state"), "--watch", *PATIENT, project=project) as started:
        started.said = []
        reader = threading.Thread(target=lambda: started.said.extend(started.process.stderr))
        reader.start()
        yield started
        started.stop()
        reader.join()  # before its pipe is closed


@pytest.fixture
def shop(laptop):
    """Calls without a pause over one connection, from before the edit to after it."""
    with Steady(laptop.ready, "pet-shop") as calling:
        yield calling
    assert calling.refused() == []


def edited(laptop, caller, file, text, says="Reloaded in "):
    """Write a file, and wait for a line about a new plan.

    It may still be one about an earlier edit, so tests wait for the effect of their own.
    """
    seen = len(laptop.said)
    save(file, text)
    caller.wait_for(lambda: any(line.strip().startswith(says) for line in laptop.said[seen:]))


def reload(state):
    return subprocess.run(
        [sys.executable, "-m", "portcullis", "reload", "--state-dir", str(state)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_a_reload_without_an_edit_changes_nothing(laptop, shop):
    control(laptop.ready, "await-workers")
    before = laptop.parts()
    asked = reload(laptop.state)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.endswith(" s: nothing of the plan has changed.\n")
    assert laptop.parts() == before  # not even a worker of the authorizer was replaced


def test_an_edit_of_clients_counts_for_open_connections(laptop, project, shop):
    file = project / "clients.local.yaml"
    kept = file.read_text()
    before, name, after = kept.partition("id: pet-viewer")
    suspended = before + name + after.replace("status: active", "status: suspended", 1)
    with Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer:
        edited(laptop, shop, file, suspended)
        viewer.wait_for(lambda: viewer.calls[-1].status == 403)
        edited(laptop, shop, file, kept)
        viewer.wait_for(lambda: viewer.calls[-1].status == 200)


def test_a_new_client_gets_a_certificate_and_may_call(laptop, project, shop):
    file = project / "clients.local.yaml"
    kept = file.read_text()
    newcomer = kept.partition("clients:\n")[2].partition("  - id: pet-viewer")[0]
    newcomer = newcomer.replace("pet-shop", "newcomer")
    edited(laptop, shop, file, kept.rstrip() + "\n" + newcomer)
    ready = laptop.state / "run" / "ready.json"
    files = shop.wait_for(lambda: json.loads(ready.read_text())["clients"].get("newcomer"))
    shop.wait_for(lambda: laptop.call(files)[0] == 200)
    edited(laptop, shop, file, kept)
    shop.wait_for(lambda: laptop.call(files)[0] == 403)


def test_an_edit_of_the_contract_counts(laptop, project, shop):
    file = project / "components" / "petstore.openapi.yaml"
    kept = file.read_text()
    moved = kept.replace("\n  /pets:\n", "\n  /animals:\n")
    assert moved != kept
    # Not through `shop`: its own path is the one that moves.
    with Steady(laptop.ready, "pet-viewer", source="127.0.0.2") as viewer:
        edited(laptop, viewer, file, moved)
        viewer.wait_for(lambda: viewer.calls[-1].status == 403)
        edited(laptop, viewer, file, kept)
        viewer.wait_for(lambda: viewer.calls[-1].status == 200)
    whole = time.monotonic()
    shop.wait_for(lambda: shop.since(whole))
    shop.calls = [call for call in shop.calls if call.status == 200]


def test_another_issuer_is_trusted_without_closing_a_connection(laptop, project, shop, tmp_path):
    other = ensure(
        tmp_path, hosts=["localhost"], clients={"a": "spiffe://portcullis.local/client/a"}
    )
    certificate = {
        "certificate": other.clients["a"].certificate,
        "key": other.clients["a"].key,
    }
    status, _, headers = laptop.call(certificate)
    assert (status, laptop.gate(headers)) == (403, "truststore")
    file = laptop.state / "pki" / "truststore.pem"
    both = file.read_text() + other.truststore_file.read_text()
    edited(laptop, shop, file, both)

    def gate():
        status, _, headers = laptop.call(certificate)
        assert status == 403
        return laptop.gate(headers)

    # One gate further: its client is not in the registry.
    shop.wait_for(lambda: gate() == "authorizer")


def test_an_edit_of_the_authorizer_replaces_its_workers(laptop, project, shop):
    file = project / "authorizer" / "handler.py"
    control(laptop.ready, "await-workers")
    before = laptop.parts()
    edited(laptop, shop, file, file.read_text() + "# edited\n")

    def replaced():
        now = laptop.parts()
        return len(now - before) == len(before - now) > 0

    shop.wait_for(replaced)


REFUSED = [
    ("clients.local.yaml", lambda text: text[:120], "clients.local.yaml"),
    ("__main__.py", lambda t: t + "\nraise ValueError('no such pet')\n", "no such pet"),
    ("components/petstore.openapi.yaml", lambda _: "openapi: [", "petstore.openapi"),
    ("authorizer/handler.py", lambda t: t + "\nimport absent\n", "did not load"),
    (
        "components/mtls_domain.py",
        lambda t: t.replace("mutual_tls_authentication=", "mutual_tls_authentication=None and "),
        "apigateway-domain-requires-mtls",
    ),
    (
        "Pulumi.local.yaml",
        lambda t: t.replace("domain: localhost", "domain: other.localhost"),
        "Restart `portcullis up` to change the name of the custom domain",
    ),
]


def test_a_refused_plan_says_why_and_leaves_the_previous_one(laptop, project, shop):
    """Each edit also takes back the one before, so that a reload serves for both."""
    whole = {project / name: (project / name).read_text() for name, _, _ in REFUSED}
    before = None
    try:
        for name, change, says in REFUSED:
            file, seen = project / name, len(laptop.said)
            assert change(whole[file]) != whole[file]
            if before:
                save(before, whole[before])
            save(file, change(whole[file]))
            shop.wait_for(lambda says=says, seen=seen: refused_for(laptop, seen, says))
            assert laptop.call("pet-shop")[0] == 200
            before = file
        edited(laptop, shop, before, whole[before])
    finally:
        for file, text in whole.items():
            if file.read_text() != text:
                save(file, text)


def refused_for(laptop, seen, says):
    start = "Not reloaded, the previous plan is still served: "
    lines = [line.strip() for line in laptop.said[seen:]]
    return any(line.startswith(start) and says in line for line in lines)


def test_a_refused_reload_that_was_asked_for_fails(laptop, project, shop):
    file = project / "Pulumi.local.yaml"
    kept = file.read_text()
    edited(laptop, shop, file, kept + "  portcullis:tags: x\n", says="Not reloaded")
    asked = reload(laptop.state)
    assert asked.returncode == 1
    assert asked.stderr.startswith("error: Not reloaded, the previous plan is still served: ")
    assert "portcullis:tags" in asked.stderr
    edited(laptop, shop, file, kept)


def test_without_a_laptop_a_reload_is_refused(tmp_path):
    asked = reload(tmp_path)
    assert asked.returncode == 2
    assert asked.stderr.startswith(f"error: No laptop of `portcullis up` runs in {tmp_path}")


def test_a_stopped_laptop_cannot_reload(laptop):
    described = (laptop.state / "run" / "ready.json").read_text()
    assert laptop.stop() == 0
    (laptop.state / "run" / "ready.json").write_text(described)  # as one that was killed leaves it
    assert reload(laptop.state).returncode == 2
