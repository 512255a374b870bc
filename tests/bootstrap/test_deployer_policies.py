"""The policy documents: complete, small enough, and without a wildcard action."""

import json

import pytest

from bootstrap import deployer_policies as module
from bootstrap.actions import actions_of
from bootstrap.deployer_policies import (
    MAX_POLICIES_OF_A_ROLE,
    MAX_POLICY_CHARACTERS,
    deployer_policies,
    reader_policies,
)
from bootstrap.operations import OPERATIONS

READS = ("Describe", "GET", "Get", "List")
CHANGES = (
    *("Add", "Attach", "Create", "DELETE", "Delete", "Detach", "Disassociate", "Associate"),
    *("Change", "Disable", "Enable", "PATCH", "POST", "PUT", "PassRole", "Publish", "Put"),
    *("Remove", "Request", "Schedule", "Set", "Subscribe", "Tag", "Unsubscribe", "Untag", "Update"),
)


@pytest.fixture
def documents(scopes):
    return deployer_policies(scopes, state_bucket="state")


def statements(documents):
    return [statement for document in documents for statement in document["Statement"]]


def test_every_document_fits_into_a_managed_policy(documents):
    assert len(documents) <= MAX_POLICIES_OF_A_ROLE
    for document in documents:
        assert len("".join(json.dumps(document).split())) <= MAX_POLICY_CHARACTERS


def test_every_action_of_every_resource_type_is_allowed(documents):
    allowed = {action for statement in statements(documents) for action in statement["Action"]}
    needed = {action for type_ in OPERATIONS for action in actions_of(type_)}
    assert needed - allowed == set()
    assert allowed - needed == set()


def test_nothing_is_allowed_by_a_wildcard_action(documents):
    for statement in statements(documents):
        assert not any("*" in action for action in statement["Action"])
        assert statement["Effect"] == "Allow"


def test_statement_ids_are_unique_and_plain(documents):
    ids = [statement["Sid"] for statement in statements(documents)]
    assert len(set(ids)) == len(ids)
    assert all(sid.isalnum() for sid in ids)


def test_the_documents_are_the_same_in_every_run(scopes, documents):
    assert deployer_policies(scopes, state_bucket="state") == documents


def test_a_smaller_limit_makes_more_documents_and_loses_nothing(scopes, documents, monkeypatch):
    monkeypatch.setattr(module, "MAX_POLICY_CHARACTERS", 2500)
    smaller = deployer_policies(scopes, state_bucket="state")
    assert len(smaller) > len(documents)
    assert statements(smaller) == statements(documents)


def test_the_state_bucket_is_optional(scopes):
    ids = {statement["Sid"] for statement in statements(deployer_policies(scopes))}
    assert not {"StateBucket", "StateObjects"} & ids


def test_the_reader_has_the_deployers_rights_that_change_nothing(scopes, documents):
    granted = statements(reader_policies(scopes, state_bucket="state"))
    read = {action for statement in granted for action in statement["Action"]}
    deploys = {action for statement in statements(documents) for action in statement["Action"]}
    assert read < deploys
    assert all(verb(action).startswith(READS) for action in read)
    assert all(verb(action).startswith(CHANGES) for action in deploys - read)


def verb(action):
    return action.split(":")[1]
