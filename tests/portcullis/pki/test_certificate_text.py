"""Names and usages as printable text."""

from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from portcullis.pki import certificate_text, facts


def test_names_that_would_move_the_cursor_are_shown_escaped(trusted):
    hostile = trusted.issuing.issue_client("\x1b[2J\u202eevil\r\n", ()).certificate
    described = facts.of(hostile)
    assert described.subject.isprintable()
    assert "\\x1b[2J\\u202eevil" in described.subject


def test_an_empty_subject_and_absent_extensions_are_told_as_such(trusted, pet_shop):
    bare = trusted.issuing.issue_client("", pet_shop, usages=()).certificate
    described = facts.of(bare)
    assert (described.subject, described.usages) == ("(empty)", ())


def test_uncommon_names_and_usages_are_told_by_what_they_are(trusted):
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
    sans = [
        x509.RFC822Name("a@partner.example"),
        x509.DirectoryName(trusted.root.certificate.subject),
        x509.RegisteredID(oid),
    ]
    described = facts.of(trusted.issuing.issue_client("a", sans, usages=(oid,)).certificate)
    assert described.usages == (oid.dotted_string,)
    assert described.names[0] == "email:a@partner.example"
    assert described.names[1].startswith("dirName:CN=client root CA")
    assert described.names[2].startswith("RegisteredID:")


@given(st.text())
def test_shown_text_is_printable_and_plain_text_is_unchanged(text):
    shown = certificate_text.printable(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text
