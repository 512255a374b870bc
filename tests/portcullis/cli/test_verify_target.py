"""The files of a client, and the region that a recording names."""

import pytest
from cryptography.hazmat.primitives import serialization

from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import laptop
from portcullis.cli.verify_target import recorded_region, require_usable
from portcullis.errors import MisuseError
from portcullis.pki.laptop import ensure
from tests.portcullis.acceptance.target.described import DESCRIBED


@pytest.fixture
def stack(tmp_path):
    for name in ("c.pem", "c.key"):
        (tmp_path / name).touch()

    def of(default_endpoint=None):
        return deployed(
            "https://api.example.com",
            certificate=tmp_path / "c.pem",
            key=tmp_path / "c.key",
            contract=tmp_path / "contract.yaml",
            default_endpoint=default_endpoint,
        )

    return of


def test_a_laptop_has_the_region_of_its_signing_key():
    assert recorded_region(laptop(DESCRIBED), None) == "eu-central-1"


def test_a_deployed_stack_has_the_region_of_its_default_endpoint(stack):
    endpoint = "https://abc.execute-api.eu-west-1.amazonaws.com"
    assert recorded_region(stack(endpoint), None) == "eu-west-1"
    assert recorded_region(stack(endpoint), "us-gov-east-1") == "us-gov-east-1"


@pytest.mark.parametrize("region", [None, "", "europe", "eu-central", "EU-CENTRAL-1"])
def test_without_a_region_the_option_is_named(stack, region):
    with pytest.raises(MisuseError, match="--region eu-central-1"):
        recorded_region(stack(), region)


def test_an_endpoint_of_another_kind_names_no_region(stack):
    with pytest.raises(MisuseError, match="--region"):
        recorded_region(stack("https://api.example.org"), None)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    ensure(folder, hosts=["localhost"], clients={"a": "spiffe://a/a", "b": "spiffe://a/b"})
    return folder


def test_a_certificate_with_its_key_is_usable(pki):
    require_usable(pki / "clients/a.pem", pki / "clients/a.key", pki / "ca.pem")


@pytest.mark.parametrize(
    ("certificate", "key", "cacert", "text"),
    [
        ("clients/a.pem", "clients/b.key", None, "must be a client certificate in PEM and its"),
        ("clients/a.key", "clients/a.key", None, "must be a client certificate in PEM and its"),
        ("clients/a.pem", "clients/a.key", "clients/a.key", "--cacert .* must hold a CA"),
    ],
)
def test_files_that_no_connection_can_be_made_with_are_one_line(
    pki, certificate, key, cacert, text
):
    with pytest.raises(MisuseError, match=text):
        require_usable(pki / certificate, pki / key, cacert and pki / cacert)


def test_an_encrypted_key_is_not_asked_for(pki, tmp_path):
    key = serialization.load_pem_private_key((pki / "clients/a.key").read_bytes(), None)
    encrypted = tmp_path / "a.key"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"correct horse"),
        )
    )
    with pytest.raises(MisuseError, match=r"a\.key is encrypted\. .*openssl pkey"):
        require_usable(pki / "clients/a.pem", encrypted, None)
