"""IAM policy documents: their text depends on the statements alone."""

import json

from components.policy_documents import allow, policy_json, trust_json


def test_equal_statements_give_equal_text():
    one = allow("Read", "s3:GetObject", "arn", Principal="*")
    other = dict(reversed(list(one.items())))
    assert policy_json(one) == policy_json(other)
    assert json.loads(policy_json(one)) == {"Version": "2012-10-17", "Statement": [one]}


def test_only_the_service_assumes_a_role():
    (statement,) = json.loads(trust_json("lambda.amazonaws.com"))["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
