"""Refuses a role whose trust policy has a wildcard principal."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.guarded import has_guarded_api
from policies.reading.iam import statements
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule


def _check(role: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    is_guarded = has_guarded_api(stack)
    if not is_guarded and (role.uses("assumeRolePolicy") or not role["assumeRolePolicy"].is_text):
        return  # as iam-policy-has-no-wildcards
    for statement in statements(role["assumeRolePolicy"]):
        if not statement.allows or (not is_guarded and statement.node["Condition"].present):
            continue
        if statement.node["NotPrincipal"].present:
            yield f"{statement.node.path}.NotPrincipal trusts all principals that it does not name."
        if any("*" in value for _, value in statement.principals):
            yield f"{statement.node.path}.Principal contains a wildcard."


RULE = StackRule(
    name="iam-role-trusts-named-principals",
    title="Role trust policies name their principals.",
    severity=Severity.HIGH,
    why=(
        "The trust policy decides who can assume the role. With a wildcard, any principal gets "
        "the role's permissions, including the permission to sign tokens. In a stack without a "
        "guarded API, statements with a condition are left alone."
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
