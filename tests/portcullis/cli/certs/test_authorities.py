"""`portcullis certs init`: two authorities, never replaced unasked."""

from pathlib import Path

import pytest

from portcullis.pki import facts
from portcullis.pki.errors import AuthorityExistsError
from tests.portcullis.cli.certs.running import leaf, run_json


def test_init_makes_two_authorities_and_tells_where_they_are(run):
    shown = run("init")
    assert "The client CA can issue until" in shown
    assert "truststore   .portcullis/pki/truststore.pem" in shown
    assert "trusted by   .portcullis/pki/ca.pem" in shown
    assert Path(".portcullis/pki/client-ca/root.key").exists()


def test_init_in_json_names_folders_and_bundles(run):
    printed = run_json(run, "init", "--ca", "client", "--pki", "pki")
    assert printed == {
        "client": {
            "folder": "pki/client-ca",
            "anchors": "pki/truststore.pem",
            "movedAside": [],
        }
    }


def test_init_takes_a_key_type_and_an_organization(run):
    run("init", "--ca", "client", "--key-type", "rsa2048", "--organization", "Pets, Inc.")
    printed = facts.of(leaf(".portcullis/pki/client-ca/root.pem"))
    assert printed.key == "RSA 2048"
    assert "O=Pets\\, Inc." in printed.subject


def test_init_never_replaces_an_authority_unasked(ready):
    before = Path(".portcullis/pki/truststore.pem").read_bytes()
    with pytest.raises(AuthorityExistsError):
        ready("init")
    assert Path(".portcullis/pki/truststore.pem").read_bytes() == before
    shown = ready("init", "--force")
    assert shown.count("moved aside") == 4
    assert Path(".portcullis/pki/truststore.pem").read_bytes() != before
