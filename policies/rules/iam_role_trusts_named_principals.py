"""Refuses a role whose trust policy has a wildcard principal."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.changes import may_change_gates
from policies.reading.foundation import is_founded
from policies.reading.guarded import has_guarded_api
from policies.reading.iam import IamStatement, statements
from policies.reading.principals import (
    is_declared_role,
    is_foreign_principal,
    is_trusted_principal,
)
from policies.reading.resource import JudgedResource, Stack
from policies.reading.signing import may_get_tokens, may_sign
from policies.rule import Settings, StackRule

SAME = frozenset({"stringequals", "stringlike"})
# Services that give the role to holders of certificates of some issuer.
OUTSIDE = frozenset({"rolesanywhere.amazonaws.com", "credentials.iot.amazonaws.com"})
SUBJECT_OF_CERTIFICATE = ("aws:principaltag/x509subject/", "aws:principaltag/x509san/")


def _check(role: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    gets_tokens = has_guarded_api(stack) and may_get_tokens(role, stack)
    founded = gets_tokens or (has_guarded_api(stack) and is_founded(role, stack))
    signs = gets_tokens or (founded and may_sign(role, stack))
    if not founded and (role.uses("assumeRolePolicy") or not role["assumeRolePolicy"].is_text):
        return  # as iam-policy-has-no-wildcards
    for statement in statements(role["assumeRolePolicy"]):
        has_condition = statement.node["Condition"].present
        if not statement.allows or (not has_guarded_api(stack) and has_condition):
            continue
        if statement.node["NotPrincipal"].present:
            yield f"{statement.node.path}.NotPrincipal trusts all principals that it does not name."
        if any("*" in value for _, value in statement.principals):
            yield f"{statement.node.path}.Principal contains a wildcard."
        elif signs and _has_foreign(statement, role, stack):
            yield (
                f"{statement.node.path}.Principal may sign through the role, and is neither "
                "a service, a role of this stack nor trusted."
            )
        elif _lets_others_change(statement, role, stack):
            yield (
                f"{statement.node.path}.Principal is outside of the account, and may change the "
                "authorizer, the API or what they stand on through the role."
            )


def _has_foreign(statement: IamStatement, role: JudgedResource, stack: Stack) -> bool:
    """Whether a statement trusts a principal outside the stack, or its whole account."""
    return not all(
        (kind == "Service" and principal not in OUTSIDE)
        or is_declared_role(principal, stack)
        or is_trusted_principal(principal, stack, role)
        for kind, principal in statement.principals
    )


def _lets_others_change(statement: IamStatement, role: JudgedResource, stack: Stack) -> bool:
    """Whether another account, or the holder of a provider's token, may change a gate."""
    others = any(
        is_foreign_principal(kind, principal, stack, role)
        or ((kind == "Federated" or principal in OUTSIDE) and not _names_subject(statement))
        for kind, principal in statement.principals
        if not is_trusted_principal(principal, stack, role)
    )
    return others and has_guarded_api(stack) and may_change_gates(role, stack)


def _names_subject(statement: IamStatement) -> bool:
    """Whether a condition limits the subject of a token, to one owner at least: ``repo:me/``."""
    return any(
        operator in SAME
        and (key.endswith((":sub", ":oub")) or key.startswith(SUBJECT_OF_CERTIFICATE))
        and all(map(_is_narrow, subjects))
        for operator, key, value in statement.conditions
        if (subjects := [one.text() for one in value.one_or_many()])
    )


def _is_narrow(subject: str) -> bool:
    fixed = re.split(r"[*?]", subject, maxsplit=1)[0]
    return fixed == subject or "/" in fixed


RULE = StackRule(
    name="iam-role-trusts-named-principals",
    title="Role trust policies name their principals.",
    severity=Severity.HIGH,
    why=(
        "The trust policy decides who can assume the role. With a wildcard, any principal gets "
        "the role's permissions, including the permission to sign tokens or certificates. Who may "
        "assume a role "
        "that signs is a service, a role of the stack, or trusted in the configuration of the "
        "pack: an account, a user or an identity provider could sign as well. A role that may "
        "change a gate of a guarded API, such as the code of the authorizer, must not be assumed "
        "from another account, and by an identity provider or the holder of a certificate (IAM "
        "Roles Anywhere, AWS IoT) only for a named subject. In a stack without a guarded API, "
        "statements with a condition are left alone."
    ),
    fix='"Principal": {"Service": "lambda.amazonaws.com"}',
    page="IAM JSON policy elements: Principal",
    url=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
        "reference_policies_elements_principal.html"
    ),
    frameworks=("Checkov CKV_AWS_60",),
    types=frozenset({"aws:iam/role:Role"}),
    everywhere=True,
    check=_check,
)
