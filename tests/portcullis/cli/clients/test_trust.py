"""A person is told where the stack's truststore does not lead to the certificate of a client."""

import pytest

from portcullis.pki import forge
from tests.portcullis.cli.clients.running import run

ADD = ("add", "new", "--scope", "pets:read", "--dry-run", "--certificate")


@pytest.fixture
def trusted(registry):
    """Writes the truststore of the stack."""

    def write(content):
        (registry.parent / "truststore.pem").write_bytes(content)

    settings = {
        "domain": "localhost",
        "certificateArn": "arn:aws:acm:eu-central-1:000000000000:certificate/"
        "00000000-0000-0000-0000-000000000000",
        "truststoreFile": "truststore.pem",
    }
    lines = [f"  portcullis:{name}: {value}\n" for name, value in settings.items()]
    (registry.parent / "Pulumi.local.yaml").write_text("config:\n" + "".join(lines))
    return write


def test_a_certificate_of_no_trusted_issuer_is_named(trusted, certificate):
    path, _ = certificate
    trusted(forge.self_signed("other", ()).certificate_pem)
    assert f"No CA in {path.with_name('truststore.pem')} issued the certificate" in run(*ADD, path)
    trusted(path.read_bytes())  # it has signed itself
    assert "No CA" not in run(*ADD, path)


def test_nothing_is_said_where_the_truststore_is_not_known(trusted, registry, certificate):
    path, _ = certificate
    trusted(forge.self_signed("other", ()).certificate_pem)
    assert "No CA" not in run(*ADD, path, "--file", registry)
    trusted(b"")
    assert "No CA" not in run(*ADD, path)
