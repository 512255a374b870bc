"""`portcullis certs` with the issuing CA's key in AWS KMS, from init to the list."""

from pathlib import Path

import boto3
import pytest
from cryptography import x509
from moto import mock_aws

from portcullis.pki import ca_rotation
from portcullis.pki.ca_rotation import RotationError
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.layout import PkiLayout
from tests.portcullis.cli.certs.running import leaf, run_json


@pytest.fixture
def arn(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        kms = boto3.client("kms", region_name="eu-central-1")
        yield kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]


def test_every_command_works_with_it(run, arn):
    assert arn in run("init", "--ca", "client", "--kms", arn)
    issuing = leaf(".portcullis/pki/client-ca/intermediate.pem")
    run("lint", ".portcullis/pki/truststore.pem")
    run("issue", "shop", "--out", "out")
    leaf("out/shop.pem").verify_directly_issued_by(issuing)
    run("renew", "shop", "--out", "out")
    leaf("out/shop.pem").verify_directly_issued_by(issuing)
    Path("partners.csv").write_text("client\npet-a\npet-b\n")
    run("issue", "--from", "partners.csv", "--out", "many")
    leaf("many/pet-b.pem").verify_directly_issued_by(issuing)
    assert len(run_json(run, "list")) == 4
    run("revoke", "shop")
    run("crl", "--days", 14)
    crl = x509.load_pem_x509_crl(Path(".portcullis/pki/client-ca/crl.pem").read_bytes())
    assert crl.is_signature_valid(issuing.public_key())
    assert len(crl) == 2
    run("init", "--ca", "client", "--force")  # the replaced one signs its list on
    assert len(run_json(run, "crl")["lists"]) == 2
    assert not list(Path().rglob("client-ca.replaced-*/*.key"))


def test_the_laptops_server_authority_is_not_made_with_it(run, arn):
    for more in ((), ("--ca", "server"), ("--ca", "client", "--key-type", "p384")):
        with pytest.raises(PkiMisuseError, match="--ca client"):
            run("init", "--kms", arn, *more)
    assert not Path(".portcullis/pki/client-ca").exists()


def test_a_rotation_does_not_move_it_into_a_file(run, arn):
    run("init", "--ca", "client", "--kms", arn)
    layout = PkiLayout()
    with pytest.raises(RotationError, match="in AWS KMS"):
        ca_rotation.begin(layout, layout.truststore)
