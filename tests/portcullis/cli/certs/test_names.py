"""Names of a client's certificate: options first, then the client registry."""

from pathlib import Path

import pytest

from portcullis.pki.errors import PkiMisuseError
from portcullis.registry import RegistryError
from tests.portcullis.cli.certs.running import sans

REGISTRY = """
clients:
  - id: pet-shop
    description: sells pets
    match:
      - sanUri: spiffe://partner.example/shop
      - sanDns: shop.partner.example
    scopes: [pets:read]
    status: active
  - id: pet-clinic
    description: known by its subject
    match:
      - subject: {CN: clinic, O: Clinic}
        issuer: {CN: Clinic CA}
    scopes: [pets:read]
    status: active
  - id: pinned
    description: pinned
    match:
      - sanUri: spiffe://partner.example/pinned
    pins: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
    scopes: [pets:read]
    status: active
"""


def test_issue_takes_names_from_the_client_registry(ready):
    Path("clients.dev.yaml").write_text(REGISTRY)
    shown = ready("issue", "pet-shop", "--out", "out", "--stack", "dev")
    assert sans("out/pet-shop.pem") == ["spiffe://partner.example/shop", "shop.partner.example"]
    assert "is not in" not in shown


def test_issue_reminds_of_pins(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    assert "add the thumbprint of this one" in ready("issue", "pinned", "--out", "out")


def test_issue_does_not_guess_a_san_for_a_client_known_by_its_subject(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    with pytest.raises(PkiMisuseError, match="by its subject"):
        ready("issue", "pet-clinic", "--out", "out")


def test_issue_does_not_read_past_faults_of_the_registry(ready):
    Path("clients.local.yaml").write_text("clients: 3")
    with pytest.raises(RegistryError):
        ready("issue", "pet-shop", "--out", "out")


def test_given_names_win_over_the_registry(ready):
    Path("clients.local.yaml").write_text(REGISTRY)
    ready(
        *("issue", "pet-shop", "--out", "out", "--san-uri", "spiffe://a.test/one"),
        *("--san-uri", "spiffe://a.test/two", "--san-dns", "a.test"),
    )
    assert sans("out/pet-shop.pem") == ["spiffe://a.test/one", "spiffe://a.test/two", "a.test"]
