"""The run's copy of the registry revokes one certificate; the original is not written."""

import pytest
from cryptography import x509

from portcullis import registry
from portcullis.errors import PortcullisError
from portcullis.laptop.revoked_client import registry_that_revokes
from portcullis.pki.facts import thumbprint
from portcullis.pki.laptop import ensure

CLIENTS = """\
clients:
  # A comment that must stay.
  - {id: shop, match: [{sanUri: spiffe://x/shop}], scopes: [pets:read], status: active}
"""


@pytest.fixture
def certificate(tmp_path):
    pki = ensure(tmp_path / "pki", hosts=["localhost"], clients={"revoked": "spiffe://x/shop"})
    return pki.clients["revoked"].certificate


def test_the_copy_revokes_the_certificate_and_keeps_the_rest(tmp_path, certificate):
    original = tmp_path / "clients.yaml"
    original.write_text(CLIENTS)
    run = tmp_path / "run"
    run.mkdir()
    copy = registry_that_revokes(original, certificate, run)
    assert original.read_text() == CLIENTS
    assert copy.read_text().startswith(CLIENTS)
    (revoked,) = registry.load(copy, known_scopes=None).revoked_thumbprints
    leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert revoked == thumbprint(leaf)


def test_a_registry_that_is_wrong_is_an_error(tmp_path, certificate):
    original = tmp_path / "clients.yaml"
    original.write_text("clients: 1\n")
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(PortcullisError):
        registry_that_revokes(original, certificate, run)
