"""Certificates that an authority signs, and whether other verifiers accept them."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from portcullis.pki import keys, names
from portcullis.pki.authority import CLOCK_SKEW, Authority
from portcullis.pki.errors import LifetimeError
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import Purpose


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def client_verifier(trusted):
    return PolicyBuilder().store(Store([trusted.root.certificate])).build_client_verifier()


def test_key_identifiers_link_leaf_to_issuer_to_root(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop).certificate
    issuing, root = trusted.issuing.certificate, trusted.root.certificate
    for child, issuer in ((leaf, issuing), (issuing, root), (root, root)):
        ours = extension(issuer, x509.SubjectKeyIdentifier).value.digest
        assert extension(child, x509.AuthorityKeyIdentifier).value.key_identifier == ours


def test_a_server_certificate_vouches_for_names_and_addresses_as_a_server_only(serving):
    wanted = [names.host("localhost"), names.host("127.0.0.1"), names.host("::1")]
    leaf = serving.issuing.issue_server(wanted).certificate
    assert list(extension(leaf, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert list(extension(leaf, x509.SubjectAlternativeName).value) == wanted


def test_a_server_certificate_is_never_a_client_certificate(trusted, serving):
    leaf = serving.issuing.issue_server([names.host("localhost")]).certificate
    with pytest.raises(VerificationError):
        client_verifier(serving).verify(leaf, [serving.issuing.certificate])
    with pytest.raises(VerificationError):
        client_verifier(trusted).verify(leaf, [serving.issuing.certificate])


@pytest.mark.parametrize("key_type", list(KeyType))
def test_every_key_type_makes_chains_that_a_strict_verifier_accepts(key_type, pet_shop):
    hierarchy = Hierarchy.create(Purpose.CLIENT, key_type=key_type)
    leaf = hierarchy.issuing.issue_client("pet-shop", pet_shop, key_type=key_type)
    verified = client_verifier(hierarchy).verify(leaf.certificate, list(leaf.chain))
    assert verified.subjects == list(pet_shop)
    assert keys.type_of(leaf.certificate.public_key()) is key_type
    wanted = hashes.SHA384 if key_type is KeyType.P384 else hashes.SHA256
    assert isinstance(leaf.certificate.signature_hash_algorithm, wanted)


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.RSA_2048])
def test_openssl_accepts_the_chain_for_a_client_and_not_for_a_server(
    key_type, pet_shop, openssl_verify
):
    hierarchy = Hierarchy.create(Purpose.CLIENT, key_type=key_type)
    leaf = hierarchy.issuing.issue_client("pet-shop", pet_shop, key_type=key_type).certificate
    anchors = hierarchy.anchors_pem(Purpose.CLIENT)
    openssl_verify(leaf, anchors, "-x509_strict", "-purpose", "sslclient")
    said = openssl_verify(leaf, anchors, "-x509_strict", "-purpose", "sslserver", fails=True)
    assert "error 26 at" in said


def test_a_short_lived_certificate_lives_hours(trusted, pet_shop, now):
    leaf = trusted.issuing.issue_client(
        "pet-shop", pet_shop, lifetime=timedelta(hours=2), now=now
    ).certificate
    assert leaf.not_valid_after_utc == now + timedelta(hours=2)


def test_a_certificate_is_valid_at_once_on_a_clock_that_is_late(trusted, pet_shop, now):
    later = now + timedelta(days=1)
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop, now=later).certificate
    assert leaf.not_valid_before_utc == later - CLOCK_SKEW


def test_backdating_never_reaches_before_the_issuer(trusted, pet_shop):
    start = trusted.issuing.certificate.not_valid_before_utc
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop, now=start).certificate
    assert leaf.not_valid_before_utc == start


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1)])
def test_a_lifetime_that_is_none_is_refused(trusted, pet_shop, lifetime):
    with pytest.raises(LifetimeError, match="--days"):
        trusted.issuing.issue_client("pet-shop", pet_shop, lifetime=lifetime)


def test_a_certificate_that_would_outlive_its_issuer_is_refused(trusted, pet_shop):
    with pytest.raises(LifetimeError, match="would end after its issuer"):
        trusted.issuing.issue_client("pet-shop", pet_shop, lifetime=timedelta(days=4000))


def test_an_intermediate_that_would_outlive_its_root_is_refused():
    root = Authority.root("client", lifetime=timedelta(days=10))
    with pytest.raises(LifetimeError):
        root.intermediate("client")


def test_tests_can_ask_for_any_period(trusted, pet_shop):
    past = datetime(2001, 1, 1, tzinfo=UTC)
    leaf = trusted.issuing.issue_client(
        "pet-shop", pet_shop, not_before=past, not_after=past + timedelta(days=1)
    ).certificate
    assert leaf.not_valid_before_utc == past
    assert leaf.not_valid_after_utc == past + timedelta(days=1)


def test_one_end_of_the_period_and_the_lifetime_tell_the_other(trusted, pet_shop, now):
    day, hour = timedelta(days=1), timedelta(hours=1)
    expired = trusted.issuing.issue_client(
        "pet-shop", pet_shop, not_after=now - day, lifetime=hour
    ).certificate
    assert expired.not_valid_before_utc == now - day - hour
    future = trusted.issuing.issue_client(
        "pet-shop", pet_shop, not_before=now + day, lifetime=hour
    ).certificate
    assert future.not_valid_after_utc == now + day + hour


def test_tests_can_ask_for_any_usage_or_none(trusted, pet_shop):
    for usages in ((ExtendedKeyUsageOID.SERVER_AUTH,), ()):
        leaf = trusted.issuing.issue_client("pet-shop", pet_shop, usages=usages).certificate
        found = [e.value for e in leaf.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
        assert [list(usage) for usage in found] == [list(usages)] * bool(usages)
