"""Each statement of each IAM document is changed in turn."""

import json

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.documents import document_mutants
from portcullis.analyzer.proof.mutant import with_document
from portcullis.graph.resource import UNKNOWN


def changed(stack, name):
    """The document of every mutant of one resource."""
    for mutant in document_mutants(stack):
        if mutant.target == name:
            resource = next(r for r in mutant.graph if r.name == name)
            document = resource.inputs.get("policy", resource.inputs.get("assumeRolePolicy"))
            yield mutant.what, document


def test_an_allow_statement_gets_wildcards(stack):
    documents = dict(changed(stack, "permissions"))
    actions = [
        json.loads(d)["Statement"][0]["Action"] for w, d in documents.items() if "Action" in w
    ]
    assert actions == ["*", "kms:Si*"]


def test_a_deny_statement_is_removed_reversed_and_narrowed(stack):
    (key,) = stack.of_type(types.KEY)
    denies = [what for what, _ in changed(stack, key.name) if "statement 1" in what]
    assert denies == [
        "policy: statement 1 not denied",
        "policy: statement 1 allowed instead",
        "policy: statement 1 denied to one role only",
        "policy: statement 1 not denied to a role of another account",
    ]


def test_a_signing_key_gets_foreign_signers(stack):
    (key,) = stack.of_type(types.KEY)
    edits = {what: json.loads(d) for what, d in changed(stack, key.name) if "may sign" in what}
    added = [document["Statement"][-1]["Principal"] for document in edits.values()]
    assert added == [
        {"AWS": "arn:aws:iam::999999999999:role/signer"},
        {"AWS": "arn:aws:iam::999999999999:root"},
        {"Service": "lambda.amazonaws.com"},
    ]
    narrowed = dict(changed(stack, key.name))[
        "policy: statement 1 not denied to a role of another account"
    ]
    (exempted,) = json.loads(narrowed)["Statement"][1]["Condition"].values()
    assert exempted["aws:PrincipalArn"][1:] == ["arn:aws:iam::999999999999:role/signer"]


def test_a_grant_to_any_principal_loses_its_condition(stack):
    """Another spelling of the wildcard would change nothing: the condition is what guards."""
    (key,) = stack.of_type(types.KEY)
    grant = {"Sid": "Signer", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Sign"}
    conditional = grant | {"Condition": {"ArnEquals": {"aws:PrincipalArn": "r"}}}
    statements = json.loads(key.inputs["policy"])["Statement"]
    graph = with_document(stack, key, "policy", ("Statement",), [*statements, conditional])
    edits = {what: d for what, d in changed(graph, key.name) if "Signer" in what}
    assert set(edits) == {"policy: Signer without its condition"}
    (document,) = map(json.loads, edits.values())
    assert document["Statement"][-1] == grant


def test_a_single_statement_without_a_list_is_changed_too(stack):
    role_policy = next(r for r in stack.of_type(types.ROLE_POLICY) if r.name == "permissions")
    (statement,) = json.loads(role_policy.inputs["policy"])["Statement"]
    graph = with_document(stack, role_policy, "policy", ("Statement",), statement)
    assert dict(changed(graph, "permissions")) == dict(changed(stack, "permissions"))


def test_a_statement_with_a_negated_element_keeps_it(stack):
    role_policy = next(r for r in stack.of_type(types.ROLE_POLICY) if r.name == "permissions")
    statement = {"Effect": "Allow", "NotAction": "kms:Sign", "Resource": "arn:aws:kms:::key/1"}
    graph = with_document(stack, role_policy, "policy", ("Statement", 0), statement)
    edits = {what for what, _ in changed(graph, "permissions")}
    assert edits == {
        "policy unknown in a preview",
        "policy: Resource of statement 0 is a wildcard",
    }


def test_every_document_becomes_unknown_once(stack):
    names = [m.target for m in document_mutants(stack) if m.what.endswith("unknown in a preview")]
    assert sorted(names) == sorted(set(names))
    assert dict(changed(stack, "role"))["assumeRolePolicy unknown in a preview"] == UNKNOWN


def test_a_bucket_policy_gets_a_public_statement(stack):
    (policy,) = stack.of_type(types.BUCKET_POLICY)
    document = dict(changed(stack, policy.name))["policy: every principal may write"]
    assert json.loads(document)["Statement"][-1]["Principal"] == "*"
