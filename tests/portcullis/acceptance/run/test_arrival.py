"""The record of a request to the backend: right, and then wrong in one way at a time."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.acceptance.run.arrival import ExpectedSender, problem_of
from portcullis.acceptance.run.tap import SentRequest
from portcullis.pki import facts

BODY = hashlib.sha256(b"{}").hexdigest()
SENDER = ExpectedSender(
    client_id="pet-shop",
    thumbprint="T" * 43,
    request_id="request-1",
    source="127.0.0.1",
    method="POST",
    body_sha256=BODY,
    forged=("forged",),
)


def token(**changed):
    claims = {"client_id": "pet-shop", "cnf": {"x5t#S256": "T" * 43}} | changed
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"Bearer eyJh.{part}.…"


RIGHT = [
    ["Host", "127.0.0.1:8081"],
    ["Authorization", token()],
    ["X-Client-Certificate-Thumbprint", "T" * 43],
    ["X-Request-Id", "request-1"],
    ["X-Forwarded-For", "203.0.113.7, 127.0.0.1"],
    ["X-Forwarded-Proto", "https"],
]


def without(name):
    return [header for header in RIGHT if header[0] != name]


def changed(name, value):
    return [[key, value if key == name else old] for key, old in RIGHT]


def sent(headers, **changed):
    facts = {"method": "POST", "target": "/pets", "body_sha256": BODY} | changed
    return [SentRequest(headers=tuple(map(tuple, headers)), **facts)]


def test_what_the_gateway_sends_has_no_problem():
    assert problem_of(sent(RIGHT), SENDER) is None


@pytest.mark.parametrize("requests", [[], sent(RIGHT) * 2])
def test_a_call_arrives_exactly_once(requests):
    assert "not one" in problem_of(requests, SENDER)


def test_method_and_body_arrive_as_they_were_sent():
    assert "the method that arrived" in problem_of(sent(RIGHT, method="GET"), SENDER)
    assert "the body that arrived" in problem_of(sent(RIGHT, body_sha256="0" * 64), SENDER)


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([*RIGHT, ["X-Copy", "a forged one"]], "the forged 'forged' arrived"),
        ([*RIGHT, ["X-Forged", ""]], "the forged 'forged' arrived"),
        (without("X-Client-Certificate-Thumbprint"), "0 thumbprint headers"),
        ([*RIGHT, ["x-client-certificate-thumbprint", "T" * 43]], "2 thumbprint headers"),
        (changed("X-Client-Certificate-Thumbprint", "U" * 43), "thumbprint that arrived is not"),
        (changed("X-Client-Certificate-Thumbprint", f"{'T' * 43},x"), "thumbprint that arrived"),
        (without("Authorization"), "0 Authorization headers"),
        ([*RIGHT, ["authorization", token()]], "2 Authorization headers"),
        (changed("Authorization", "Bearer x"), "does not hold a token of the authorizer"),
        (changed("Authorization", "Basic eyJh.e30.x"), "does not hold a token of the authorizer"),
        (changed("Authorization", token(cnf={"x5t#S256": "U" * 43})), "bound to another"),
        (changed("Authorization", token(cnf="T" * 43)), "does not hold a token of the authorizer"),
        (changed("Authorization", token(client_id="pet-viewer")), "names another client"),
        ([*RIGHT, ["Client-Cert", ":AAAA:"]], "Client-Cert that arrived is not"),
        ([*RIGHT, ["Client-Cert", "no base64!"]], "Client-Cert that arrived is not"),
        ([*RIGHT, *[["client-cert", ":AAAA:"]] * 2], "2 Client-Cert headers"),
        (without("X-Request-Id"), "request id that arrived"),
        (changed("X-Request-Id", "forged-id"), "the forged"),
        (changed("X-Request-Id", "request-2"), "request id that arrived"),
        ([*RIGHT, ["X-Request-Id", "request-1"]], "request id that arrived"),
        (without("X-Forwarded-For"), "last X-Forwarded-For"),
        (changed("X-Forwarded-For", "127.0.0.1, 203.0.113.7"), "last X-Forwarded-For"),
        ([*RIGHT, ["X-Forwarded-For", "203.0.113.7"]], "last X-Forwarded-For"),
        (without("X-Forwarded-Proto"), "X-Forwarded-Proto"),
        (changed("X-Forwarded-Proto", "http"), "X-Forwarded-Proto"),
        ([*RIGHT, ["X-Forwarded-Proto", "https"]], "X-Forwarded-Proto"),
    ],
)
def test_anything_else_is_a_problem(headers, problem):
    assert problem in problem_of(sent(headers), SENDER)


def test_a_client_of_unknown_name_is_known_by_its_certificate():
    sender = ExpectedSender(
        client_id=None,
        thumbprint="T" * 43,
        request_id="request-1",
        source="127.0.0.1",
        method="POST",
        body_sha256=BODY,
    )
    assert problem_of(sent(changed("Authorization", token(client_id="who"))), sender) is None


# --- a function's event -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(pki):
    """A certificate in PEM, and the sender that it belongs to."""
    file = pki.clients["pet-shop"].certificate
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return pem, replace(SENDER, thumbprint=facts.thumbprint(certificate))


def context(client, **changed):
    pem, sender = client
    return {
        "requestId": "request-1",
        "identity": {"sourceIp": "127.0.0.1", "clientCert": {"clientCertPem": pem}},
        "authorizer": {"authorization": token(cnf={"x5t#S256": sender.thumbprint})},
    } | changed


def test_a_functions_context_has_no_problem_whatever_the_callers_headers_say(client):
    headers = [["Authorization", "Bearer forged"], ["X-Client-Certificate-Thumbprint", "forged"]]
    assert problem_of(sent(headers, context=context(client)), client[1]) is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"authorizer": {"authorization": token()}}, "bound to another certificate"),
        ({"authorizer": {}}, "lacks the certificate, the address or the token"),
        ({"authorizer": {"authorization": "Bearer x"}}, "does not hold a token"),
        ({"identity": {"sourceIp": "127.0.0.1"}}, "lacks the certificate"),
        ({"identity": {"sourceIp": "1", "clientCert": {"clientCertPem": "x"}}}, "lacks"),
        ({"extra": "a forged one"}, "the forged 'forged' arrived"),
    ],
)
def test_a_functions_context_that_is_wrong_in_one_way_is_noticed(client, changed, problem):
    assert problem in problem_of(sent([], context=context(client, **changed)), client[1])


def test_another_caller_or_address_in_a_functions_context_is_noticed(client):
    request = sent([], context=context(client))
    other = replace(client[1], thumbprint="U" * 43)
    assert "certificate that arrived is not the caller's" in problem_of(request, other)
    other = replace(client[1], source="127.0.0.2")
    assert "source address that arrived is not" in problem_of(request, other)
