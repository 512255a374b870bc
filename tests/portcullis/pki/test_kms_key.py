"""An issuing CA whose key is in AWS KMS: moto's signatures, and a client of our own for digests."""

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from moto import mock_aws

from portcullis.pki import hierarchy, keys, kms_key, revocation
from portcullis.pki.errors import AuthorityBrokenError
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.keys import KeyType
from portcullis.pki.kms_key import KmsKeyError, KmsKeyUnfitError
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.names import san_uri
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord

ARN = "arn:aws:kms:eu-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def kms(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("kms", region_name="eu-central-1")


def new_key(kms, spec="ECC_NIST_P256", usage="SIGN_VERIFY"):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def made(arn, folder):
    key = kms_key.connect(arn)
    layout = PkiLayout(folder)
    hierarchy.create_all(
        layout,
        [Purpose.CLIENT],
        key_type=keys.type_of(key.public_key()) or KeyType.P256,
        issuing_key=key,
    )
    return layout


@pytest.mark.parametrize("spec", kms_key.KEY_SPECS[:3])
def test_kms_signs_certificates_and_lists(kms, tmp_path, spec):
    layout = made(new_key(kms, spec), tmp_path)
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    issued = authority.issue_client("shop", [san_uri("spiffe://x/shop")])
    issued.certificate.verify_directly_issued_by(authority.certificate)
    record = RevocationRecord().followed_by(
        [RevocationEntry.now(7, RevocationReason.KEY_COMPROMISE)]
    )
    crl = revocation.sign(authority, record)
    assert crl.is_signature_valid(authority.certificate.public_key())


def test_no_private_key_is_on_disk(kms, tmp_path):
    arn = new_key(kms)
    folder = made(arn, tmp_path).authority(Purpose.CLIENT).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "intermediate.kms",
        "intermediate.pem",
        "root.pem",
    ]
    assert not [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and (b"PRIVATE KEY" in path.read_bytes())
    ]
    key = hierarchy.load(PkiLayout(tmp_path), Purpose.CLIENT).issuing.key
    assert kms_key.arn_of(key) == arn
    with pytest.raises(KmsKeyError, match="cannot leave"):
        keys.to_pem(key)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P521", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
    ],
)
def test_a_key_of_another_kind_is_refused(kms, spec, usage):
    with pytest.raises(KmsKeyUnfitError, match="accepted: SIGN_VERIFY"):
        kms_key.connect(new_key(kms, spec, usage))


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:kms:eu-central-1:123456789012:alias/ca", "can be pointed at another key"),
        ("alias/ca", "can be pointed at another key"),
        ("01234567-89ab-cdef-0123-456789abcdef", "must be the ARN of a key"),
        (ARN + "\n", "must be the ARN of a key"),
    ],
)
def test_only_the_arn_of_a_key_is_taken(arn, reason):
    with pytest.raises(KmsKeyUnfitError, match=reason):
        kms_key.connect(arn)


def test_a_key_that_is_gone_or_disabled_is_one_clear_error(kms, tmp_path):
    with pytest.raises(KmsKeyError, match=r"refused GetPublicKey .* NotFoundException"):
        kms_key.connect(ARN)
    arn = new_key(kms)
    authority = hierarchy.load(made(arn, tmp_path), Purpose.CLIENT).issuing

    class Denying:
        def sign(self, **_):
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Sign")

    authority.key._kms = Denying()
    with pytest.raises(KmsKeyError, match=r"refused Sign .* AccessDeniedException.*kms:Sign"):
        authority.issue_client("shop", [])


def test_kms_out_of_reach_is_one_clear_error(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(KmsKeyError, match="cannot be asked about"):
        kms_key.connect(ARN)


class Signer:
    """Signs as KMS does, of RAW messages up to 4,096 octets and of digests."""

    def __init__(self, key):
        self.key = key

    def sign(self, *, Message, MessageType, SigningAlgorithm, **_):  # noqa: N803
        assert MessageType == "DIGEST" or len(Message) <= 4096
        algorithm = hashes.SHA384() if SigningAlgorithm.endswith("384") else hashes.SHA256()
        used = utils.Prehashed(algorithm) if MessageType == "DIGEST" else algorithm
        if SigningAlgorithm.startswith("ECDSA"):
            return {"Signature": self.key.sign(Message, ec.ECDSA(used))}
        return {"Signature": self.key.sign(Message, padding.PKCS1v15(), used)}


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.P384, KeyType.RSA_2048])
def test_a_long_list_is_signed_by_its_digest(kind):
    real = keys.generate(kind)
    remote = kms_key.of(ARN, real.public_key())
    remote._kms = Signer(real)
    authority = Hierarchy.create(Purpose.CLIENT, issuing_key=remote).issuing
    entries = [RevocationEntry.now(n, RevocationReason.SUPERSEDED) for n in range(1, 500)]
    crl = revocation.sign(authority, RevocationRecord().followed_by(entries))
    assert len(crl.tbs_certlist_bytes) > kms_key.MAX_MESSAGE
    assert crl.is_signature_valid(real.public_key())


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.RSA_2048])
def test_a_signature_of_another_key_is_refused(kind):
    remote = kms_key.of(ARN, keys.generate(kind).public_key())
    remote._kms = Signer(keys.generate(kind))
    authority = Hierarchy.create(Purpose.CLIENT, issuing_key=remote).issuing
    with pytest.raises(KmsKeyError, match="a signature that is not of the key"):
        authority.issue_client("shop", [])


def test_a_changed_arn_file_is_reported(kms, tmp_path):
    layout = made(new_key(kms), tmp_path)
    files = layout.authority(Purpose.CLIENT)
    files.intermediate_kms.write_text(new_key(kms))
    other = hierarchy.load(layout, Purpose.CLIENT).issuing
    with pytest.raises(KmsKeyError, match="a signature that is not of the key"):
        other.issue_client("shop", [])
    files.intermediate_kms.write_text("alias/ca")
    with pytest.raises(AuthorityBrokenError, match="not the ARN that was written"):
        hierarchy.load(layout, Purpose.CLIENT)
