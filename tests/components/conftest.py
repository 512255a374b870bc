"""A component runs to its end, with the stand-in's outputs; then assertions are plain."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from components.arn import Place
from portcullis.graph.recorder import record
from portcullis.standin import LocalKeys, StandIn

ACCOUNT = "111122223333"
REGION = "eu-central-1"


class Recorded:
    """What one run registered, asked for by the last part of a type: ``one("RestApi")``."""

    def __init__(self, graph):
        self.graph = graph

    def all(self, kind):
        return [r for r in self.graph if r.type.rpartition(":")[2] == kind]

    def one(self, kind, name=None):
        found = [r for r in self.all(kind) if name in (None, r.name)]
        assert len(found) == 1, f"{len(found)} of {kind}: {[r.name for r in self.all(kind)]}"
        return found[0]

    def named(self, urns):
        """The resources behind URNs, by name."""
        return {self.graph.by_urn(urn).name for urn in urns}

    def behind(self, resource):
        """Everything that has to be there before ``resource``, by any chain of dependencies."""
        seen, todo = set(), [resource.urn]
        while todo:
            current = self.graph.by_urn(todo.pop())
            for urn in current.dependencies:
                if urn not in seen:
                    seen.add(urn)
                    todo.append(urn)
        return self.named(seen)


class Engine:
    def __init__(self):
        self.keys = LocalKeys()

    def run(self, program, *, preview=False):
        # Each run is a creation in an empty account; only the keys outlive it.
        stand_in = StandIn(region=REGION, account=ACCOUNT, keys=self.keys)
        graph = record(
            program,
            project="portcullis",
            stack="test",
            config={},
            preview=preview,
            outputs=stand_in.outputs,
            lookup=stand_in.lookup,
        )
        return Recorded(graph)

    def preview(self, program):
        """As ``run``, with every computed output unknown, as under ``pulumi preview``."""
        return self.run(program, preview=True)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def place():
    return Place(region=REGION, account_id=ACCOUNT)


def issuer_certificate(name, *, days=3650):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


@pytest.fixture(scope="session")
def make_issuer():
    """Makes a self-signed issuer certificate as PEM: ``make_issuer("Root", days=30)``."""
    return issuer_certificate


@pytest.fixture
def truststore_file(tmp_path, make_issuer):
    path = tmp_path / "truststore.pem"
    path.write_bytes(make_issuer("Test root"))
    return path
