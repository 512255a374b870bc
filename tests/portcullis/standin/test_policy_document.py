"""A policy document is composed as the provider composes it."""

import json

import pytest

from portcullis.standin.policy_document import MergedDocumentsError, policy_document


def document(**args):
    return json.loads(policy_document(args)["json"])


def test_a_statement_has_every_element_that_is_declared():
    (statement,) = document(
        statements=[
            {
                "sid": "Read",
                "actions": ["s3:GetObject"],
                "resources": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
                "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
                "conditions": [
                    {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}
                ],
            }
        ]
    )["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Sid": "Read",
        "Action": "s3:GetObject",
        "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }


def test_every_principal_is_a_wildcard():
    statement = {
        "effect": "Deny",
        "notActions": ["s3:*"],
        "principals": [{"type": "*", "identifiers": ["*"]}],
    }
    (found,) = document(statements=[statement])["Statement"]
    assert found == {"Effect": "Deny", "NotAction": "s3:*", "Principal": "*"}


@pytest.mark.parametrize("key", ["sourcePolicyDocuments", "overridePolicyDocuments"])
def test_merging_documents_needs_an_engine(key):
    with pytest.raises(MergedDocumentsError, match="cannot merge"):
        policy_document({key: ["{}"]})
