"""What goes into the authorizer's zip: clients, routes, revocation lists."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from components.authorizer_zip.build import PackagingError
from components.authorizer_zip.files import AuthorizerFiles, build
from components.usage_plans import PlanLimits
from portcullis.registry import RegistryError
from portcullis.registry.revocation_lists.verified import CrlError
from tests.components.authority import Authority
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


@pytest.fixture
def authority():
    return Authority("Test root")


@pytest.fixture
def files(tmp_path, authority):
    (tmp_path / "clients.yaml").write_text(CLIENTS)
    (tmp_path / "truststore.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))

    def make(**changes):
        return AuthorizerFiles(
            **{
                "contract_file": str(PETSTORE),
                "truststore_file": str(tmp_path / "truststore.pem"),
                "clients_file": str(tmp_path / "clients.yaml"),
                "platform": "laptop",
                "build_folder": str(PROJECT / ".portcullis" / "build"),
                **changes,
            }
        )

    return make


def packed(files):
    """The names and JSON documents of the zip that these files make."""
    built = build(files)
    with zipfile.ZipFile(built.path) as archive:
        names = set(archive.namelist())
        clients_json = json.loads(archive.read("authorizer/clients.json"))
    built.path.unlink()  # made for this test alone, in the project's cache
    return names, clients_json


def test_the_clients_of_the_file_travel_in_the_zip(files):
    names, clients = packed(files())
    assert set(clients["clients"]) == {"shop"}
    assert "authorizer/revocations.bin" not in names


def test_without_a_file_no_client_travels(files):
    _, clients = packed(files(clients_file=None))
    assert clients["clients"] == {}


def test_a_scope_that_the_contract_lacks_is_refused(files, tmp_path):
    (tmp_path / "clients.yaml").write_text(CLIENTS.replace("pets:read", "pets:eat"))
    with pytest.raises(RegistryError, match="pets:eat"):
        packed(files())


def test_a_revocation_list_travels_in_the_zip(files, tmp_path, authority):
    (tmp_path / "revoked.crl").write_bytes(authority.revoke(1, 2, 3))
    names, _ = packed(files(crl_file=str(tmp_path / "revoked.crl")))
    assert "authorizer/revocations.bin" in names


def test_a_revocation_list_of_an_issuer_that_the_domain_does_not_trust_is_refused(files, tmp_path):
    (tmp_path / "revoked.crl").write_bytes(Authority("Somebody else").revoke(1))
    with pytest.raises(CrlError, match="not in the truststore"):
        packed(files(crl_file=str(tmp_path / "revoked.crl")))


def test_a_revocation_list_that_revokes_a_ca_is_packed_with_a_warning(
    files, tmp_path, authority, monkeypatch
):
    warnings = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    issuing = Authority("Issuing CA", issuer=authority)
    (tmp_path / "truststore.pem").write_bytes(
        b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (issuing, authority))
    )
    (tmp_path / "revoked.crl").write_bytes(authority.revoke(issuing.certificate.serial_number))
    names, _ = packed(files(crl_file=str(tmp_path / "revoked.crl")))
    assert "authorizer/revocations.bin" in names
    (message,) = warnings
    assert message == (
        f"{tmp_path / 'revoked.crl'} revokes the CA 'CN=Issuing CA' (serial number "
        f"{issuing.certificate.serial_number:x}): every certificate it issued is refused."
    )


def test_an_overdue_revocation_list_is_not_deployed(files, tmp_path, authority):
    overdue = authority.revoke(1, next_update=NOW - timedelta(days=1))
    (tmp_path / "revoked.crl").write_bytes(overdue)
    with pytest.raises(CrlError):
        packed(files(crl_file=str(tmp_path / "revoked.crl")))


def test_within_the_grace_an_urgent_change_is_still_deployed(
    files, tmp_path, authority, monkeypatch
):
    warnings = []
    monkeypatch.setattr("pulumi.log.warn", warnings.append)
    (tmp_path / "revoked.crl").write_bytes(
        authority.revoke(1, next_update=NOW - timedelta(hours=1))
    )
    names, _ = packed(files(crl_file=str(tmp_path / "revoked.crl"), crl_grace_seconds=7200))
    assert "authorizer/revocations.bin" in names
    assert ["is overdue since" in warning for warning in warnings] == [True]


def test_a_missing_revocation_list_is_refused(files, tmp_path):
    with pytest.raises(CrlError, match="cannot be read"):
        packed(files(crl_file=str(tmp_path / "revoked.crl")))


def test_a_platform_that_does_not_exist_is_refused(files):
    with pytest.raises(PackagingError, match="platform is 'lamdba', but must be lambda or laptop"):
        build(files(platform="lamdba"))


def test_a_client_without_a_known_rate_plan_is_refused(files, tmp_path):
    (tmp_path / "clients.yaml").write_text(CLIENTS + "    ratePlan: gold\n")
    silver = PlanLimits(rate_per_second=1, burst=1)
    with pytest.raises(RegistryError, match="gold"):
        build(files(rate_plans={"silver": silver}))
