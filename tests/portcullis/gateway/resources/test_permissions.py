"""A function's resource-based policy: which permissions let API Gateway invoke it."""

import pytest


@pytest.mark.parametrize(
    ("properties", "is_enough"),
    [
        ({}, True),
        ({"sourceArn": None}, True),
        ({"sourceArn": "arn:aws:execute-api:eu-central-1:111122223333:abcdef123/*"}, True),
        ({"sourceAccount": "111122223333"}, True),
        ({"function": "arn:aws:lambda:eu-central-1:111122223333:function:authorizer"}, True),
        (
            {
                "function": "arn:aws:lambda:eu-central-1:111122223333:function:authorizer:live",
                "qualifier": None,
            },
            True,
        ),
        ({"action": "lambda:*"}, True),
        ({"function": "another"}, False),
        ({"qualifier": None}, False),
        ({"qualifier": "3"}, False),
        ({"principal": "events.amazonaws.com"}, False),
        ({"action": "lambda:GetFunction"}, False),
        ({"sourceAccount": "999999999999"}, False),
        ({"sourceArn": "arn:aws:execute-api:eu-central-1:111122223333:other/*"}, False),
        (
            {"sourceArn": "arn:aws:execute-api:eu-central-1:111122223333:abcdef123/*/GET/pets"},
            False,
        ),
        ({"eventSourceToken": "t"}, False),
        ({"principalOrgId": "o-1"}, False),
        ({"invokedViaFunctionUrl": True}, False),
        ({"invokedViaFunctionUrl": False}, True),
        ({"functionUrlAuthType": "NONE"}, False),
    ],
)
def test_only_a_permission_for_exactly_this_call_is_enough(start, good, properties, is_enough):
    response = start(good.set("permission", **properties)).call()
    assert response.status == (200 if is_enough else 500)
