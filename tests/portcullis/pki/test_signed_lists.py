"""Each generation signs its own list, in time, until its folder is deleted."""

from datetime import timedelta

import pytest
from cryptography import x509

from portcullis.pki import hierarchy, inventory, signed_lists
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import AuthorityIncompleteError
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.inventory import Inventory
from portcullis.pki.kms_key import KmsKeyError
from portcullis.pki.layout import Purpose
from portcullis.pki.revocation import RevocationReason


@pytest.fixture
def two_generations(hand_out, layout):
    """A certificate of the replaced authority, and one of the present one."""
    old = hand_out().certificate
    hierarchy.create_all(layout, [Purpose.CLIENT], replace=True)
    return old, hand_out(replace=True).certificate


def sign_all(layout, **options):
    with inventory.opened(layout) as known:
        return signed_lists.sign_all(known, **options)


def test_a_client_is_revoked_in_the_lists_of_both_issuers(two_generations, revoke):
    signed = revoke()
    assert len(signed) == 2
    for certificate in two_generations:
        (crl,) = [one.crl for one in signed if one.crl.issuer == certificate.issuer]
        assert [entry.serial_number for entry in crl] == [certificate.serial_number]


def test_lists_of_both_issuers_are_signed_and_verify(
    two_generations, revoke, layout, openssl_verify
):
    revoke(two_generations[0])
    replaced, present = (one.generation.files for one in reversed(sign_all(layout)))
    for files, certificate, is_revoked in (
        (replaced, two_generations[0], True),
        (present, two_generations[1], False),
    ):
        anchors = files.intermediate.read_bytes() + files.root.read_bytes()
        check = (anchors, "-CRLfile", files.crl, "-crl_check")
        said = openssl_verify(certificate, *check, fails=is_revoked)
        assert ("certificate revoked" in said) is is_revoked


def test_only_due_lists_are_signed(two_generations, layout, now):
    assert len(sign_all(layout, lifetime=timedelta(days=7), now=now)) == 2
    assert sign_all(layout, due_within=timedelta(days=2), now=now) == []
    later = now + timedelta(days=6)
    assert len(sign_all(layout, due_within=timedelta(days=2), now=later)) == 2


def test_a_replaced_authority_without_its_key_does_not_stop_the_present_one(
    two_generations, layout
):
    with inventory.opened(layout) as known:
        known.generations[1].files.intermediate_key.unlink()
    present, replaced = sign_all(layout)
    assert isinstance(present.crl, x509.CertificateRevocationList)
    assert replaced.crl is None
    assert "lacks intermediate.key" in replaced.problem


def test_a_replaced_authority_whose_key_in_kms_is_gone_does_not_stop_the_present_one(
    two_generations, layout, monkeypatch
):
    real = Inventory.publish

    def publish(self, generation, *arguments, **options):
        if not generation.is_current:
            raise KmsKeyError("AWS KMS: the key is pending deletion.")
        return real(self, generation, *arguments, **options)

    monkeypatch.setattr(Inventory, "publish", publish)
    present, replaced = sign_all(layout)
    assert isinstance(present.crl, x509.CertificateRevocationList)
    assert (replaced.crl, replaced.problem) == (None, "AWS KMS: the key is pending deletion.")


def test_a_replaced_authority_that_has_ended_signs_no_list(two_generations, layout, files, now):
    with inventory.opened(layout) as known:
        folder = known.generations[1].files
    ended = Hierarchy.create(Purpose.CLIENT, now=now - timedelta(days=4000))
    folder.intermediate.write_bytes(to_pem(ended.issuing.certificate))
    assert [one.generation.is_current for one in sign_all(layout)] == [True]


def test_nothing_is_revoked_when_one_of_the_issuers_cannot_sign(two_generations, layout, revoke):
    with inventory.opened(layout) as known:
        known.generations[1].files.intermediate_key.unlink()
    with pytest.raises(AuthorityIncompleteError):
        revoke()
    with inventory.opened(layout) as known:
        assert not any(one.is_revoked for one in known.issued())
        present = [one for one in known.issued() if one.generation.is_current]
        signed_lists.revoke(known, present, RevocationReason.SUPERSEDED)
        assert [one.is_revoked for one in known.issued()].count(True) == 1
