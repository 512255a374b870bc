"""What partners get: recorded, whole, and never over files that are there."""

import os
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.pki import (
    handout,
    hierarchy,
    issuance,
    issuance_record,
    keys,
    names,
    pfx,
    revocation,
)
from portcullis.pki.errors import (
    AuthorityMissingError,
    CertificateFileError,
    IdentityError,
    LifetimeError,
    NotIssuedError,
    OutputExistsError,
)
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import ClientFiles, Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord


@pytest.fixture
def files(layout):
    hierarchy.create_all(layout)
    return layout.authority(Purpose.CLIENT)


@pytest.fixture
def request_for(pet_shop):
    def make(client="pet-shop", **changes):
        return ClientRequest(**({"client": client, "names": pet_shop} | changes))

    return make


@pytest.fixture
def hand_out(layout, files, tmp_path, request_for):
    def call(request=None, *, options=None, **changes):
        return handout.hand_out(
            layout,
            request or request_for(),
            tmp_path / "out",
            options=options or PfxOptions(),
            **changes,
        )

    return call


def csr(key, *, algorithm=True, asks_for=()):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    )
    for extension in asks_for:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256() if algorithm else None).public_bytes(
        serialization.Encoding.PEM
    )


def test_a_partner_gets_certificate_key_and_pfx_that_belong_together(hand_out):
    given = hand_out()
    certificate = x509.load_pem_x509_certificate(given.certificate_file.read_bytes())
    assert certificate == given.certificate
    assert keys.belongs(keys.from_pem(given.key.read_bytes()), certificate.public_key())
    assert pfx.certificates(given.pfx.read_bytes(), given.generated_passphrase)[0] == certificate


def test_secrets_are_private_under_an_open_umask(hand_out, tmp_path):
    before = os.umask(0)
    try:
        given = hand_out(options=PfxOptions(keep_generated=True))
    finally:
        os.umask(before)
    for path in (given.key, given.pfx, given.passphrase_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_a_chosen_passphrase_is_neither_shown_nor_kept(hand_out):
    given = hand_out(options=PfxOptions(passphrase="correct horse", keep_generated=True))
    assert given.generated_passphrase is None
    assert given.passphrase_file is None
    assert pfx.certificates(given.pfx.read_bytes(), "correct horse")
    assert len(list(given.pfx.parent.iterdir())) == 3


def test_a_kept_passphrase_is_not_shown(hand_out):
    given = hand_out(options=PfxOptions(keep_generated=True))
    assert given.generated_passphrase is None
    assert pfx.certificates(given.pfx.read_bytes(), given.passphrase_file.read_text().strip())


def test_no_text_form_holds_a_passphrase(hand_out):
    given = hand_out()
    assert given.generated_passphrase not in repr(given)
    assert "correct horse" not in repr(PfxOptions(passphrase="correct horse"))


@pytest.mark.parametrize("suffix", ["pem", "key", "pfx"])
def test_files_that_are_there_are_not_overwritten(hand_out, tmp_path, files, suffix):
    path = tmp_path / "out" / f"pet-shop.{suffix}"
    path.parent.mkdir()
    path.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="certs renew pet-shop --out"):
        hand_out()
    assert path.read_bytes() == b"precious"
    assert issuance_record.on_record(files) == []


def test_files_that_are_replaced_are_moved_aside_first(hand_out):
    first = hand_out(options=PfxOptions(keep_generated=True))
    contents = [path.read_bytes() for path in (first.certificate_file, first.key, first.pfx)] + [
        first.passphrase_file.read_bytes()
    ]
    second = hand_out(replace=True)
    assert [path.read_bytes() for path in second.moved_aside] == contents
    assert {path.suffix for path in second.moved_aside} == {".pem", ".key", ".pfx", ".passphrase"}
    assert not ClientFiles.below(second.pfx.parent, "pet-shop").pfx_passphrase.exists()


def test_the_folder_of_the_laptop_is_not_for_handing_out(layout, files, request_for):
    with pytest.raises(OutputExistsError, match="Choose another --out"):
        handout.hand_out(layout, request_for(), layout.clients, options=PfxOptions())


def test_nothing_is_issued_without_an_authority(layout, request_for, tmp_path):
    with pytest.raises(AuthorityMissingError):
        handout.hand_out(layout, request_for(), tmp_path / "out", options=PfxOptions())
    assert not (tmp_path / "out").exists()


def test_a_client_id_cannot_leave_the_folder(layout, files, request_for, tmp_path):
    with pytest.raises(IdentityError):
        handout.hand_out(layout, request_for("../escaped"), tmp_path / "out", options=PfxOptions())
    assert not list(tmp_path.glob("escaped*"))


def test_everything_issued_is_on_record_by_client_and_age(hand_out, files, request_for, now):
    first = hand_out()
    other = hand_out(request_for("pet-viewer"))
    later = hand_out(replace=True, now=now + timedelta(hours=1))
    assert issuance_record.on_record(files, "pet-shop") == [first.certificate, later.certificate]
    assert issuance_record.on_record(files, "pet-viewer") == [other.certificate]
    assert len(issuance_record.on_record(files)) == 3


def test_a_damaged_record_is_an_error(hand_out, files):
    hand_out()
    (path,) = files.issued.iterdir()
    path.write_bytes(b"")
    with pytest.raises(CertificateFileError, match="Restore it from a backup"):
        issuance_record.on_record(files)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["p256", "rsa2048"],
)
def test_a_signing_request_gets_a_certificate_for_its_key_and_nothing_more(hand_out, key, trusted):
    given = hand_out(csr=csr(key))
    assert given.certificate.public_key() == key.public_key()
    assert (given.key, given.pfx, given.generated_passphrase) == (None, None, None)
    assert [path.name for path in given.certificate_file.parent.iterdir()] == ["pet-shop.pem"]
    assert len(x509.load_pem_x509_certificates(given.certificate_file.read_bytes())) == 2


def test_what_a_signing_request_asks_for_is_not_granted(hand_out, pet_shop):
    greedy = csr(
        keys.generate(),
        asks_for=[
            x509.BasicConstraints(ca=True, path_length=None),
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://a/admin")]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        ],
    )
    certificate = hand_out(csr=greedy).certificate
    extensions = certificate.extensions
    assert certificate.subject.rfc4514_string() == "CN=pet-shop"
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    san = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(san) == list(pet_shop)
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def with_anothers_signature():
    der = x509.load_pem_x509_csr(csr(keys.generate())).public_bytes(serialization.Encoding.DER)
    changed = der[:-1] + bytes([der[-1] ^ 1])
    return x509.load_der_x509_csr(changed).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a certificate signing request"),
        (keys.to_pem(keys.generate()), "not a certificate signing request"),
        (with_anothers_signature(), "not signed by the key in it"),
        (csr(rsa.generate_private_key(65537, 1024)), "RSA 1024"),  # noqa: S505 - the point
        (csr(ec.generate_private_key(ec.SECP224R1())), "secp224r1"),
        (csr(ed25519.Ed25519PrivateKey.generate(), algorithm=False), "Ed25519"),
    ],
    ids=["empty", "key", "forged", "rsa1024", "p224", "ed25519"],
)
def test_a_signing_request_that_proves_no_strong_key_is_refused(hand_out, files, content, message):
    with pytest.raises(CertificateFileError, match=message):
        hand_out(csr=content)
    assert issuance_record.on_record(files) == []


def test_a_renewal_asks_for_the_same_and_leaves_the_old_one_valid(
    hand_out, files, request_for, now
):
    sans = (names.san_uri("spiffe://a.test/x"), names.san_dns("shop.partner.example"))
    old = hand_out(
        request_for(
            names=sans,
            lifetime=timedelta(days=90),
            organization="Pets, Inc.",
            key_type=KeyType.RSA_2048,
        ),
        now=now,
    ).certificate
    request = issuance.renewal_of(files, "pet-shop")
    assert request == ClientRequest(
        client="pet-shop",
        names=sans,
        lifetime=timedelta(days=90),
        organization="Pets, Inc.",
        key_type=KeyType.RSA_2048,
    )
    new = hand_out(request, replace=True, now=now + timedelta(days=80)).certificate
    assert new.public_key() != old.public_key()
    assert new.not_valid_before_utc < old.not_valid_after_utc < new.not_valid_after_utc


def test_a_renewal_may_live_another_time(hand_out, files):
    hand_out()
    request = issuance.renewal_of(files, "pet-shop", lifetime=timedelta(hours=4))
    assert request.lifetime == timedelta(hours=4)


def test_a_client_without_a_certificate_cannot_be_renewed_or_revoked(files):
    for call in (issuance.renewal_of, issuance_record.revocable):
        with pytest.raises(NotIssuedError, match="portcullis certs list"):
            call(files, "pet-shop")


def revoke(layout, files, certificate):
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    added = [
        RevocationEntry.now(certificate.serial_number, "pet-shop", RevocationReason.UNSPECIFIED)
    ]
    revocation.publish(authority, files, RevocationRecord().with_added(added))


def test_a_revoked_certificate_is_not_renewed(hand_out, layout, files):
    revoke(layout, files, hand_out().certificate)
    with pytest.raises(NotIssuedError):
        issuance.renewal_of(files, "pet-shop")


def test_only_what_still_works_can_be_revoked(hand_out, layout, files, request_for, now):
    revoked = hand_out().certificate
    revoke(layout, files, revoked)
    short = hand_out(request_for(lifetime=timedelta(hours=1)), replace=True).certificate
    long = hand_out(replace=True).certificate
    hand_out(request_for("pet-viewer"))
    assert set(issuance_record.revocable(files, "pet-shop")) == {short, long}
    assert issuance_record.revocable(files, "pet-shop", now=now + timedelta(days=1)) == [long]
    assert issuance_record.revocable(files, "pet-shop", long.serial_number) == [long]
    for serial_number in (revoked.serial_number, 1):
        with pytest.raises(NotIssuedError, match="serial number"):
            issuance_record.revocable(files, "pet-shop", serial_number)


def test_a_lifetime_beyond_the_authority_is_refused_before_anything_is_written(
    hand_out, request_for, tmp_path
):
    with pytest.raises(LifetimeError):
        hand_out(request_for(lifetime=timedelta(days=4000)))
    assert not (tmp_path / "out").exists()
