"""Statements of IAM policy documents, in the spellings that IAM accepts."""

import json

import pytest

from policies.reading.iam import statements
from policies.reading.node import Node, UndecidedError
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing


def parsed(*declared):
    return list(statements(Node(json.dumps({"Statement": list(declared)}), "policy")))


def test_one_statement_need_not_be_a_list():
    document = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
    (statement,) = statements(Node(json.dumps(document), "policy"))
    assert statement.allows
    assert statement.texts("Action") == ["s3:GetObject"]


def test_effect_is_allow_or_anything_else():
    allow, deny = parsed({"Effect": "allow"}, {"Effect": "Deny"})
    assert (allow.allows, deny.allows) == (True, False)


@pytest.mark.parametrize(
    ("principal", "pairs"),
    [
        ("*", [("AWS", "*")]),
        ({"AWS": "*"}, [("AWS", "*")]),
        ({"Service": ["a.com", "b.com"]}, [("Service", "a.com"), ("Service", "b.com")]),
    ],
    ids=["string", "mapping", "list"],
)
def test_principals_are_pairs(principal, pairs):
    (statement,) = parsed({"Effect": "Allow", "Principal": principal})
    assert statement.principals == pairs


def test_condition_operators_and_keys_ignore_case():
    (statement,) = parsed({"Effect": "Deny", "Condition": {"Bool": {"AWS:SecureTransport": "x"}}})
    ((operator, key, value),) = statement.conditions
    assert (operator, key, value.text()) == ("bool", "aws:securetransport", "x")


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("kms:Sign", True),
        ("KMS:sign", True),
        ("kms:*", True),
        ("*", True),
        ("kms:S?gn", True),
        ("k*:*gn", True),
        ("kms:S", False),
        ("kms:Sign?", False),
        ("kms:*x", False),
        ("kms.Sign", False),
    ],
)
def test_an_action_is_covered_by_name_or_wildcard(pattern, covered):
    (statement,) = parsed({"Effect": "Allow", "Action": pattern})
    assert statement.covers("kms:Sign") is covered


@pytest.mark.parametrize(("pattern", "covered"), [("kms:Decrypt", True), ("kms:S*", False)])
def test_every_action_but_the_named_ones_is_covered(pattern, covered):
    (statement,) = parsed({"Effect": "Allow", "NotAction": pattern})
    assert statement.covers("kms:Sign") is covered


@pytest.mark.parametrize(
    ("element", "everybody"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "arn:aws:iam::*:root"}}, True),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::000000000000:root"}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::000000000000:root"}}, False),
    ],
)
def test_a_wildcard_or_a_negation_is_about_everybody(element, everybody):
    (statement,) = parsed({"Effect": "Allow", **element})
    assert statement.is_about_everybody is everybody


def test_an_unknown_document_is_undecided():
    _, found = stack_of(thing("aws:iam/policy:Policy", "policy", policy=UNKNOWN))
    with pytest.raises(UndecidedError, match="policy is not known before the update"):
        list(statements(found["policy"]["policy"]))


def test_a_statement_is_named_by_its_sid_or_else_by_its_position():
    document = {"Statement": [{"Effect": "Allow", "Sid": sid} for sid in ("Read", "", None)]}
    paths = [s.node.path for s in statements(Node(json.dumps(document), "policy"))]
    assert paths == ["policy.Statement[Read]", "policy.Statement[1]", "policy.Statement[2]"]
    alone = {"Statement": {"Effect": "Allow", "Sid": "Read", "Action": UNKNOWN}}
    (statement,) = statements(Node(json.dumps(alone), "policy"))
    assert statement.node["Action"].path == "policy.Statement[Read].Action"
