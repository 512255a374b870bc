"""The compiled methods of a stage: which of them share an authorizer, a log, an API key."""

import re

import pytest

from portcullis.gateway.exchange import (
    UpstreamError,
)
from portcullis.gateway.resources.unsupported import UnsupportedError


@pytest.mark.parametrize(("level", "is_logged"), [("INFO", True), ("ERROR", True), ("OFF", False)])
def test_the_execution_log_follows_the_stages_level(start, good, upstream, level, is_logged):
    upstream.answer = UpstreamError("refused")
    good.set("settings", settings={"loggingLevel": level})
    laptop = start(good, upstream=upstream)
    laptop.call()
    assert bool(laptop.execution_log) is is_logged


def test_one_authorizer_serves_every_method_with_one_cache(start, good):
    good.authorizer(
        authorizerResultTtlInSeconds=300,
        identitySource="context.identity.clientCert.clientCertPem",
    )
    laptop = start(good)
    laptop.call("/pets")
    laptop.call("/pets", "POST", body=b'{"type": "dog"}')
    assert len(laptop.functions.calls) == 1


def test_the_id_of_a_resource_is_the_same_on_every_run(start, good):
    ids = []
    for _ in range(2):
        laptop = start(good)
        laptop.call("/pets")
        laptop.call("/keys")
        ids.append([exchange.context["resourceId"] for exchange, _ in laptop.seen])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert all(re.fullmatch(r"[0-9a-f]{6}", i) for i in ids[0])


def test_a_key_from_an_authorizer_that_is_not_there_stops_the_start(start, good):
    key = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    good.body["components"]["securitySchemes"]["key"] = key
    good.body["x-amazon-apigateway-api-key-source"] = "AUTHORIZER"
    good.operation("/pets", "get")["security"] = [{"key": []}]
    with pytest.raises(UnsupportedError, match=r"GET /pets: .*has no authorizer"):
        start(good)
