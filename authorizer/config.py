"""Reads the function's settings once at init; a missing or wrong value stops the init."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Self

MAX_CACHE_SECONDS = 3600  # API Gateway API Reference, CreateAuthorizer
MAX_TOKEN_LIFE_SECONDS = 3600  # ours
MAX_CLOCK_SKEW_SECONDS = 300  # ours: beyond five minutes a clock is wrong, not skewed
MAX_REGISTRY_CACHE_SECONDS = 300  # ours: the longest time that a revocation may take
MAX_CRL_GRACE_SECONDS = 7 * 86400  # ours
MAX_TEXT_LENGTH = 256
# A token is reused only while it outlives the cached answer by this much: the call has to reach the
# backend and be checked there, and an integration may take 29 seconds.
REUSE_MARGIN_SECONDS = 30

# A key, not an alias: an alias may move to another key while the kid stays behind.
_KEY_ARN = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]{1,128}")
_ALGORITHM = re.compile(r"ES256|RS256")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256, RFC 7638 section 3
_ISSUER = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
_AUDIENCE = re.compile(r"[\x21-\x7e]+")
_REGISTRY = re.compile(r"file|dynamodb")
_REVOCATION_LISTS = re.compile(r"none|file|table")
_SWITCH = re.compile(r"true|false")
_TABLE = re.compile(r"[A-Za-z0-9._-]{3,255}")  # DynamoDB Developer Guide, "Naming rules"
_REGION = re.compile(r"[a-z0-9-]{1,32}")
_INTEGER = re.compile(r"[0-9]{1,6}")


class ConfigurationError(Exception):
    """The function cannot start. Names the variable, what it holds and what is accepted."""


class RevocationListSource(StrEnum):
    """Where the issuers' revocation lists are: nowhere, in the zip, or in the registry's table."""

    NONE = "none"
    FILE = "file"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of the deploy. Cannot hold a combination that reuses an expired token."""

    issuer: str
    audience: str
    signing_key_arn: str
    key_id: str
    signing_algorithm: str = "ES256"  # or RS256, by the kind of the key
    token_life_seconds: int
    authorizer_cache_seconds: int
    clock_skew_seconds: int = 0  # how far a certificate's dates may be missed, both ways
    registry_table: str | None = None  # DynamoDB; None: the registry is in the zip
    registry_region: str = ""
    registry_cache_seconds: int = 30
    revocation_lists: RevocationListSource = RevocationListSource.NONE
    crl_grace_seconds: int = 0  # how long a revocation list may be overdue
    client_cert_header: bool = False  # answer the certificate, which becomes a header

    @property
    def partition(self) -> str:
        return self.signing_key_arn.split(":")[1]

    @property
    def region(self) -> str:
        """The signing key's region, which need not be the function's."""
        return self.signing_key_arn.split(":")[3]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the ``PORTCULLIS_…`` variables.

        Raises:
            ConfigurationError: the first variable that is missing or out of its range.
        """
        text, seconds = partial(_text, environment), partial(_seconds, environment)
        config = cls(
            issuer=text("PORTCULLIS_ISSUER", _ISSUER, "an https URL"),
            audience=text("PORTCULLIS_AUDIENCE", _AUDIENCE, "printable ASCII without spaces"),
            signing_key_arn=text("PORTCULLIS_SIGNING_KEY", _KEY_ARN, "the ARN of a KMS key"),
            key_id=text(
                "PORTCULLIS_SIGNING_KID",
                _KEY_ID,
                "the key's RFC 7638 thumbprint, 43 base64url characters",
            ),
            signing_algorithm=text(
                "PORTCULLIS_SIGNING_ALGORITHM", _ALGORITHM, "ES256 or RS256", default="ES256"
            ),
            token_life_seconds=seconds("PORTCULLIS_TOKEN_LIFE_SECONDS", 1, MAX_TOKEN_LIFE_SECONDS),
            authorizer_cache_seconds=seconds(
                "PORTCULLIS_AUTHORIZER_CACHE_SECONDS", 0, MAX_CACHE_SECONDS
            ),
            clock_skew_seconds=seconds(
                "PORTCULLIS_CLOCK_SKEW_SECONDS", 0, MAX_CLOCK_SKEW_SECONDS, default=0
            ),
            registry_cache_seconds=seconds(
                "PORTCULLIS_REGISTRY_CACHE_SECONDS", 0, MAX_REGISTRY_CACHE_SECONDS, default=30
            ),
            # No default: a deploy that lost its lists would let in the certificates they revoke.
            revocation_lists=RevocationListSource(
                text("PORTCULLIS_REVOCATION_LISTS", _REVOCATION_LISTS, "none, file or table")
            ),
            crl_grace_seconds=seconds(
                "PORTCULLIS_CRL_GRACE_SECONDS", 0, MAX_CRL_GRACE_SECONDS, default=0
            ),
            client_cert_header=text(
                "PORTCULLIS_CLIENT_CERT_HEADER", _SWITCH, "true or false", default="false"
            )
            == "true",
        )
        if text("PORTCULLIS_REGISTRY", _REGISTRY, "file or dynamodb", default="file") != "file":
            config = replace(
                config,
                registry_table=text("PORTCULLIS_REGISTRY_TABLE", _TABLE, "the name of a table"),
                registry_region=text("AWS_REGION", _REGION, "the name of a region"),
            )
        elif config.revocation_lists is RevocationListSource.TABLE:
            raise ConfigurationError(
                "PORTCULLIS_REVOCATION_LISTS is 'table', but PORTCULLIS_REGISTRY names none: set "
                "it to dynamodb. The deploy sets both: see JwtAuthorizer."
            )
        shortest = config.authorizer_cache_seconds + REUSE_MARGIN_SECONDS
        if config.token_life_seconds <= shortest:
            raise ConfigurationError(
                f"PORTCULLIS_TOKEN_LIFE_SECONDS is {config.token_life_seconds}, but an "
                f"answer may be reused for {config.authorizer_cache_seconds} seconds and a call "
                f"may take {REUSE_MARGIN_SECONDS} more: set it above {shortest}."
            )
        return config


def _text(
    environment: Mapping[str, str],
    name: str,
    pattern: re.Pattern[str],
    accepted: str,
    *,
    default: str = "",
) -> str:
    value = environment.get(name, default)
    if len(value) > MAX_TEXT_LENGTH or not pattern.fullmatch(value):
        raise ConfigurationError(
            f"{name} is {value[:MAX_TEXT_LENGTH]!r}, but must be {accepted} of at most "
            f"{MAX_TEXT_LENGTH} characters. The deploy sets it: see JwtAuthorizer."
        )
    return value


def _seconds(
    environment: Mapping[str, str], name: str, low: int, high: int, *, default: int | None = None
) -> int:
    value = environment.get(name, "" if default is None else str(default))
    # isdigit would also take digits of other alphabets.
    if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
        raise ConfigurationError(
            f"{name} is {value[:MAX_TEXT_LENGTH]!r}, but must be a whole number of seconds from "
            f"{low} to {high}. The deploy sets it: see JwtAuthorizer."
        )
    return int(value)
