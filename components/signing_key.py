"""Signing key: a KMS key that only the authorizer's role signs with, and its public half."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from components.arn import Place
from components.jwks import PublishedKey
from components.policy_documents import Statement, policy_json
from portcullis.pki.public_jwk import PublicJwk, RsaPublicJwk


@dataclass(frozen=True, kw_only=True)
class SigningAlgorithm:
    """An algorithm as a JWT and as KMS name it, and the key spec that it needs."""

    jwt_name: str
    kms_name: str
    key_spec: str


ES256 = SigningAlgorithm(jwt_name="ES256", kms_name="ECDSA_SHA_256", key_spec="ECC_NIST_P256")
RS256 = SigningAlgorithm(
    jwt_name="RS256", kms_name="RSASSA_PKCS1_V1_5_SHA_256", key_spec="RSA_2048"
)
KEY_DELETION_DAYS = 30  # the longest waiting period that KMS allows: time to cancel a mistake


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A KMS key and its public half: ``published`` member by member, ``jwk`` as one mapping."""

    arn: Output[str]
    algorithm: SigningAlgorithm
    published: PublishedKey
    jwk: Output[dict[str, str]]


def signing_key(
    name: str,
    *,
    algorithm: SigningAlgorithm,
    alias: str,
    issuer: str,
    place: Place,
    signer_role: str,
    protect: bool,
    parent: Resource,
) -> SigningKey:
    """Register the key and its alias, and look up the public key."""
    key = aws.kms.Key(
        name,
        description=f"Signs the tokens of {issuer} ({algorithm.jwt_name}).",
        customer_master_key_spec=algorithm.key_spec,
        key_usage="SIGN_VERIFY",
        deletion_window_in_days=KEY_DELETION_DAYS,
        policy=policy_json(*_key_policy(place, signer_role, algorithm)),
        opts=ResourceOptions(parent=parent, protect=protect),
    )
    aws.kms.Alias(name, name=alias, target_key_id=key.key_id, opts=ResourceOptions(parent=parent))
    lookup = aws.kms.get_public_key_output(
        key_id=key.arn, opts=pulumi.InvokeOutputOptions(parent=parent)
    )
    # A preview skips the lookup and then drops its dependency on the key, so the key is named here.
    pem = Output.all(key.arn, lookup.public_key_pem).apply(lambda values: str(values[1]))
    if algorithm is RS256:
        rsa = pem.apply(RsaPublicJwk.from_pem)
        return SigningKey(
            arn=key.arn,
            algorithm=algorithm,
            published=PublishedKey(kid=rsa.apply(lambda j: j.kid), n=rsa.apply(lambda j: j.n)),
            jwk=rsa.apply(RsaPublicJwk.as_dict),
        )
    jwk = pem.apply(PublicJwk.from_pem)
    return SigningKey(
        arn=key.arn,
        algorithm=algorithm,
        published=PublishedKey(
            kid=jwk.apply(lambda j: j.kid),
            x=jwk.apply(lambda j: j.x),
            y=jwk.apply(lambda j: j.y),
        ),
        jwk=jwk.apply(PublicJwk.as_dict),
    )


def _key_policy(place: Place, signer_role: str, algorithm: SigningAlgorithm) -> list[Statement]:
    """The account administers the key, and only the role ``signer_role`` signs with it.

    The key policy itself allows the role to sign. An IAM policy could name the key only by an
    alias, and AWS needs up to five minutes until such a condition takes effect. A Deny outranks
    every IAM policy of the account, an administrator's included.

    Both compare the caller's ARN instead of naming the role as principal: the key does not wait for
    the role, and a role that is deleted and created again keeps its right (KMS stores a named
    principal as the role's unique id).
    """
    any_principal = {"AWS": "*"}
    role_arn = place.role(signer_role)
    return [
        {
            "Sid": "AccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": place.account_root},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "TheAuthorizerSigns",
            "Effect": "Allow",
            "Principal": any_principal,
            "Action": "kms:Sign",
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "kms:CallerAccount": place.account_id,
                    "kms:SigningAlgorithm": algorithm.kms_name,
                },
                "ArnEquals": {"aws:PrincipalArn": role_arn},
            },
        },
        {
            "Sid": "OnlyTheAuthorizerSigns",
            "Effect": "Deny",
            "Principal": any_principal,
            "Action": "kms:Sign",
            "Resource": "*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role_arn}},
        },
        {
            "Sid": f"Only{algorithm.jwt_name.capitalize()}",
            "Effect": "Deny",
            "Principal": any_principal,
            "Action": "kms:Sign",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"kms:SigningAlgorithm": algorithm.kms_name}},
        },
    ]
