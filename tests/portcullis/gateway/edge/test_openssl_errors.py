"""OpenSSL's errors as text."""

import pytest
from OpenSSL import SSL

from portcullis.gateway.edge.openssl_errors import error_text, verification_text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SSL.Error([("SSL routines", "", "no shared cipher")]), "no shared cipher"),
        (SSL.Error([("a", "b", "one"), ("a", "b", "two")]), "one; two"),
        (SSL.Error([]), "unspecified error"),
        (SSL.Error(), "Error"),
        (ValueError("bad"), "bad"),
    ],
    ids=["one", "several", "empty", "none", "other"],
)
def test_an_error_is_told_by_its_reasons(error, text):
    assert error_text(error) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [(10, "certificate has expired"), (23, "cert revoked"), (4711, "X509_V_ERR 4711")],
    ids=["listed", "named by OpenSSL", "unknown"],
)
def test_a_verification_code_has_a_message(code, text):
    assert verification_text(code) == text
