"""Refuses a symmetric KMS key without automatic rotation."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings

SYMMETRIC = "SYMMETRIC_DEFAULT"


def _check(key: JudgedResource, _settings: Settings) -> Iterator[str]:
    # KMS rotates symmetric keys only; a signing key is replaced by a second one beside it.
    if key["customerMasterKeySpec"].text(SYMMETRIC) != SYMMETRIC:
        return
    if not key["enableKeyRotation"].flag():
        yield "enableKeyRotation is not true."


RULE = ResourceRule(
    name="kms-key-rotates",
    title="Automatic rotation is enabled for symmetric keys.",
    severity=Severity.LOW,
    why=(
        "Rotation limits how much data one version of the key material protects. KMS rotates "
        "automatically and does not re-encrypt existing data."
    ),
    fix="aws.kms.Key(…, enable_key_rotation=True)",
    page="Rotate AWS KMS keys",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    frameworks=(
        "Security Hub KMS.4",
        "CIS AWS Foundations 3.0.0 3.6",
        "Checkov CKV_AWS_7",
        "cdk-nag AwsSolutions-KMS5",
        "cfn-guard CMK_BACKING_KEY_ROTATION_ENABLED",
        "Prowler kms_cmk_rotation_enabled",
        "AWS Config cmk-backing-key-rotation-enabled",
    ),
    types=frozenset({"aws:kms/key:Key"}),
    check=_check,
)
