"""The account of a stack: its provider's, its resources', or the one it writes most often."""

import pytest

from policies.reading import types
from policies.reading.account import PROVIDER, account_of_arn, is_own_account
from policies.reading.principals import is_declared_role, is_own_root
from tests.policies.reading.stack_of import stack_of, thing

OWN, OTHER = "000000000000", "999999999999"
ROLE = f"arn:aws:iam::{OWN}:role/signer"


def stack_with(*things):
    return stack_of(*things)[0]


def policy(name, *accounts):
    """A key policy that names the roots of accounts."""
    return thing(
        types.KMS_KEY_POLICY, name, policy=" ".join(f"arn:aws:iam::{a}:root" for a in accounts)
    )


def own(stack):
    return [account for account in (OWN, OTHER) if is_own_account(account, stack)]


def test_the_account_that_most_documents_name_is_the_own_one():
    assert own(stack_with(policy("a", OWN), policy("b", OWN, OTHER))) == [OWN]


def test_a_document_counts_once_however_often_it_names_an_account():
    assert own(stack_with(policy("a", OWN), policy("b", OWN), policy("c", *[OTHER] * 9))) == [OWN]


def test_an_update_knows_the_account_by_the_arns_of_its_resources():
    role = thing(types.IAM_ROLE, "role", arn=f"arn:aws:iam::{OWN}:role/x")
    assert own(stack_with(role, policy("a", OTHER), policy("b", OTHER))) == [OWN]


def test_the_provider_says_it_first():
    provider = thing(PROVIDER, "provider", allowedAccountIds=f'["{OWN}"]')
    assert own(stack_with(provider, policy("a", OTHER))) == [OWN]


def test_without_any_account_none_is_the_own_one():
    assert own(stack_with(policy("a"))) == []


@pytest.mark.parametrize("arn", ["", "arn:aws:s3:::bucket", "arn:aws:iam::aws:policy/x", "*"])
def test_an_arn_without_an_account_has_none(arn):
    assert account_of_arn(arn) == ""


@pytest.mark.parametrize(
    ("principal", "is_declared"),
    [
        (ROLE, True),
        (f"arn:aws:sts::{OWN}:assumed-role/signer/session", True),
        (ROLE.replace(OWN, OTHER), False),
        (ROLE.replace("role/", "role/ci/"), False),
        (ROLE.replace("role/", "user/"), False),
        (f"arn:aws:sts::{OTHER}:assumed-role/signer/session", False),
        ("AROAEXAMPLE", False),
    ],
)
def test_a_role_is_declared_with_its_account_path_and_name(principal, is_declared):
    stack = stack_with(policy("a", OWN), thing(types.IAM_ROLE, "role", name="signer"))
    assert is_declared_role(principal, stack) == is_declared


def test_the_root_of_the_own_account_may_be_its_id():
    stack = stack_with(policy("a", OWN))
    roots = [OWN, f"arn:aws:iam::{OWN}:root", OTHER, f"arn:aws:iam::{OTHER}:root", ROLE]
    assert [is_own_root(root, stack) for root in roots] == [True, True, False, False, False]
