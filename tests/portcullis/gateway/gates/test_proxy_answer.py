"""A function's answer is a response, or it is malformed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.gates.proxy_answer import MalformedProxyAnswerError, proxy_answer


def test_status_headers_and_body_are_those_of_the_function():
    answer = proxy_answer({"statusCode": "404", "headers": {"X-A": 1, "X-B": True}, "body": "no"})
    assert (answer.status, answer.body) == (404, b"no")
    assert {("X-A", "1"), ("X-B", "true")} <= set(answer.headers)


def test_an_empty_answer_is_an_empty_200():
    answer = proxy_answer({})
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers == (("Content-Type", "application/json"),)


def test_multi_value_headers_replace_the_single_ones_of_their_name():
    answer = proxy_answer(
        {
            "headers": {"Set-Cookie": "a", "X-A": "1"},
            "multiValueHeaders": {"set-cookie": ["b", "c"]},
        }
    )
    cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    assert cookies == ["b", "c"]


def test_base64_is_not_decoded_without_binary_media_types():
    assert proxy_answer({"body": "aGk=", "isBase64Encoded": True}).body == b"aGk="


def test_headers_of_the_hop_are_renamed_or_dropped():
    answer = proxy_answer({"headers": {"Connection": "close", "Transfer-Encoding": "chunked"}})
    assert {name for name, _ in answer.headers} == {"x-amzn-Remapped-Connection", "Content-Type"}


MALFORMED = {
    "null": None,
    "a list": [],
    "a string": "pets",
    "another member": {"statusCode": 200, "status": 200},
    "a body that is an object": {"body": {}},
    "status true": {"statusCode": True},
    "status 99": {"statusCode": 99},
    "status 101": {"statusCode": 101},
    "status 600": {"statusCode": 600},
    "status with a fraction": {"statusCode": 200.5},
    "headers that are a list": {"headers": ["X"]},
    "a header that is an object": {"headers": {"X": {}}},
    "a header with a line break": {"headers": {"X": "a\r\nSet-Cookie: b"}},
    "a header name with a space": {"headers": {"X Y": "a"}},
    "multi values that are a string": {"multiValueHeaders": {"X": "a"}},
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED.keys())
def test_anything_else_is_malformed(payload):
    with pytest.raises(MalformedProxyAnswerError):
        proxy_answer(payload)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body"]), _JSON, max_size=4
    )
    | _JSON
)
def test_no_answer_of_a_function_breaks_the_gateway(payload):
    try:
        answer = proxy_answer(payload)
    except MalformedProxyAnswerError:
        return
    assert 200 <= answer.status <= 599
    assert not any("\r" in value or "\n" in value for _, value in answer.headers)
