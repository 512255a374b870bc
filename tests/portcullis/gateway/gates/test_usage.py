"""API keys and usage plans, where the graph has them."""

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.resources.unsupported import UnsupportedError

KEY = (("x-api-key", "k3y-value"),)


@pytest.fixture
def metered(good):
    """GET /pets needs an API key, and one usage plan of the stage has one key."""

    def built(**plan):
        good.body["components"]["securitySchemes"]["key"] = {
            "type": "apiKey",
            "name": "x-api-key",
            "in": "header",
        }
        good.operation("/pets", "get")["security"] = [{"client": [], "key": []}]
        good.add("key", "aws:apigateway/apiKey:ApiKey", id="key1", value="k3y-value")
        stage = {"apiId": "abcdef123", "stage": "test"}
        good.add(
            "plan", "aws:apigateway/usagePlan:UsagePlan", id="plan1", apiStages=[stage], **plan
        )
        good.add(
            "link",
            "aws:apigateway/usagePlanKey:UsagePlanKey",
            id="link1",
            keyId="key1",
            usagePlanId="plan1",
            keyType="API_KEY",
        )
        return good

    return built


@pytest.mark.parametrize(
    ("headers", "status"),
    [(KEY, 200), ((("X-API-KEY", "k3y-value"),), 200), ((), 403), ((("x-api-key", "x"),), 403)],
)
def test_a_method_with_a_key_wants_a_known_one(start, metered, headers, status):
    laptop = start(metered())
    response = laptop.call(headers=headers)
    assert response.status == status
    if status == 403:
        assert (response.layer, response.body) == (Layer.AUTHORIZER, b'{"message":"Forbidden"}')
        assert laptop.functions.calls == []


def test_a_method_without_a_key_asks_for_none(start, metered):
    assert start(metered()).call("/pets", "POST", body=b'{"type": "dog"}').status == 200


@pytest.mark.parametrize(
    ("resource", "properties"),
    [
        ("key", {"enabled": False}),
        ("plan", {"apiStages": []}),
        ("plan", {"apiStages": [{"apiId": "abcdef123", "stage": "prod"}]}),
    ],
)
def test_a_key_that_does_not_serve_the_stage_is_unknown(start, metered, resource, properties):
    assert start(metered().set(resource, **properties)).call(headers=KEY).status == 403


def test_a_plan_throttles_each_key(start, metered):
    laptop = start(metered(throttleSettings={"rateLimit": 1.0, "burstLimit": 2.0}))
    assert [laptop.call(headers=KEY).status for _ in range(3)] == [200, 200, 429]
    laptop.clock.now += 1
    assert laptop.call(headers=KEY).status == 200


@pytest.mark.parametrize(
    ("period", "seconds"), [("DAY", 86_400), ("WEEK", 7 * 86_400), ("MONTH", 31 * 86_400)]
)
def test_a_quota_lasts_its_period(start, metered, period, seconds):
    laptop = start(metered(quotaSettings={"limit": 2.0, "period": period}))
    assert [laptop.call(headers=KEY).status for _ in range(3)] == [200, 200, 429]
    assert laptop.call(headers=KEY).body == b'{"message":"Limit Exceeded"}'
    laptop.clock.now += seconds
    assert laptop.call(headers=KEY).status == 200


def test_the_authorizer_may_name_the_key(start, metered, functions):
    good = metered()
    good.body["x-amazon-apigateway-api-key-source"] = "AUTHORIZER"

    def naming(key):
        return lambda _event: {
            "principalId": "x",
            "policyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
            **({} if key is None else {"usageIdentifierKey": key}),
        }

    functions.answer = naming("k3y-value")
    laptop = start(good, functions=functions)
    assert laptop.call().status == 200
    assert laptop.seen[-1][0].context["identity.apiKeyId"] == "key1"
    functions.answer = naming(None)
    assert laptop.call(headers=KEY).status == 403


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("link", {"keyId": "gone"}, "not in the graph"),
        ("plan", {"quotaSettings": {"limit": 1, "period": "YEAR"}}, "quota"),
        ("plan", {"quotaSettings": {"limit": 1, "period": "DAY", "offset": 1}}, "quota"),
        (
            "plan",
            {"apiStages": [{"apiId": "abcdef123", "stage": "test", "throttles": [{"path": "/"}]}]},
            "throttles is not emulated",
        ),
    ],
)
def test_a_plan_that_is_not_emulated_stops_the_start(start, metered, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(metered().set(resource, **properties))
