"""A registry file, and a client certificate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.cli.clients.project import CONTRACT
from portcullis.pki.facts import thumbprint
from tests.authorizer.conftest import dynamodb, moto  # noqa: F401 - fixtures
from tests.authorizer.list_tables import table  # noqa: F401 - fixture
from tests.portcullis.cli.clients.making import KEY
from tests.portcullis.cli.clients.running import FILE


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: portcullis\n")
    (tmp_path / "components").mkdir()
    (tmp_path / CONTRACT).write_bytes((Path(__file__).parents[4] / CONTRACT).read_bytes())
    path = tmp_path / "clients.local.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def certificate(tmp_path):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "new")])
    uri = x509.UniformResourceIdentifier("spiffe://a/new")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(0x1F)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    path = tmp_path / "new.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path, thumbprint(made)
