"""Settings of the Lambda authorizer: tokens, signing keys, concurrency."""

from dataclasses import dataclass
from enum import StrEnum

from portcullis.sample import SAMPLE
from portcullis.settings.checks import between, each, matches, optional
from portcullis.settings.project import LAPTOP_ACCOUNT
from portcullis.settings.setting import NAMESPACE, setting_field
from portcullis.settings.setting_group import SettingGroup

TOKEN_MARGIN_SECONDS = 60  # a cached answer's token must outlive its last use by this much
MAX_TOKEN_LIFE_SECONDS = 3600  # ours: a token that leaks is worthless within the hour
# Ours, as apigateway-authorizer-cache-is-certificate-bound has it (a test compares them);
# API Gateway allows 3,600.
MAX_AUTHORIZER_CACHE_SECONDS = 300
MAX_SIGNING_KEYS = 2  # one that signs, and one that is being added or retired
MAX_CONCURRENCY = 1000  # Lambda quotas, concurrent executions of one account and region


class AuthorizerPlatform(StrEnum):
    LAMBDA = "lambda"
    LAPTOP = "laptop"


@dataclass(frozen=True, kw_only=True)
class AuthorizerSettings(SettingGroup):
    audience: str = setting_field(
        accepts="1 to 200 characters out of letters, digits and -._~:/, or nothing for "
        f"https://<domain> ({SAMPLE.audience} with the contract {SAMPLE.contract})",
        why="The aud claim of every token. A backend must refuse tokens with another audience.",
        example="orders",
        check=optional(matches(r"[A-Za-z0-9\-._~:/]{1,200}")),
        default="",
    )
    token_life_seconds: int = setting_field(
        accepts=f"a whole number from {TOKEN_MARGIN_SECONDS + 1} to "
        f"{MAX_TOKEN_LIFE_SECONDS:,}, more than authorizerCacheSeconds + "
        f"{TOKEN_MARGIN_SECONDS}",
        why="How long a backend accepts a token. Keep it short: the token of a suspended "
        "client stays valid until then.",
        check=between(TOKEN_MARGIN_SECONDS + 1, MAX_TOKEN_LIFE_SECONDS),
        default=300,
    )
    authorizer_cache_seconds: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_AUTHORIZER_CACHE_SECONDS:,}, less than "
        f"tokenLifeSeconds - {TOKEN_MARGIN_SECONDS}",
        why="How long API Gateway reuses an answer for the same certificate. With 0 it never "
        "does, and a suspended client is refused on its next call. Run `portcullis "
        "verify` after setting it: AWS does not document a certificate as cache key.",
        check=between(0, MAX_AUTHORIZER_CACHE_SECONDS),
        default=0,
    )
    signing_keys: tuple[str, ...] = setting_field(
        accepts="one or two labels of 1 to 10 lower-case letters and digits",
        why="Each label is a KMS key. All of them are published; signingKey signs. "
        "`portcullis keys rotate` leads through a rotation. A protected key that was "
        "dropped needs `pulumi state unprotect` first.",
        example="a",
        check=each(r"[a-z0-9]{1,10}", least=1, most=MAX_SIGNING_KEYS),
        default=("a",),
    )
    signing_key: str = setting_field(
        accepts="one of signingKeys, or nothing for the first of them",
        why="The key that signs new tokens. It must have been published for as long as a "
        "backend may keep the key set.",
        example="a",
        check=optional(matches(r"[a-z0-9]{1,10}")),
        default="",
    )
    rsa_signing_keys: tuple[str, ...] = setting_field(
        accepts="labels out of signingKeys, or an empty list",
        why="These keys are RSA_2048 and sign with RS256, for load balancers and others that "
        "verify nothing else; the rest are P-256 and sign with ES256. Never change it for a "
        "key that exists, which would replace the key: add a label, and rotate to it "
        "(docs/guide/rs256.md).",
        example="b",
        check=each(r"[a-z0-9]{1,10}", least=0, most=MAX_SIGNING_KEYS),
        default=(),
    )
    client_cert_header: bool = setting_field(
        accepts="true or false",
        why="Also send the client's certificate to the backend, in the header Client-Cert (RFC "
        "9440), for backends that read it. It takes about 1 KB of the 10 KB that API Gateway "
        "allows for all headers of a call.",
        example="true",
        default=False,
    )
    token_issuer: str = setting_field(
        accepts="an https address without query and fragment, or nothing for https://<domain>",
        why="The iss claim of every token. Set it to the public address of the discovery "
        "document where a backend looks the keys up by the issuer: https://<domain> requires a "
        "client certificate (docs/guide/rs256.md).",
        example="https://keys.example.com",
        check=optional(matches(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")),
        default="",
    )
    authorizer_platform: AuthorizerPlatform = setting_field(
        accepts=f"lambda, or laptop together with accountId {LAPTOP_ACCOUNT}",
        why="Which interpreter the authorizer's wheels are chosen for.",
        default=AuthorizerPlatform.LAMBDA,
    )
    provisioned_concurrency: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_CONCURRENCY:,}",
        why="Authorizer instances kept warm, billed by the hour. With 0 an instance starts at "
        "a call, from a snapshot if snapStart is true.",
        check=between(0, MAX_CONCURRENCY),
        default=0,
    )
    snap_start: bool = setting_field(
        accepts="true or false; true needs provisionedConcurrency 0 and a region that has it",
        why="Start authorizer instances from a Lambda SnapStart snapshot. AWS bills about 2 "
        "USD a month for the snapshot of each published version until the version is deleted, "
        "which is left to you. The first `pulumi up` ends before the snapshot exists; calls "
        "get 500 until then, one to two minutes.",
        default=False,
    )
    reserved_concurrency: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_CONCURRENCY:,}, at least provisionedConcurrency",
        why="The most authorizer instances at one time, reserved from the account's pool, so "
        "that neither can use up the other's share. 0 reserves nothing: AWS keeps 100 "
        "unreserved, and the quota of a new account may not exceed that.",
        check=between(0, MAX_CONCURRENCY),
        default=0,
    )

    @property
    def signer(self) -> str:
        """The label of the key that signs."""
        return self.signing_key or self.signing_keys[0]

    def _check_together(self) -> None:
        super()._check_together()
        self._check_token_outlives_cache()
        if self.signer not in self.signing_keys:
            self._refuse(
                "signing_key",
                f"signingKeys are {', '.join(self.signing_keys)}",
                mend=f"pulumi config rm {NAMESPACE}:signingKey",
            )
        if unknown := sorted(set(self.rsa_signing_keys) - set(self.signing_keys)):
            self._refuse(
                "rsa_signing_keys",
                f"{unknown[0]} is not one of signingKeys",
                mend=f"pulumi config rm {NAMESPACE}:rsaSigningKeys",
            )
        if 0 < self.reserved_concurrency < self.provisioned_concurrency:
            self._refuse(
                "reserved_concurrency",
                f"{self.provisioned_concurrency} instances are provisioned",
                suggestion=str(self.provisioned_concurrency),
            )

        if self.snap_start and self.provisioned_concurrency:
            self._refuse(
                "snap_start",
                f"provisionedConcurrency is {self.provisioned_concurrency}, and AWS does not allow "
                "both",
                suggestion="false",
            )

    def _check_token_outlives_cache(self) -> None:
        shortest = self.authorizer_cache_seconds + TOKEN_MARGIN_SECONDS + 1
        if self.token_life_seconds < shortest:
            self._refuse(
                "token_life_seconds",
                f"an answer may be reused for {self.authorizer_cache_seconds} seconds, and its "
                f"token must outlive that by more than {TOKEN_MARGIN_SECONDS}",
                suggestion=str(shortest),
            )
