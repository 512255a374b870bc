"""MOCK: the request template gives the status, the response template the body."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError


def header(response, name):
    return [v for n, v in response.headers if n.lower() == name.lower()]


def test_a_mock_answers_from_its_templates(laptop):
    response = laptop.call("/keys")
    assert (response.status, response.body) == (200, b'{"kid":"k1"}')
    assert header(response, "cache-control") == ["max-age=60"]
    assert header(response, "content-type") == ["application/json"]
    assert laptop.functions.calls == laptop.upstream.requests == []


def mock(good, **properties):
    good.integration("/keys", "get").update(properties)
    return good


JSON_200 = {"application/json": '{"statusCode": 200}'}


@pytest.mark.parametrize(
    ("passthrough", "templates", "sent", "status"),
    [
        ("never", JSON_200, {}, 200),
        ("never", JSON_200, {"Content-Type": "application/json; x=1"}, 200),
        ("never", JSON_200, {"Content-Type": "text/plain"}, 415),
        ("never", {"$default": '{"statusCode": 200}'}, {"Content-Type": "text/plain"}, 200),
        ("when_no_templates", JSON_200, {"Content-Type": "text/plain"}, 415),
        ("when_no_match", JSON_200, {"Content-Type": "text/plain"}, 500),
        ("never", {"application/json": "{statusCode: 200}"}, {}, 200),
        ("never", {"application/json": '{"statusCode": "200"}'}, {}, 500),
        ("never", {"application/json": "{}"}, {}, 500),
        ("never", {"application/json": "no json"}, {}, 500),
        ("never", {}, {}, 415),
    ],
)
def test_the_request_template_gives_the_status(start, good, passthrough, templates, sent, status):  # noqa: PLR0917 - a table's columns
    mock(good, passthroughBehavior=passthrough, requestTemplates=templates)
    assert start(good).call("/keys", headers=tuple(sent.items())).status == status


@pytest.mark.parametrize(
    ("status", "expected"), [(200, 200), (404, 410), (418, 410), (500, 503), (302, 200)]
)
def test_a_mocks_response_is_chosen_by_pattern_then_default(start, good, status, expected):
    mock(
        good,
        requestTemplates={"application/json": f'{{"statusCode": {status}}}'},
        responses={
            "default": {"statusCode": "200"},
            r"4\d{2}": {"statusCode": "410"},
            "500": {"statusCode": 503},
        },
    )
    assert start(good).call("/keys").status == expected


def test_a_mock_without_a_fitting_response_is_a_500(start, good):
    mock(good, responses={"404": {"statusCode": "404"}})
    assert start(good).call("/keys").status == 500


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"passthroughBehavior": "sometimes"}, "sometimes"),
        ({"requestTemplates": {"application/json": "#set($x = 1)"}}, "Velocity"),
        ({"requestTemplates": {"application/json": "$input.json('$')"}}, r"\$input"),
        ({"requestParameters": {"a": "b"}}, "requestParameters"),
        ({"responses": {"(": {"statusCode": "200"}}}, "selection pattern"),
        ({"responses": {"default": {}}}, "statusCode"),
        ({"responses": {"default": {"statusCode": "200", "contentHandling": "x"}}}, "contentHand"),
    ],
)
def test_a_mock_that_is_not_emulated_stops_the_start(start, good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(mock(good, **properties))
