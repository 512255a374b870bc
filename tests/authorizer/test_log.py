"""The log line of a call."""

import json

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from authorizer import certificate as certificates
from authorizer.log import MAX_NAMES, MAX_TEXT_LENGTH, CallRecord, Decision, Lines, tail
from authorizer.reasons import Reason
from tests.authorizer.making import NOW, certificate, pem

AT = NOW.timestamp()


def record(**changes):
    values = {
        "request_id": "the-request",
        "lambda_request_id": "the-lambda-request",
        "started_at": AT,
        "cold_start": False,
    }
    return CallRecord(**(values | changes))


def test_a_remembered_answer_has_the_members_of_a_new_one():
    shown = certificates.parse(pem(certificate()))
    new = record(
        decision=Decision.ALLOW,
        reason=Reason.OK,
        client_id="pet-shop",
        certificate=shown,
        certificate_reused=True,
        token_reused=True,
        token_ms=0.0,
        duration_ms=0.1,
    )
    again = Lines().allowed_again(
        tail("pet-shop", shown.thumbprint),
        now=AT,
        request_id="the-request",
        lambda_request_id="the-lambda-request",
        duration_ms=0.1,
    )
    expected = json.loads(new.line())
    expected.pop("daysToExpiry", None)
    expected = {n: v for n, v in expected.items() if n not in ("FunctionName", "_aws")}
    assert json.loads(again) == expected
    assert again.endswith("}\n")


def test_a_call_without_a_lambda_request_id_has_no_such_member():
    line = Lines().allowed_again(
        tail("a", "t"), now=AT, request_id="r", lambda_request_id=None, duration_ms=0.1
    )
    assert "lambdaRequestId" not in json.loads(line)


def test_the_second_is_written_anew_when_it_changes():
    lines = Lines()

    def timestamp(now):
        written = lines.allowed_again(
            tail("a", "t"), now=now, request_id="r", lambda_request_id=None, duration_ms=0.1
        )
        return json.loads(written)["timestamp"]

    assert timestamp(AT) == timestamp(AT + 0.9) == "2026-11-22T12:00:00Z"
    assert timestamp(AT + 1) == "2026-11-22T12:00:01Z"


@pytest.mark.parametrize("decision", [Decision.DENY, Decision.ERROR])
def test_the_names_of_a_refused_certificate_are_cut(decision):
    long = certificate(
        subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, c * 64) for c in "abcde"]),
        uris=tuple(f"spiffe://{n}/" + "x" * 300 for n in range(MAX_NAMES + 1)),
    )
    line = json.loads(record(decision=decision, certificate=certificates.parse(pem(long))).line())[
        "certificate"
    ]
    assert len(line["subject"]) == MAX_TEXT_LENGTH
    assert [len(uri) for uri in line["sanUri"]] == [MAX_TEXT_LENGTH] * MAX_NAMES


def test_the_certificate_of_an_allow_is_named_by_its_thumbprint_only():
    shown = certificates.parse(pem(certificate()))
    line = json.loads(record(decision=Decision.ALLOW, certificate=shown).line())
    assert line["thumbprint"] == shown.thumbprint
    assert "certificate" not in line
