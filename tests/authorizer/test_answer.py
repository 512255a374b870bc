"""The answer to API Gateway: its shape, and what may stand in its context."""

import base64

import pytest
from cryptography import x509

from authorizer import certificate as certificates
from authorizer.answer import MAX_CONTEXT_VALUE_LENGTH, allow, deny
from authorizer.reasons import FailedError, Reason
from authorizer.registry import RegisteredClient, RegistrationStatus
from tests.authorizer.making import certificate, pem, thumbprint

SHOWN = certificate()
PARSED = certificates.parse(pem(SHOWN))
POLICY = {"Version": "2012-10-17", "Statement": []}


def client(**changes):
    values = {"id": "pet-shop", "scopes": ("a", "b"), "status": RegistrationStatus.ACTIVE}
    return RegisteredClient(**(values | changes))


def test_an_allow_carries_what_the_backend_needs():
    assert allow(client(), PARSED, "the.token", POLICY) == {
        "principalId": "pet-shop",
        "policyDocument": POLICY,
        "context": {
            "authorization": "Bearer the.token",
            "clientId": "pet-shop",
            "scope": "a b",
            "certificateThumbprint": thumbprint(SHOWN),
            "reason": "ok",
        },
    }


def test_the_certificate_is_answered_only_where_the_backend_is_to_receive_it():
    context = allow(client(), PARSED, "t", POLICY, client_cert_header=True)["context"]
    start, der, end = context["clientCert"].split(":")
    assert (start, end) == ("", "")  # a byte sequence, RFC 8941 section 3.3.5
    assert x509.load_der_x509_certificate(base64.b64decode(der, validate=True)) == SHOWN
    assert "clientCert" not in allow(client(), PARSED, "t", POLICY)["context"]


def test_a_usage_key_is_named_only_where_there_is_one():
    assert allow(client(), PARSED, "t", POLICY, "key")["usageIdentifierKey"] == "key"
    assert "usageIdentifierKey" not in allow(client(), PARSED, "t", POLICY)


def test_a_deny_names_no_more_than_is_known():
    answer = deny(Reason.NO_CERTIFICATE)
    assert answer["principalId"] == "unknown"
    assert answer["context"] == {"reason": "no_certificate"}
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Deny", "*")
    known = deny(Reason.SUSPENDED, client_id="pet-shop", certificate=PARSED)
    assert known["principalId"] == known["context"]["clientId"] == "pet-shop"
    assert known["context"]["certificateThumbprint"] == thumbprint(SHOWN)


@pytest.mark.parametrize("token", ["é", "a\nb", "\x7f", "x" * MAX_CONTEXT_VALUE_LENGTH])
def test_a_value_that_no_header_can_carry_fails(token):
    with pytest.raises(FailedError) as caught:
        allow(client(), PARSED, token, POLICY)
    assert caught.value.reason is Reason.INTERNAL_ERROR
    assert "context value authorization must be 1 to 8192" in caught.value.detail


def test_an_empty_value_fails():
    """API Gateway would not map it, and the caller's own header would reach the backend."""
    with pytest.raises(FailedError, match="context value scope"):
        allow(client(scopes=()), PARSED, "t", POLICY)
