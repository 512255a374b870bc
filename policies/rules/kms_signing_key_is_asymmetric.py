"""Refuses a signing key that is symmetric or has another key spec."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings
from policies.setting import strings

SYMMETRIC = "SYMMETRIC_DEFAULT"
SIGN_VERIFY, MAC = "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
ENCRYPTION = frozenset({"ENCRYPT_DECRYPT", "KEY_AGREEMENT"})


def _check(key: JudgedResource, settings: Settings) -> Iterator[str]:
    usage = key["keyUsage"].text("ENCRYPT_DECRYPT")
    spec = key["customerMasterKeySpec"].text(SYMMETRIC)
    if usage == MAC or spec.startswith("HMAC"):
        yield "it is an HMAC key: a backend that verifies tokens could also create them."
    elif usage == SIGN_VERIFY and spec not in settings["specs"]:
        yield f"customerMasterKeySpec must be one of {', '.join(settings['specs'])}."
    elif usage in ENCRYPTION and (spec.startswith("ECC_") or _is_meant_to_sign(key)):
        yield f"keyUsage is not {SIGN_VERIFY}: the key cannot sign."


def _is_meant_to_sign(key: JudgedResource) -> bool:
    """An RSA key may also encrypt; the policy of one that signs speaks of signing."""
    policy = key["policy"]
    return policy.present and policy.known and "kms:Sign" in policy.text()


RULE = ResourceRule(
    name="kms-signing-key-is-asymmetric",
    title="Tokens are signed with an asymmetric KMS key.",
    severity=Severity.HIGH,
    why=(
        "A backend needs the verification key. With a symmetric key that is also the signing key, "
        "so every backend could create tokens for every client."
    ),
    fix='aws.kms.Key(…, key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")',
    page="Key spec reference",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html",
    types=frozenset({"aws:kms/key:Key"}),
    settings={
        "specs": strings(
            "Key specs that a signing key may have: those of ES256 and RS256.",
            default=["ECC_NIST_P256", "RSA_2048"],
        ),
    },
    check=_check,
)
