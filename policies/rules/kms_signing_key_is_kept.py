"""Refuses a signing key that can be deleted by mistake."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.reading.types import KMS_KEY, KMS_KEY_POLICY
from policies.rule import ResourceRule, Settings
from policies.setting import integer, strings

SIGN_VERIFY = "SIGN_VERIFY"
DEFAULT_DAYS = 30  # KMS API Reference, ScheduleKeyDeletion


def _check(key: JudgedResource, settings: Settings) -> Iterator[str]:
    if key["bypassPolicyLockoutSafetyCheck"].flag():
        yield "bypassPolicyLockoutSafetyCheck is true: the policy may lock its administrators out."
    if key.type == KMS_KEY_POLICY or key["keyUsage"].text("") != SIGN_VERIFY:
        return
    least = settings["minimumDays"]
    if key["deletionWindowInDays"].number(DEFAULT_DAYS) < least:
        yield f"deletionWindowInDays is below {least:g}."
    if key.stack_name in settings["stacks"] and not key.protected:
        yield f"the resource option protect must be set in stack {key.stack_name}."


RULE = ResourceRule(
    name="kms-signing-key-is-kept",
    title="Signing keys are protected against deletion.",
    severity=Severity.MEDIUM,
    why=(
        "KMS cannot restore a deleted key, and without the key every request fails. Pulumi "
        "refuses to delete a protected resource, and a long waiting period leaves time to cancel "
        "the deletion. Without KMS's check of the policy, a key may become unmanageable."
    ),
    fix="aws.kms.Key(…, deletion_window_in_days=30, opts=ResourceOptions(protect=True))",
    page="Deleting AWS KMS keys",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    types=frozenset({KMS_KEY, KMS_KEY_POLICY}),
    settings={
        "stacks": strings("Stacks whose signing keys must be protected.", default=["prod"]),
        "minimumDays": integer(
            "The shortest waiting period before a key is deleted.",
            default=14,
            minimum=7,
            maximum=30,
        ),
    },
    check=_check,
)
