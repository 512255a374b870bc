"""The request as API Gateway reads it: ids, method, trace, headers and query."""

import pytest

from portcullis.gateway.exchange import (
    Layer,
)
from portcullis.gateway.gates.call import by_name, new_call, trace_id


def test_the_method_override_header_changes_route_and_policy_alike(laptop):
    response = laptop.call(
        method="POST", headers=(("X-HTTP-Method-Override", "GET"),), body=b"no json"
    )
    assert response.status == 200
    assert laptop.functions.event["methodArn"].endswith("/GET/pets")
    assert laptop.upstream.last.method == "GET"
    assert laptop.upstream.last.all("x-http-method-override") == []


def test_a_method_override_cannot_name_what_is_no_route(laptop):
    response = laptop.call(headers=(("X-HTTP-Method-Override", "BREW"),))
    assert response.layer is Layer.ROUTE


ROOT = "1-5e66d96f-7491f09c1e8ae5b1c2d3e4f5"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (f"Root={ROOT}", f"Root={ROOT}"),
        (f"Self=x; Root={ROOT};Parent=1", f"Root={ROOT}"),
        (f"Root={ROOT}0", "Root=1-6b49d200-ab"),
        ("Root=forged", "Root=1-6b49d200-ab"),
        ("", "Root=1-6b49d200-ab"),
        (None, "Root=1-6b49d200-ab"),
    ],
)
def test_a_malformed_trace_id_is_replaced(sent, expected):
    assert trace_id(sent, 1_800_000_000.7, "ab") == expected


def test_every_call_has_ids_of_its_own_whatever_the_client_sends(laptop):
    forged = (("x-amzn-RequestId", "mine"), ("x-amz-apigw-id", "mine"))
    calls = [new_call(laptop.request(headers=forged)) for _ in range(50)]
    for ids in ({c.request_id for c in calls}, {c.extended_request_id for c in calls}):
        assert len(ids) == 50
        assert "mine" not in ids


def test_names_are_grouped_exactly_as_sent():
    pairs = [("A", "1"), ("a", "2"), ("A", "3")]
    assert by_name(pairs) == {"A": ["1", "3"], "a": ["2"]}


@pytest.mark.parametrize(
    ("connection", "kept"),
    [
        ((), True),
        (("close",), True),
        (("keep-alive",), True),
        (("X-Hop",), False),
        (("close, x-hop",), False),
        (("close", " X-HOP "), False),
    ],
)
def test_headers_that_connection_lists_are_dropped(laptop, connection, kept):
    headers = (("X-Hop", "1"), *(("Connection", value) for value in connection))
    names = [name for name, _ in new_call(laptop.request(headers=headers)).headers]
    assert ("X-Hop" in names) is kept
    assert "Connection" not in names


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", []),
        ("a=1&a=&b", [("a", "1"), ("a", ""), ("b", "")]),
        ("a=x+y%2Bz", [("a", "x y+z")]),
        ("a=%ff", [("a", "\ufffd")]),
    ],
)
def test_the_query_is_decoded_once_in_order(laptop, query, arguments):
    assert new_call(laptop.request(f"/pets?{query}")).arguments == arguments
