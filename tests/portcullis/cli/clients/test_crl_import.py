"""`portcullis clients import-crl`: only newer lists of known issuers are imported."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from portcullis.cli.clients import app
from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord, sign
from portcullis.registry import DistinguishedName
from tests.authorizer.list_tables import keys
from tests.authorizer.tables import KEYS
from tests.portcullis.cli.clients.making import KEY
from tests.portcullis.cli.clients.running import refused, run


def crl(folder, number):
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "new")])
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(datetime.now(UTC) - timedelta(days=1))
        .next_update(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.CRLNumber(number), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    path = folder / f"{number}.crl"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def test_a_revocation_list_is_taken_in_unless_it_is_older(tmp_path, certificate):
    path, _ = certificate
    target = tmp_path / "in-use.crl"
    assert "number 7" in run("import-crl", crl(tmp_path, 7), target, "--truststore", path)
    former = target.read_bytes()
    message = refused("import-crl", crl(tmp_path, 6), target, "--truststore", path)
    assert "number 7 is in use" in message
    assert target.read_bytes() == former
    shown = run("import-crl", crl(tmp_path, 8), target, "--truststore", path, "--json")
    (described,) = json.loads(shown)["lists"]
    assert (described["number"], described["revokedAuthorities"]) == (8, [])
    assert target.read_bytes() != former


def test_a_revocation_list_may_come_through_a_pipe(tmp_path, certificate):
    path, _ = certificate
    made = crl(tmp_path, 7).read_bytes()
    pipe, target = tmp_path / "pipe", tmp_path / "in-use.crl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(made,))
    writer.start()
    run("import-crl", pipe, target, "--truststore", path)
    writer.join()
    assert target.read_bytes() == made


def test_a_list_whose_authority_is_gone_is_forgotten_where_that_is_wanted(tmp_path, certificate):
    path, _ = certificate
    target = tmp_path / "in-use.crl"
    run("import-crl", crl(tmp_path, 7), target, "--truststore", path)
    successor, following = another_authority(tmp_path)
    assert "It is in use. Where that issuer is gone: --retire" in refused(
        "import-crl", following, target, "--truststore", successor
    )
    run("import-crl", following, target, "--truststore", successor, "--retire")
    assert target.read_bytes() == following.read_bytes()


def test_the_import_says_which_ca_a_list_revokes(tmp_path):
    pki, target = PkiLayout(tmp_path / "pki"), tmp_path / "in-use.crl"
    (made,) = hierarchy.create_all(pki, [Purpose.CLIENT])
    root, issuing = made.hierarchy.root, made.hierarchy.issuing
    both = [list_of(root, 1), list_of(issuing, 1)]
    (tmp_path / "both.crl").write_bytes(b"".join(both))
    shown = run("import-crl", tmp_path / "both.crl", target, "--truststore", pki.truststore)
    assert "revokes the CA" not in shown

    fresh = tmp_path / "fresh.crl"
    fresh.write_bytes(list_of(root, 2, issuing) + both[1])
    shown = run("import-crl", fresh, target, "--truststore", pki.truststore)
    assert (
        f"The list of {DistinguishedName.of_x509(root.certificate.subject)} revokes the CA "
        f"{issuing.certificate.subject.rfc4514_string()!r} (serial number "
        f"{issuing.certificate.serial_number:x}): every certificate it issued is refused.\n"
    ) in shown
    assert sorted(target.read_bytes()) == sorted(fresh.read_bytes())  # in the issuers' order

    # The CA may leave the truststore; its own list then leaves the file.
    pki.truststore.write_bytes(root.certificate.public_bytes(Encoding.PEM))
    fresh.write_bytes(list_of(root, 3, issuing))
    run("import-crl", fresh, target, "--truststore", pki.truststore, "--retire")
    assert target.read_bytes() == fresh.read_bytes()


def list_of(authority, number, *revoked):
    """A list that an authority signs over the certificates of other authorities."""
    record = RevocationRecord(
        crl_number=number,
        revocations=tuple(
            RevocationEntry.now(one.certificate.serial_number, RevocationReason.KEY_COMPROMISE)
            for one in revoked
        ),
    )
    return sign(authority, record).public_bytes(Encoding.PEM)


def another_authority(folder):
    """The certificate of another issuer, and its list."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "successor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "successor.pem", folder / "successor.crl"
    for path, one in zip(paths, (made, listed), strict=True):
        path.write_bytes(one.public_bytes(Encoding.PEM))
    return paths


def test_a_revocation_list_goes_to_one_place(tmp_path, certificate):
    path, _ = certificate
    for places in ([], [tmp_path / "in-use.crl", "--table", "x"]):
        message = refused("import-crl", crl(tmp_path, 7), *places, "--truststore", path)
        assert "Name one place for the list" in message
    assert not (tmp_path / "in-use.crl").exists()


def test_an_import_into_a_table_says_which_ca_a_list_revokes(
    dynamodb, table, moto, monkeypatch, *, tmp_path
):
    pki = PkiLayout(tmp_path)
    (made,) = hierarchy.create_all(pki, [Purpose.CLIENT])
    root, issuing = made.hierarchy.root, made.hierarchy.issuing
    serial_number = issuing.certificate.serial_number
    revocation = RevocationEntry.now(serial_number, RevocationReason.KEY_COMPROMISE)
    record = RevocationRecord(crl_number=1, revocations=(revocation,))
    path = tmp_path / "root.crl"
    path.write_bytes(sign(root, record).public_bytes(Encoding.PEM))
    for key, value in (
        KEYS | {"AWS_ENDPOINT_URL_DYNAMODB": moto, "AWS_DEFAULT_REGION": "eu-central-1"}
    ).items():
        monkeypatch.setenv(key, value)

    arguments = ["import-crl", path, "--table", table.name, "--truststore", pki.truststore]
    shown = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert f"revokes the CA {issuing.certificate.subject.rfc4514_string()!r}" in shown.stdout
    assert f"(serial number {serial_number:x}): every certificate it issued" in shown.stdout
    assert any(key.startswith("crl#revoked#") for key in keys(dynamodb, table))
