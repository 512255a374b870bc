"""A policy document is composed as the provider composes it."""

import json

import pytest

from portcullis.standin.policy_document import UNKNOWN, UnreadableDocumentError, policy_document


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


def statement(sid, action):
    return {"sid": sid, "actions": [action], "resources": ["*"]}


def source(*statements):
    return policy_document({"statements": list(statements)})["json"]


def actions(**args):
    return {one["Sid"]: one["Action"] for one in document(**args)["Statement"]}


def test_sources_come_first_and_overrides_replace():
    merged = actions(
        sourcePolicyDocuments=[source(statement("A", "a:1")), source(statement("B", "b:1"))],
        statements=[statement("B", "b:2"), statement("C", "c:2")],
        overridePolicyDocuments=[source(statement("C", "c:3"), statement("D", "d:3"))],
    )
    assert list(merged.items()) == [("A", "a:1"), ("B", "b:2"), ("C", "c:3"), ("D", "d:3")]


def test_statements_without_a_sid_are_all_kept():
    text = source({"actions": ["a:1"], "resources": ["*"]})
    merged = document(sourcePolicyDocuments=[text, text])
    assert len(merged["Statement"]) == 2
    assert next(iter(merged)) == "Version"


def test_a_document_with_an_unknown_part_makes_the_result_unknown():
    text = source({"actions": ["a:1"], "resources": [f"arn of {UNKNOWN}"]})
    assert UNKNOWN in policy_document({"sourcePolicyDocuments": ["{}", text]})["json"]


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        (["{"], "not a JSON object"),
        (["[]"], "not a JSON object"),
        ([source(statement("A", "a:1"))] * 2, "the Sid 'A' is in two of them"),
    ],
    ids=["no JSON", "a list", "a Sid twice"],
)
def test_documents_that_cannot_be_merged_are_refused(documents, says):
    with pytest.raises(UnreadableDocumentError, match=says):
        policy_document({"sourcePolicyDocuments": documents})
