"""The answer of an authorizer: valid, or malformed in words that quote nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.gates.authorizer_answer import AuthorizerAnswer, MalformedAnswerError


def answer(effect="Allow", resource="*", **more):
    return {
        "principalId": "pet-shop",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
        **more,
    }


@given(
    payload=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["principalId", "policyDocument", "context", "Statement", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_an_answer_is_parsed_or_malformed(payload):
    try:
        parsed = AuthorizerAnswer.parse(payload)
    except MalformedAnswerError:
        return
    assert all(isinstance(value, str) for value in parsed.context.values())
    assert json.dumps(dict(parsed.context))


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (None, "the answer must be an object"),
        ("Allow", "the answer must be an object"),
        ({**answer(), "principalId": 7}, "principalId must be a string"),
        ({**answer(), "policyDocument": "{}"}, "policyDocument must be an object"),
        (answer(context=[]), "context must be an object"),
        (answer(context={"list": ["s3cret"]}), "must be a string, number or boolean"),
        (answer(usageIdentifierKey=1), "usageIdentifierKey must be a string"),
    ],
)
def test_a_malformed_answer_says_what_is_wrong(payload, words):
    with pytest.raises(MalformedAnswerError, match=words) as caught:
        AuthorizerAnswer.parse(payload)
    assert "s3cret" not in str(caught.value)


def test_a_valid_answer_keeps_principal_key_and_context():
    parsed = AuthorizerAnswer.parse(answer(usageIdentifierKey="key", context={"n": 7, "b": False}))
    assert (parsed.principal, parsed.usage_identifier_key) == ("pet-shop", "key")
    assert parsed.context == {"n": "7", "b": "false"}
