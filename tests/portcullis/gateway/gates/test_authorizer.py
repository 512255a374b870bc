"""The authorizer: which answers let a call pass, and what the cache may do."""

import pytest

from portcullis.gateway.exchange import InvocationResult, Layer
from portcullis.gateway.gates import authorizer
from portcullis.gateway.resources.unsupported import UnsupportedError

EXPLICIT = (
    b'{"Message":"User is not authorized to access this resource with an explicit deny in an '
    b'identity-based policy"}'
)
IMPLICIT = b'{"Message":"User is not authorized to access this resource"}'
CERTIFICATE_SOURCE = "context.identity.clientCert.clientCertPem"


def answer(effect="Allow", resource="*", **more):
    return {
        "principalId": "pet-shop",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
        **more,
    }


def result(payload=None, error=None, message=None):
    return InvocationResult(payload=payload, function_error=error, error_message=message)


MALFORMED = (500, b'{"message":null}', "AuthorizerConfigurationException")
REFUSING_ANSWERS = [
    (result(answer("Deny")), (403, EXPLICIT, "AccessDeniedException")),
    (result(answer(resource="arn:x")), (403, IMPLICIT, "AccessDeniedException")),
    (
        result(error="Unhandled", message="Unauthorized"),
        (401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
    ),
    (result(error="Unhandled", message="unauthorized"), MALFORMED),
    (result(error="Unhandled", message="Unauthorized: no client"), MALFORMED),
    (result(error="Timeout"), MALFORMED),
    (result(error="Crash"), MALFORMED),
    (result(error="Init"), MALFORMED),
    (result(None), MALFORMED),
    (result([]), MALFORMED),
    (result("Allow"), MALFORMED),
    (result({}), MALFORMED),
    (result({**answer(), "principalId": None}), MALFORMED),
    (result({**answer(), "principalId": 7}), MALFORMED),
    (result({**answer(), "policyDocument": "{}"}), MALFORMED),
    (result({**answer(), "policyDocument": {"Statement": []}}), MALFORMED),
    (result(answer(context=[])), MALFORMED),
    (result(answer(context={"nested": {"a": 1}})), MALFORMED),
    (result(answer(context={"list": ["a"]})), MALFORMED),
    (result(answer(usageIdentifierKey=1)), MALFORMED),
]


@pytest.mark.parametrize(("answered", "expected"), REFUSING_ANSWERS)
def test_an_answer_that_does_not_allow_refuses_as_aws_does(
    start, good, functions, answered, expected
):
    functions.result = answered
    laptop = start(good, functions=functions)
    response = laptop.call()
    assert (response.status, response.body, response.error_type) == expected
    assert response.layer is Layer.AUTHORIZER
    assert laptop.upstream.requests == []


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("revocation_unknown", "Unhandled: revocation_unknown"),
        ("Bearer eyJ0", "Unhandled"),
        (None, "Unhandled"),
    ],
)
def test_the_code_of_a_failure_reaches_the_log_and_not_the_caller(
    start, good, functions, message, shown
):
    functions.result = result(error="Unhandled", message=message)
    response = start(good, functions=functions).call()
    assert response.reason == f"the authorizer failed: {shown}"
    assert b"revocation" not in response.body
    assert "revocation" not in str(response.headers)


def test_function_and_alias_of_the_uri_are_invoked(laptop):
    laptop.call()
    assert laptop.functions.calls[-1][:2] == ("authorizer", "live")


def test_context_values_become_text(start, good, functions):
    functions.result = result(
        answer(context={"t": "x", "n": 7, "f": 1.5, "b": True, "none": None, "e": ""})
    )
    laptop = start(good, functions=functions)
    laptop.call()
    context = laptop.seen[-1][0].context
    values = {n: context.get(f"authorizer.{n}") for n in ("t", "n", "f", "b", "none", "e")}
    assert values == {"t": "x", "n": "7", "f": "1.5", "b": "true", "none": None, "e": ""}


def test_a_policy_of_one_method_refuses_the_others(start, good, functions):
    functions.answer = lambda event: answer(resource=event["methodArn"].replace("POST", "GET"))
    laptop = start(good, functions=functions)
    assert laptop.call().status == 200
    assert laptop.call(method="POST", body=b'{"type": "dog"}').body == IMPLICIT


@pytest.mark.parametrize(
    ("reason", "logged"),
    [("ok", "missing_scope"), ("suspended", "suspended"), ("", "implicit-deny")],
)
def test_a_route_outside_an_allow_is_logged_as_a_missing_scope(
    start, good, functions, reason, logged
):
    functions.result = result(answer(resource="arn:x", context={"reason": reason}))
    assert start(good, functions=functions).call().reason == logged


@pytest.mark.parametrize("length", [1600, 1601])
def test_a_method_arn_may_have_1600_bytes(start, good, length):
    good.operation("/pets/{petId}", "get")["parameters"] = []
    laptop = start(good)
    arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef123/test/GET/pets/"
    response = laptop.call("/pets/" + "x" * (length - len(arn)))
    assert (response.status == 414) is (length > 1600)
    assert bool(laptop.functions.calls) is (length <= 1600)


@pytest.fixture
def cached(start, good):
    def started(source=CERTIFICATE_SOURCE, ttl=300, **around):
        good.authorizer(authorizerResultTtlInSeconds=ttl, identitySource=source)
        return start(good, **around)

    return started


def test_without_a_cache_every_call_asks(laptop):
    laptop.call()
    laptop.call()
    assert len(laptop.functions.calls) == 2


def test_a_cached_answer_serves_until_it_is_too_old(cached):
    laptop = cached(ttl=300)
    laptop.call()
    laptop.clock.now += 299
    laptop.call()
    assert len(laptop.functions.calls) == 1
    laptop.clock.now += 1
    laptop.call()
    assert len(laptop.functions.calls) == 2


def test_a_cached_policy_is_asked_again_for_every_method(cached, functions):
    functions.answer = lambda event: answer(resource=event["methodArn"])
    laptop = cached(functions=functions)
    assert laptop.call().status == 200
    assert laptop.call(method="POST", body=b'{"type": "dog"}').body == IMPLICIT
    assert len(laptop.functions.calls) == 1


def test_a_cached_denial_serves_too(cached, functions):
    functions.result = result(answer("Deny"))
    laptop = cached(functions=functions)
    assert [laptop.call().status for _ in range(3)] == [403] * 3
    assert len(laptop.functions.calls) == 1


def test_a_failure_is_never_kept(cached, functions):
    functions.result = result(error="Timeout")
    laptop = cached(functions=functions)
    assert laptop.call().status == 500
    functions.result = result(answer())
    assert laptop.call().status == 200


def test_two_certificates_never_share_an_answer(cached, functions, other_pem):
    def name(event):
        subject = event["requestContext"]["identity"]["clientCert"]["subjectDN"]
        return answer(context={"authorization": f"Bearer {subject}"})

    functions.answer = name
    laptop = cached(functions=functions)
    laptop.call()
    laptop.call(certificate=other_pem)
    laptop.call()
    tokens = [sent.all("authorization") for sent in laptop.upstream.requests]
    assert tokens == [
        ["Bearer CN=pet-shop,C=DE"],
        ["Bearer CN=pet-hotel,C=DE"],
        ["Bearer CN=pet-shop,C=DE"],
    ]
    assert len(laptop.functions.calls) == 2


def test_a_header_that_two_clients_share_does_not_make_them_one(cached, other_pem):
    laptop = cached("method.request.header.X-Tenant")
    tenant = (("X-Tenant", "t"),)
    laptop.call(headers=tenant)
    laptop.call(headers=tenant, certificate=other_pem)
    assert len(laptop.functions.calls) == 2
    assert "are the same for two client certificates" in laptop.execution_log[-1]


@pytest.mark.parametrize(
    ("source", "target", "headers", "is_there"),
    [
        ("method.request.header.X-Key", "/pets", (("x-key", "1"),), True),
        ("method.request.header.X-Key", "/pets", (("X-Key", ""),), False),
        ("method.request.header.X-Key", "/pets", (), False),
        ("method.request.querystring.key", "/pets?key=1", (), True),
        ("method.request.querystring.key", "/pets?key=", (), False),
        ("method.request.querystring.key", "/pets?Key=1", (), False),
        ("stageVariables.kid", "/pets", (), True),
        ("stageVariables.gone", "/pets", (), False),
        ("context.identity.sourceIp", "/pets", (), True),
        ("context.authorizer.clientId", "/pets", (), False),
        (f"{CERTIFICATE_SOURCE}, method.request.header.X-Key", "/pets", (), False),
    ],
)
def test_without_every_identity_source_no_function_is_called(
    cached, source, target, headers, is_there
):
    laptop = cached(source)
    response = laptop.call(target, headers=headers)
    assert (response.status, bool(laptop.functions.calls)) == (
        (200, True) if is_there else (401, False)
    )


def test_different_identity_values_are_kept_apart(cached):
    laptop = cached("method.request.header.A, method.request.header.B")
    laptop.call(headers=(("A", "1"), ("B", "2")))
    laptop.call(headers=(("A", "2"), ("B", "1")))
    laptop.call(headers=(("A", "1"), ("A", "x"), ("B", "2")))
    assert len(laptop.functions.calls) == 3


def test_the_cache_keeps_no_more_than_its_bound(cached, monkeypatch):
    monkeypatch.setattr(authorizer, "MAX_CACHED_ANSWERS", 2)
    laptop = cached("method.request.header.A")
    for value in "abc":
        laptop.call(headers=(("A", value),))
    laptop.call(headers=(("A", "c"),))
    assert len(laptop.functions.calls) == 3
    laptop.call(headers=(("A", "a"),))
    assert len(laptop.functions.calls) == 4


@pytest.mark.parametrize("source", ["method.request.body", "method.request.path.petId"])
def test_an_identity_source_that_is_not_emulated_stops_the_start(start, good, source):
    with pytest.raises(UnsupportedError, match=source):
        start(good.authorizer(identitySource=source))
