"""From an event to an answer: what is allowed, what is denied, what fails, and what is written."""

import json
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorizer.reasons import AuthorizerError, FailedError, Reason
from tests.authorizer.making import (
    HOTEL_URI,
    NOW,
    SHOP_URI,
    STAGE_ARN,
    VIEWER_URI,
    certificate,
    effects,
    entry,
    name,
    pem,
    registry_document,
    rest_event,
    thumbprint,
)

PRINTABLE = re.compile(r"[\x20-\x7e]+")


def denied(answer, reason, *, client_id=None):
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}],
    }
    assert answer["context"]["reason"] == reason
    assert answer["context"].get("clientId") == client_id
    assert answer["principalId"] == (client_id or "unknown")
    assert "authorization" not in answer["context"]
    return True


def test_a_registered_client_is_allowed_what_its_scopes_permit(bench):
    shown = certificate(uris=(VIEWER_URI,))
    answer = bench.present(shown)
    token = answer["context"].pop("authorization")
    assert re.fullmatch(r"Bearer [\w-]+\.[\w-]+\.[\w-]+", token)
    assert answer == {
        "principalId": "pet-viewer",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": [
                        f"{STAGE_ARN}/GET/",
                        f"{STAGE_ARN}/GET/pets",
                        f"{STAGE_ARN}/GET/pets/*",
                    ],
                }
            ],
        },
        "context": {
            "clientId": "pet-viewer",
            "scope": "pets:read",
            "certificateThumbprint": thumbprint(shown),
            "reason": "ok",
        },
    }


def test_the_answer_does_not_depend_on_the_method_asked_for(bench):
    shown = certificate(uris=(VIEWER_URI,))
    answers = [
        bench.present(shown, method=method, path=path)
        for method, path in [("GET", "/pets"), ("POST", "/pets"), ("DELETE", "/x/y")]
    ]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("uris", "reason", "client_id"),
    [
        ((), "unknown_client", None),
        (("spiffe://portcullis.local/client/stranger",), "unknown_client", None),
        ((HOTEL_URI,), "suspended", "pet-hotel"),
        ((SHOP_URI, VIEWER_URI), "ambiguous", None),
    ],
)
def test_a_client_that_may_not_pass_is_denied(bench, uris, reason, client_id):
    shown = certificate(uris=uris)
    answer = bench.present(shown)
    assert denied(answer, reason, client_id=client_id)
    assert answer["context"]["certificateThumbprint"] == thumbprint(shown)
    assert bench.signer.messages == []


def test_a_client_without_a_scope_that_permits_anything_is_denied(make_bench):
    document = registry_document()
    document["clients"]["pet-shop"] = entry()
    assert denied(make_bench(document).present(certificate()), "no_scope", client_id="pet-shop")


def test_a_connection_without_a_certificate_is_denied(bench):
    assert denied(bench.answer(rest_event(None)), "no_certificate")


@pytest.mark.parametrize("text", ["", "nonsense", pem(certificate()) * 2])
def test_a_malformed_certificate_is_denied(bench, text):
    assert denied(bench.answer(rest_event(text)), "malformed_certificate")


@pytest.mark.parametrize("event", [None, {}, [], "x", {"type": "TOKEN"}, {"type": "REQUEST"}])
def test_a_malformed_event_is_denied(bench, event):
    assert denied(bench.answer(event), "malformed_event")


def test_headers_and_distinguished_names_of_the_event_have_no_say(bench):
    event = rest_event(pem(certificate(uris=())))
    identity = event["requestContext"]["identity"]
    identity["clientCert"]["subjectDN"] = f"CN=pet-shop,URI={SHOP_URI}"
    event["headers"] = {
        "Authorization": "Bearer forged",
        "X-Client-Certificate-Thumbprint": thumbprint(certificate()),
        "X-Amzn-Mtls-Clientcert": pem(certificate()),
    }
    event["requestContext"]["authorizer"] = {"clientId": "pet-shop"}
    event["stageVariables"] = {"clientId": "pet-shop"}
    assert denied(bench.answer(event), "unknown_client")


def test_a_certificate_that_expires_while_it_is_remembered_is_denied(bench):
    shown = certificate()
    assert effects(bench.present(shown)) == ["Allow"]
    bench.now = shown.not_valid_after_utc.timestamp() + 1
    assert denied(bench.present(shown), "expired")


@pytest.mark.parametrize("reason", [Reason.SIGNING_FAILED, Reason.REGISTRY_FAILED])
def test_a_dependency_that_fails_closes_the_door_with_its_reason_alone(bench, reason):
    bench.signer.failure = FailedError(reason, "kms: answered 500")
    with pytest.raises(AuthorizerError) as caught:
        bench.present(certificate())
    assert str(caught.value) == reason
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    line = bench.lines[-1]
    assert (line["decision"], line["reason"], line["level"]) == ("error", reason, "ERROR")
    assert line["detail"] == "kms: answered 500"


def test_an_error_nobody_expected_closes_the_door_and_says_where_it_was(bench):
    bench.signer.failure = ZeroDivisionError("secret value")
    with pytest.raises(AuthorizerError) as caught:
        bench.present(certificate())
    assert str(caught.value) == "internal_error"
    assert "secret value" not in bench.log.getvalue()
    assert re.fullmatch(r"ZeroDivisionError at \w+\.py:\d+", bench.lines[-1]["detail"])


def test_a_live_token_goes_on_while_kms_is_down_and_new_clients_fail(bench):
    shop = certificate()
    first = bench.present(shop)
    bench.signer.failure = FailedError(Reason.SIGNING_FAILED, "kms: ConnectTimeoutError")
    assert bench.present(shop) == first
    with pytest.raises(AuthorizerError):
        bench.present(certificate(uris=(VIEWER_URI,)))
    bench.signer.failure = None
    assert effects(bench.present(certificate(uris=(VIEWER_URI,)))) == ["Allow"]


def test_one_line_per_call_says_what_was_decided(bench):
    shown = certificate()
    bench.present(shown)
    bench.present(shown)
    first, second = bench.lines
    for line in (first, second):
        assert line.pop("durationMs") >= line.pop("tokenMs") >= 0
    assert first.pop("kmsMs") >= 0
    assert first.pop("_aws")["CloudWatchMetrics"]
    assert first.pop("FunctionName") == "the-function"
    assert first == {
        "timestamp": "2026-11-22T12:00:00Z",
        "level": "INFO",
        "type": "portcullis.authorizer",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "decision": "allow",
        "reason": "ok",
        "clientId": "pet-shop",
        "coldStart": True,
        "certificateReused": False,
        "tokenReused": False,
        "thumbprint": thumbprint(shown),
    }
    assert second == first | {"coldStart": False, "certificateReused": True, "tokenReused": True}


def test_a_refusal_is_written_with_what_recognises_the_certificate(bench):
    shown = certificate(uris=("spiffe://new",), subject=name(CN="new\r\nline"), serial_number=255)
    bench.present(shown)
    assert len(bench.log.getvalue().splitlines()) == 1
    line = bench.lines[0]
    assert (line["decision"], line["reason"]) == ("deny", "unknown_client")
    assert line["certificate"] == {
        "serialNumber": "ff",
        "subject": '[["2.5.4.3","new\\r\\nline"]]',
        "issuer": '[["2.5.4.10","Portcullis"],["2.5.4.3","Portcullis Issuing CA"]]',
        "sanUri": ["spiffe://new"],
        "sanDns": [],
    }


def test_no_line_holds_a_certificate_a_token_or_an_event(bench):
    shown = certificate()
    answer = bench.present(shown)
    bench.present(certificate(uris=()))
    bench.answer({"secret": "value"})
    written = bench.log.getvalue()
    assert answer["context"]["authorization"].removeprefix("Bearer ") not in written
    assert answer["context"]["authorization"].rsplit(".", 1)[1] not in written
    assert pem(shown).splitlines()[1] not in written
    assert "BEGIN" not in written
    assert "value" not in written


def test_a_certificate_that_talks_at_length_is_cut_in_the_log(bench):
    shown = certificate(uris=tuple(f"spiffe://{n}/{'x' * 150}" for n in range(50)))
    bench.present(shown)
    assert len(bench.log.getvalue()) < 3000


class Context:
    """Lambda's context with one second left."""

    aws_request_id = "lambda-request"

    def get_remaining_time_in_millis(self):
        return 1000


def test_the_time_that_the_function_has_left_bounds_the_signing(bench, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    bench.answer(rest_event(pem(certificate())), Context())
    bench.answer(rest_event(pem(certificate())), None)
    assert bench.signer.deadlines == [1000.75, 1002.0]
    assert bench.lines[0]["lambdaRequestId"] == "lambda-request"


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
HEADERS = st.dictionaries(TEXT, TEXT, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HEADERS, TEXT, TEXT)
def test_whatever_a_caller_sends_the_answer_is_the_same(bench, headers, path, query):
    shown = pem(certificate(uris=(VIEWER_URI,), serial_number=7))
    expected = bench.answer(rest_event(shown))
    event = rest_event(shown)
    event["headers"] = headers
    event["queryStringParameters"] = {"q": query}
    event["path"] = path
    assert bench.answer(event) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(TEXT, TEXT)
def test_no_name_of_an_unregistered_certificate_reaches_the_context(bench, common_name, unit):
    shown = name(CN=common_name[:15] or "x", OU=unit[:15] or "y")
    answer = bench.present(certificate(uris=(), subject=shown, serial_number=7))
    assert denied(answer, "unknown_client")
    assert all(PRINTABLE.fullmatch(value) for value in answer["context"].values())
    assert all(isinstance(json.loads(line), dict) for line in bench.log.getvalue().splitlines())


def test_every_context_value_is_one_printable_line(bench):
    for uris in [(SHOP_URI,), (VIEWER_URI,), (HOTEL_URI,), ()]:
        for value in bench.present(certificate(uris=uris))["context"].values():
            assert PRINTABLE.fullmatch(value)


def test_the_clock_of_the_bench_is_inside_the_certificates(bench):
    assert bench.now == NOW.timestamp()  # otherwise every refusal above would be "expired"
