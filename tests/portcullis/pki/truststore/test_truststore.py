"""The lint as a whole, and bundles built from several files."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from portcullis.pki import keys, truststore
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose
from portcullis.pki.truststore import Severity
from tests.portcullis.pki.truststore.making import (
    GOOD,
    GOOD_PEM,
    certificate,
    chain,
    codes,
    forge_pem,
)


def test_a_good_bundle_has_no_findings():
    assert truststore.lint(GOOD_PEM) == []


def test_a_single_self_signed_root_is_enough():
    assert truststore.lint(to_pem(GOOD.root.certificate)) == []


def test_a_duplicate_is_a_warning_and_is_checked_once():
    findings = truststore.lint(GOOD_PEM + to_pem(GOOD.root.certificate))
    assert codes(findings) == ["duplicate"]
    assert "block 2" in findings[0].message


def test_errors_come_before_warnings():
    findings = truststore.lint(
        to_pem(GOOD.root.certificate, GOOD.issuing.certificate) + to_pem(chain(2)[0])
    )
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=[Severity.ERROR, Severity.WARNING].index)


def test_every_finding_says_what_to_do_and_is_printable():
    key = keys.generate()
    strange = certificate("a\x1b[31m\u202eb", key, issuer="elsewhere", issuer_key=keys.generate())
    findings = truststore.lint(to_pem(strange) + GOOD.root.key_pem + b"text")
    assert len(findings) >= 3
    for finding in findings:
        assert finding.message.endswith((".", "init --force"))
        assert (finding.subject + finding.message).isprintable()


def test_a_bundle_is_ordered_complete_and_without_duplicates():
    other = Hierarchy.create(Purpose.CLIENT)
    scattered = [
        GOOD.root.certificate,
        other.root.certificate,
        GOOD.issuing.certificate,
        GOOD.root.certificate,
        other.issuing.certificate,
    ]
    pem = truststore.bundle(scattered)
    assert truststore.lint(pem) == []
    assert set(x509.load_pem_x509_certificates(pem)) == set(scattered)


def test_two_generations_can_be_trusted_at_once():
    old, new = Authority.root("client"), Authority.root("client")
    pem = truststore.bundle([old.certificate, new.certificate])
    assert truststore.lint(pem) == []


DER = GOOD.issuing.certificate.public_bytes(serialization.Encoding.DER)


@given(
    st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_no_damaged_certificate_makes_the_lint_fail(changes):
    der = bytearray(DER)
    for position, value in changes:
        der[position] = value
    block = forge_pem(bytes(der))
    for finding in truststore.lint(block + GOOD_PEM):
        assert finding.code
        assert finding.subject.isprintable()


@given(st.binary(max_size=400))
def test_no_bytes_make_the_lint_fail(content):
    truststore.lint(content)
    truststore.lint(forge_pem(content))
    truststore.lint(GOOD_PEM + content)
