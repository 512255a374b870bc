"""Issuers are found by name and signature."""

from portcullis.pki import forge, keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore import Severity
from tests.portcullis.pki.truststore.making import GOOD, GOOD_PEM, certificate, codes


def test_a_sha1_signature_is_one_error_and_not_a_broken_chain_besides():
    leaf = forge.with_weak_signature(GOOD.issuing, "old", ())
    found = codes(truststore.lint(to_pem(leaf.certificate) + GOOD_PEM), Severity.ERROR)
    assert found == ["weak-signature", "not-an-authority"]


def test_a_root_that_only_has_the_right_name_does_not_complete_a_chain():
    key = keys.generate()
    impostor = certificate("level 1", keys.generate())
    below = certificate("level 2", keys.generate(), issuer="level 1", issuer_key=key)
    assert codes(truststore.lint(to_pem(below, impostor))) == ["incomplete-chain"]


def test_authorities_that_sign_each_other_end_without_a_root():
    one, two = keys.generate(), keys.generate()
    first = certificate("one", one, issuer="two", issuer_key=two)
    second = certificate("two", two, issuer="one", issuer_key=one)
    found = codes(truststore.lint(to_pem(first, second)), Severity.ERROR)
    assert found == ["incomplete-chain", "incomplete-chain"]
