"""`portcullis certs issue --from`: rows, faults, and a process that is killed."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from portcullis.cli.csv_file import CsvError
from portcullis.errors import MisuseError
from portcullis.pki import facts, inventory, keys
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.layout import PkiLayout
from tests.portcullis.cli.certs.running import leaf, run_json, sans

ROOT = Path(__file__).parents[4]
ISSUE = ("issue", "--from", "partners.csv", "--out", "out")


@pytest.fixture
def partners(ready):
    def write(*rows, header="client,sanUri,sanDns,days,hours,organization,keyType,csr"):
        Path("partners.csv").write_text("\n".join([header, *rows]) + "\n")

    return write


def test_every_row_gets_what_it_asks_for_and_the_rest_from_the_options(ready, partners):
    key = keys.generate()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    Path("barber.csr").write_bytes(csr)
    partners(
        "pet-shop,,,,,,,",
        'pet-hotel,spiffe://a.test/1 spiffe://a.test/2,hotel.example,,5,"Hotel, Inc.",p384,',
        "pet-barber,,,90,,,,barber.csr",
    )
    shown = ready(*ISSUE, "--days", 30, "--organization", "Pets")
    assert "Issued 3 certificates" in shown
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "pet-barber.pem",
        "pet-hotel.key",
        "pet-hotel.pem",
        "pet-shop.key",
        "pet-shop.pem",
    ]
    assert sans("out/pet-shop.pem") == ["spiffe://portcullis.local/client/pet-shop"]
    assert sans("out/pet-hotel.pem") == ["spiffe://a.test/1", "spiffe://a.test/2", "hotel.example"]
    found = {name: facts.of(leaf(f"out/pet-{name}.pem")) for name in ("shop", "hotel", "barber")}
    assert [one.days_left for one in found.values()] == [29, 0, 89]
    assert found["hotel"].key == "EC secp384r1"
    assert found["hotel"].subject == "CN=pet-hotel,O=Hotel\\, Inc."
    assert found["shop"].subject == "CN=pet-shop,O=Pets"
    assert leaf("out/pet-barber.pem").public_key() == key.public_key()


def test_the_columns_of_the_registry_are_left_to_clients_import(ready, partners):
    partners("pet-shop,pets:read,active", header="client,scopes,status")
    assert run_json(ready, *ISSUE)["toIssue"] == ["pet-shop"]


FAULTS = {
    "Pet Shop,,,,,,,": "column client: 'Pet Shop' is not a valid client id. Accepted: 1 to 64",
    "a,no uri,,,,,,": "column sanUri: 'no' is not a valid SAN URI. Accepted",
    "a,,*.example,,,,,": "column sanDns: '*.example' is not a valid SAN DNS name. Accepted",
    "a,,,ten,,,,": "column days: is 'ten'; accepted: a whole number from 1",
    "a,,,4000,,,,": "column days: A certificate until",
    "a,,,1,1,,,": "column hours: days are given too",
    "a,,,,,\x07,,": "column organization: '\\x07' is not a valid organization",
    "a,,,,,,dsa,": "column keyType: is 'dsa'; accepted: p256, p384, rsa2048",
    "a,,,,,,,no.csr": "column csr: no.csr cannot be read",
}


def test_one_bad_row_of_each_kind_is_named_and_nothing_is_issued(ready, partners):
    rows = [row.replace("a,", f"a{number},", 1) for number, row in enumerate(FAULTS)]
    partners("good,,,,,,,", *rows)
    with pytest.raises(CsvError) as refused:
        ready(*ISSUE)
    said = str(refused.value).splitlines()
    for line, message in enumerate(FAULTS.values(), start=3):
        assert any(one.startswith(f"partners.csv:{line}: {message}") for one in said), message
    assert not Path("out").exists()
    assert ready("list") == ""


def test_a_dry_run_only_says_what_it_would_do(ready, partners):
    partners("pet-shop,,,,,,,")
    shown = ready(*ISSUE, "--dry-run")
    assert shown.splitlines()[0] == "pet-shop"
    assert "Would issue 1" in shown
    assert not Path("out").exists()
    assert ready("list") == ""


def test_a_second_run_issues_only_what_is_new(ready, partners):
    partners("a,,,,,,,")
    first = run_json(ready, *ISSUE)
    assert [one["client"] for one in first["issued"]] == ["a"]
    assert first["issued"][0]["thumbprint"] == facts.thumbprint(leaf("out/a.pem"))
    partners("a,,,,,,,", "b,,,,,,,")
    second = run_json(ready, *ISSUE)
    assert [one["client"] for one in second["issued"]] == ["b"]
    assert second["existing"] == ["a"]
    partners("a,spiffe://other.test/a,,,,,,")
    with pytest.raises(OutputExistsError):
        ready(*ISSUE)


@pytest.mark.parametrize(
    "options",
    [
        ("issue", "--out", "out"),
        ("issue", "a", "--out", "out", "--pfx"),
        ("issue", "a", "--out", "out", "--dry-run"),
        (*ISSUE, "--san-uri", "x:y"),
        (*ISSUE, "--csr", "partners.csv"),
        ("issue", "a", *ISSUE[1:]),
    ],
)
def test_options_of_one_client_and_of_a_file_do_not_mix(ready, partners, options):
    partners("a,,,,,,,")
    with pytest.raises(MisuseError, match="--from"):
        ready(*options)
    assert not Path("out").exists()


# The command, which kills itself when the folders have so many entries as its first argument says.
IN_SMALL_BATCHES = """
import os, signal, sys, threading, time
from portcullis.pki import batch
wanted = int(sys.argv.pop(1))
def end():
    folders = ("out", ".portcullis/pki/client-ca/issued")
    while sum(len(os.listdir(folder)) for folder in folders if os.path.isdir(folder)) < wanted:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end, daemon=True).start()
batch.BATCH = 20
os.sync = lambda: None  # a killed process needs no sync, and other tests would wait for it
from portcullis.cli.main import main
main()
"""


def test_a_killed_process_loses_and_doubles_nothing(ready, partners):
    """Killed at six random moments, each when some more files have appeared than before."""
    clients = [f"partner-{number:03}" for number in range(200)]
    partners(*(f"{client},,,,,,," for client in clients))
    folders = [Path("out"), Path(".portcullis/pki/client-ca/issued")]
    command = [sys.executable, "-c", IN_SMALL_BATCHES]
    arguments = ["certs", *ISSUE, "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def entries():
        return sum(len(list(folder.iterdir())) for folder in folders if folder.is_dir())

    killed = 0
    for _ in range(6):
        wanted = str(entries() + random.randint(1, 90))  # noqa: S311 - any moment
        done = subprocess.run([*command, wanted, *arguments], env=environment, check=False)
        killed += done.returncode == -signal.SIGKILL
    done = subprocess.run(
        [*command, "1000000", *arguments], env=environment, capture_output=True, check=True
    )
    printed = json.loads(done.stdout)
    assert len(printed["issued"]) + len(printed["existing"]) == len(clients)
    assert killed > 0
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(
        f"{client}.{kind}" for client in clients for kind in ("pem", "key")
    )
    with inventory.opened(PkiLayout(Path(".portcullis/pki"))) as known:
        issued = known.issued()
    assert [one.client for one in sorted(issued, key=lambda one: one.client)] == clients
    for one in issued:
        assert leaf(f"out/{one.client}.pem") == one.certificate
        key = keys.from_pem(Path(f"out/{one.client}.key").read_bytes())
        assert keys.belongs(key, one.certificate.public_key())
