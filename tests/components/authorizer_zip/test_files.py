"""What the settings put into the authorizer's zip: clients, routes, revocation lists."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from components.authorizer_zip import for_stack as authorizer_code
from components.truststore import read_truststore
from portcullis.contract.contract import Contract
from portcullis.registry import RegistryError
from portcullis.registry.revocation_lists.verified import CrlError
from portcullis.settings.groups.authorizer import AuthorizerPlatform
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.stack_settings import StackSettings
from tests.portcullis.contract.contracts import PETSTORE

PROJECT = Path(__file__).parents[3]  # its build cache holds the wheels
NOW = datetime.now(UTC)
CLIENTS = """\
clients:
  - id: shop
    match: [{sanUri: spiffe://x/shop}]
    scopes: [pets:read]
    status: active
"""


class Authority:
    """An issuer of the truststore that signs revocation lists."""

    def __init__(self, name, issuer=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name if issuer else self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(hours=1))
            .not_valid_after(NOW + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
            .sign(issuer.key if issuer else self.key, hashes.SHA256())
        )

    def revoke(self, *serial_numbers, next_update=NOW + timedelta(days=7)):
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(NOW - timedelta(days=30))
            .next_update(next_update)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for serial_number in serial_numbers:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial_number)
                .revocation_date(NOW)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def authority():
    return Authority("Test root")


@pytest.fixture
def settings(tmp_path, authority):
    (tmp_path / "clients.yaml").write_text(CLIENTS)
    (tmp_path / "truststore.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))

    def make(**changes):
        return StackSettings(
            **{
                "stack": "local",
                "region": "eu-central-1",
                "account_id": "000000000000",
                "domain": "localhost",
                "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
                "truststore_file": str(tmp_path / "truststore.pem"),
                "clients_file": str(tmp_path / "clients.yaml"),
                "allowed_cidrs": ("127.0.0.0/24",),
                "backend_url": "http://127.0.0.1:8081",
                "authorizer_platform": AuthorizerPlatform.LAPTOP,
                "protect": False,
                **changes,
            }
        )

    return make


def packed(settings):
    """The names and JSON documents of the zip that these settings make."""
    contract = Contract.load(PETSTORE)
    clients = authorizer_code.packed_clients(settings, contract, PROJECT)
    truststore = read_truststore(Path(settings.truststore_file), on_warning=print)
    built = authorizer_code.build(settings, contract, clients, truststore, PROJECT)
    with zipfile.ZipFile(built.path) as archive:
        names = set(archive.namelist())
        clients_json = json.loads(archive.read("authorizer/clients.json"))
    built.path.unlink()  # made for this test alone, in the project's cache
    return names, clients_json


def test_the_clients_of_the_file_travel_in_the_zip(settings):
    names, clients = packed(settings())
    assert set(clients["clients"]) == {"shop"}
    assert "authorizer/revocations.bin" not in names


def test_with_a_table_nobody_travels_and_no_file_is_read(settings):
    _, clients = packed(settings(registry=RegistryStore.DYNAMODB, clients_file="nowhere.yaml"))
    assert clients["clients"] == {}


def test_a_scope_that_the_contract_lacks_is_refused(settings, tmp_path):
    (tmp_path / "clients.yaml").write_text(CLIENTS.replace("pets:read", "pets:eat"))
    with pytest.raises(RegistryError, match="pets:eat"):
        packed(settings())


def test_a_revocation_list_travels_in_the_zip(settings, tmp_path, authority):
    (tmp_path / "revoked.crl").write_bytes(authority.revoke(1, 2, 3))
    names, _ = packed(settings(crl_file=str(tmp_path / "revoked.crl")))
    assert "authorizer/revocations.bin" in names


def test_a_revocation_list_of_an_issuer_that_the_domain_does_not_trust_is_refused(
    settings, tmp_path
):
    (tmp_path / "revoked.crl").write_bytes(Authority("Somebody else").revoke(1))
    with pytest.raises(CrlError, match="not in the truststore"):
        packed(settings(crl_file=str(tmp_path / "revoked.crl")))


def test_a_revocation_list_that_revokes_a_ca_is_packed_with_a_warning(
    settings, tmp_path, authority, monkeypatch
):
    warnings = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    issuing = Authority("Issuing CA", issuer=authority)
    (tmp_path / "truststore.pem").write_bytes(
        b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (issuing, authority))
    )
    (tmp_path / "revoked.crl").write_bytes(authority.revoke(issuing.certificate.serial_number))
    names, _ = packed(settings(crl_file=str(tmp_path / "revoked.crl")))
    assert "authorizer/revocations.bin" in names
    (message,) = warnings
    assert message == (
        f"{tmp_path / 'revoked.crl'} revokes the CA 'CN=Issuing CA' (serial number "
        f"{issuing.certificate.serial_number:x}): every certificate it issued is refused."
    )


def test_an_overdue_revocation_list_is_not_deployed(settings, tmp_path, authority):
    overdue = authority.revoke(1, next_update=NOW - timedelta(days=1))
    (tmp_path / "revoked.crl").write_bytes(overdue)
    with pytest.raises(CrlError):
        packed(settings(crl_file=str(tmp_path / "revoked.crl")))


def test_within_the_grace_an_urgent_change_is_still_deployed(
    settings, tmp_path, authority, monkeypatch
):
    warnings = []
    monkeypatch.setattr("pulumi.log.warn", warnings.append)
    (tmp_path / "revoked.crl").write_bytes(
        authority.revoke(1, next_update=NOW - timedelta(hours=1))
    )
    names, _ = packed(settings(crl_file=str(tmp_path / "revoked.crl"), crl_grace_seconds=7200))
    assert "authorizer/revocations.bin" in names
    assert ["is overdue since" in warning for warning in warnings] == [True]


def test_a_missing_revocation_list_is_refused(settings, tmp_path):
    with pytest.raises(CrlError, match="cannot be read"):
        packed(settings(crl_file=str(tmp_path / "revoked.crl")))
