"""Every setting of a stack: read once, checked once, and frozen. Nothing else reads configuration.

Numbers come from the AWS pages named beside them.
"""

import ipaddress
import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self, get_args, get_type_hints
from urllib.parse import urlsplit

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from portcullis.errors import MisuseError

NAMESPACE = "portcullis"
LAPTOP_ACCOUNT = "000000000000"  # AWS gives this number to nobody
TOKEN_MARGIN_SECONDS = 60  # a cached answer's token must outlive its last use by this much
MAX_TOKEN_LIFE_SECONDS = 3600  # ours: a token that leaks is worthless within the hour
MAX_AUTHORIZER_CACHE_SECONDS = 3600  # API Gateway API Reference, CreateAuthorizer
MAX_BACKEND_TIMEOUT_SECONDS = 29  # API Gateway quotas, integration timeout of a regional API
MAX_CIDRS_PER_FAMILY = 10_000  # AWS WAF quotas, addresses in one IP set
MIN_RATE_LIMIT, MAX_RATE_LIMIT = 10, 2_000_000_000  # WAF API Reference, RateBasedStatement
RATE_WINDOWS_SECONDS = (60, 120, 300, 600)  # WAF API Reference, RateBasedStatement
MAX_THROTTLE_RATE = 10_000  # API Gateway quotas, requests per second of one account and region
MAX_THROTTLE_BURST = 5_000  # API Gateway quotas, burst of one account and region
LOG_RETENTION_DAYS = (  # CloudWatch Logs API Reference, PutRetentionPolicy
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
MANAGED_RULE_GROUPS = (  # WAF Developer Guide, "AWS Managed Rules rule groups list"
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
MAX_SIGNING_KEYS = 2  # one that signs, and one that is coming or going
MAX_REGISTRY_CACHE_SECONDS = 300  # ours: how long a revocation may stay unnoticed
MAX_CRL_GRACE_SECONDS = 604_800  # ours: a week; an issuer that is silent for longer has ended
MAX_CLOCK_SKEW_SECONDS = 300  # ours: beyond five minutes a clock is wrong, not skewed
MAX_RATE_PLANS = 20  # ours; API Gateway quotas allow 300 usage plans per account and region
MAX_QUOTA_PER_DAY = 2_000_000_000  # API Gateway API Reference, QuotaSettings: a 32-bit integer
FOUND_LIMIT = 80  # characters of a bad value that an error shows


class Shield(StrEnum):
    STANDARD = "standard"
    ADVANCED = "advanced"


class AuthorizerPlatform(StrEnum):
    LAMBDA = "lambda"
    LAPTOP = "laptop"


class RegistryStore(StrEnum):
    FILE = "file"
    DYNAMODB = "dynamodb"


class RevocationListStore(StrEnum):
    NONE = "none"
    FILE = "file"
    TABLE = "table"


class ExecutionLogLevel(StrEnum):
    OFF = "OFF"
    ERROR = "ERROR"
    INFO = "INFO"


@dataclass(frozen=True, kw_only=True)
class RatePlan:
    """What each client of one tier may call: API Gateway's usage plan, counted per client."""

    rate_per_second: int
    burst: int
    quota_per_day: int | None = None


class SettingError(MisuseError):
    """One setting that cannot be used: which, what was found, what is accepted, how to mend it."""

    def __init__(self, *, key: str, found: str, because: str, accepts: str, mend: str) -> None:
        self.key = key
        self.found = found
        super().__init__(f"{key} {found}: {because}. Accepted: {accepts}. Run: {mend}")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a value is refused, and at which entry of a list.

    The mending command sets ``suggestion``, or else the setting's example, or takes the entry out
    where it is ``surplus``. ``shown`` replaces a value that must not be repeated in full. In a
    structure, ``path`` leads below the setting to what is wrong.
    """

    because: str
    index: int | None = None
    path: str = ""
    suggestion: str | None = None
    surplus: bool = False
    shown: str | None = None

    def at(self, index: int) -> "Problem":
        return replace(self, index=index)


TWICE = Problem(because="it is listed twice", surplus=True)


Check = Callable[[Any], Problem | None]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What Pulumi.yaml, the guide and an error say about one key."""

    key: str
    accepts: str
    why: str
    example: str
    check: Check = lambda _: None
    many: bool = False
    path: str = ""  # of the example, below the key of a structure
    qualified: str = ""  # the whole name, where it is not one of our own keys

    @property
    def name(self) -> str:
        return self.qualified or f"{NAMESPACE}:{self.key}"


def _matches(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda text: (
        None if compiled.fullmatch(text) else Problem(because="it is not of that form")
    )


def _optional(check: Check) -> Check:
    return lambda text: check(text) if text else None


def _between(low: int, high: int) -> Check:
    def check(number: int) -> Problem | None:
        if number < low:
            return Problem(because=f"it is below {low:,}")
        return Problem(because=f"it is above {high:,}") if number > high else None

    return check


def _one_of(allowed: tuple[int, ...]) -> Check:
    return lambda number: None if number in allowed else Problem(because="it is not in the list")


def _cidrs(cidrs: tuple[str, ...]) -> Problem | None:
    if not cidrs:
        return Problem(because="it is empty, and then nobody could call", index=0)
    seen: set[str] = set()
    counts = {4: 0, 6: 0}
    for index, text in enumerate(cidrs):
        if problem := TWICE if text in seen else _cidr(text):
            return problem.at(index)
        seen.add(text)
        version = ipaddress.ip_network(text).version
        counts[version] += 1
        if counts[version] > MAX_CIDRS_PER_FAMILY:
            return Problem(
                because=f"one IP set holds {MAX_CIDRS_PER_FAMILY:,} IPv{version} networks",
                index=index,
                surplus=True,
            )
    return None


def _cidr(text: str) -> Problem | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Problem(because="it is not a CIDR")
    canonical = str(network)
    if "%" in canonical:
        return Problem(because="it names an interface, which means nothing to AWS")
    if network.prefixlen == 0:
        return Problem(because="it lets the whole internet in, and AWS WAF refuses a /0")
    if text != canonical and _has_host_bits(text):
        return Problem(
            because=f"host bits are set, the network is {canonical}", suggestion=canonical
        )
    if text != canonical:
        return Problem(because=f"its one spelling is {canonical}", suggestion=canonical)
    return None


def _has_host_bits(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return True
    return False


def _backend_url(url: str) -> Problem | None:
    if "@" in url:  # first, so that no later message repeats a password
        return Problem(because="it holds credentials", shown=f"is {_without_userinfo(url)!r}")
    because = _malformed_text(url) or _malformed_url(url)
    return Problem(because=because) if because else None


def _malformed_text(url: str) -> str | None:
    # A brace or a dollar would become a path parameter or a stage variable of API Gateway.
    if not re.fullmatch(r"[A-Za-z0-9\-._~:/\[\]%#?]+", url):
        return "it holds a character that has no place in such an address"
    if "#" in url or "?" in url:
        return "it holds a fragment or a query, which no call would carry"
    if not url.startswith(("http://", "https://")):
        return "it does not start with http:// or https://"
    return None


def _malformed_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0:
        return "its host or port is not valid"
    if "//" in parts.path or {".", ".."} & set(parts.path.split("/")):
        return "its path has an empty, '.' or '..' segment"
    return None


def _without_userinfo(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host = rest.rpartition("@")[2] if separator else url.rpartition("@")[2]
    return f"{scheme}://***@{host}" if separator else f"***@{host}"


def _file(path: str) -> Problem | None:
    if any(ord(character) < ord(" ") for character in path):
        return Problem(because="it holds a control character")
    return None if path.strip() == path else Problem(because="it begins or ends with a space")


def _listed(allowed: tuple[str, ...]) -> Check:
    def check(names: tuple[str, ...]) -> Problem | None:
        for index, name in enumerate(names):
            if name in names[:index]:
                return TWICE.at(index)
            if name not in allowed:
                unused = [other for other in allowed if other not in names]
                near = get_close_matches(name, unused, n=1, cutoff=0)
                return Problem(
                    because="it is not known",
                    index=index,
                    suggestion=near[0] if near else None,
                    surplus=not near,
                )
        return None

    return check


def _each(pattern: str, *, least: int, most: int) -> Check:
    compiled = re.compile(pattern)

    def check(texts: tuple[str, ...]) -> Problem | None:
        for index, text in enumerate(texts):
            if text in texts[:index]:
                return TWICE.at(index)
            if not compiled.fullmatch(text):
                return Problem(because="it is not of that form", index=index)
        if len(texts) > most:
            return Problem(because=f"there are more than {most}", index=most, surplus=True)
        return Problem(because="it is empty", index=0) if len(texts) < least else None

    return check


def _rate_plans(plans: Mapping[str, RatePlan]) -> Problem | None:
    for name, plan in plans.items():
        if not _PLAN_NAME.fullmatch(name):
            return Problem(
                because=f"{_shorten(name)} is no name for a plan",
                path=f"[{json.dumps(name)}]",
                surplus=True,
            )
        for key, number, limit in (
            ("ratePerSecond", plan.rate_per_second, MAX_THROTTLE_RATE),
            ("burst", plan.burst, MAX_THROTTLE_BURST),
            ("quotaPerDay", plan.quota_per_day, MAX_QUOTA_PER_DAY),
        ):
            if number is not None and (problem := _between(1, limit)(number)):
                nearest = "1" if number < 1 else str(limit)
                return replace(
                    problem, path=f".{name}.{key}", suggestion=nearest, shown=f"is {number}"
                )
    if len(plans) > MAX_RATE_PLANS:
        return Problem(
            because=f"there are more than {MAX_RATE_PLANS}", path=f".{max(plans)}", surplus=True
        )
    return None


_PLAN_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
_PLAN_KEYS = {"ratePerSecond": True, "burst": True, "quotaPerDay": False}  # True: it must be there
_HOST = r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
_CERTIFICATE = r"arn:aws(-cn|-us-gov)?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-zA-Z-]{1,64}"


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """One stack's settings. An instance never holds a value that AWS or the program refuses."""

    stack: Annotated[
        str,
        Setting(
            key="stack",
            accepts="1 to 20 lower-case letters, digits and hyphens, starting with a letter",
            why="It is part of every explicit name, also of a bucket, and of the stage.",
            example="dev",
            check=_matches(r"[a-z][a-z0-9-]{0,19}"),
            qualified="stack name",
        ),
    ]
    region: Annotated[
        str,
        Setting(
            key="region",
            accepts="an AWS region code",
            why="ARNs are composed from it, so it must be known at preview.",
            example="eu-central-1",
            check=_matches(r"[a-z]{2}(-[a-z]+)+-[0-9]"),
            qualified="aws:region",
        ),
    ]
    account_id: Annotated[
        str,
        Setting(
            key="accountId",
            accepts="12 digits, in quotes",
            why="ARNs are composed from it, so it must be known at preview; a run with another "
            "account's credentials is refused.",
            example="111122223333",
            check=_matches(r"[0-9]{12}"),
        ),
    ]
    domain: Annotated[
        str,
        Setting(
            key="domain",
            accepts="a host name in lower case, without a wildcard",
            why="The one way in: partners call https://<domain>, and tokens name it as their "
            "issuer.",
            example="api.example.com",
            check=_matches(_HOST),
        ),
    ]
    hosted_zone_id: Annotated[
        str,
        Setting(
            key="hostedZoneId",
            accepts="a Route 53 hosted zone id, or nothing where certificateArn is set",
            why="The server certificate is made and validated in this zone, and the alias records "
            "stand there.",
            example="Z0123456789ABCDEFGHIJ",
            check=_optional(_matches(r"Z[A-Z0-9]{1,31}")),
        ),
    ] = ""
    certificate_arn: Annotated[
        str,
        Setting(
            key="certificateArn",
            accepts="the ARN of a certificate in the stack's own region and account, or nothing "
            "where hostedZoneId is set",
            why="A server certificate that already exists; DNS is then yours to set.",
            example="arn:aws:acm:eu-central-1:111122223333:certificate/"
            "11111111-2222-3333-4444-555555555555",
            check=_optional(_matches(_CERTIFICATE)),
        ),
    ] = ""
    ownership_verification_certificate_arn: Annotated[
        str,
        Setting(
            key="ownershipVerificationCertificateArn",
            accepts="the ARN of a public ACM certificate for the same domain, or nothing",
            why="API Gateway asks for it where certificateArn is imported or issued by a private "
            "CA.",
            example="arn:aws:acm:eu-central-1:111122223333:certificate/"
            "66666666-7777-8888-9999-000000000000",
            check=_optional(_matches(_CERTIFICATE)),
        ),
    ] = ""
    truststore_file: Annotated[
        str,
        Setting(
            key="truststoreFile",
            accepts="the path of a PEM bundle, from the project's folder",
            why="The issuer certificates whose client certificates may open a connection.",
            example="truststore.dev.pem",
            check=lambda path: _file(path) if path else Problem(because="it is empty"),
        ),
    ]
    allowed_cidrs: Annotated[
        tuple[str, ...],
        Setting(
            key="allowedCidrs",
            many=True,
            accepts="IPv4 and IPv6 networks in CIDR form without host bits, /0 excluded, up to "
            f"{MAX_CIDRS_PER_FAMILY:,} of each family",
            why="Who may call at all; any other address is blocked before anything else is seen.",
            example="203.0.113.0/24",
            check=_cidrs,
        ),
    ]
    rate_limit: Annotated[
        int,
        Setting(
            key="rateLimit",
            accepts=f"a whole number from {MIN_RATE_LIMIT} to {MAX_RATE_LIMIT:,}",
            why="Calls of one source address within rateWindowSeconds before it is blocked for a "
            "while.",
            example="2000",
            check=_between(MIN_RATE_LIMIT, MAX_RATE_LIMIT),
        ),
    ] = 2000
    rate_window_seconds: Annotated[
        int,
        Setting(
            key="rateWindowSeconds",
            accepts="60, 120, 300 or 600",
            why="The window that rateLimit counts in.",
            example="300",
            check=_one_of(RATE_WINDOWS_SECONDS),
        ),
    ] = 300
    managed_rule_groups: Annotated[
        tuple[str, ...],
        Setting(
            key="managedRuleGroups",
            many=True,
            accepts=f"any of {', '.join(MANAGED_RULE_GROUPS)}",
            why="AWS's own rules, evaluated after the allow-list and the rate limit.",
            example=MANAGED_RULE_GROUPS[1],
            check=_listed(MANAGED_RULE_GROUPS),
        ),
    ] = MANAGED_RULE_GROUPS
    shield: Annotated[
        Shield,
        Setting(
            key="shield",
            accepts="standard or advanced",
            why="Standard costs nothing and always covers the API. Advanced costs about 3,000 USD "
            "a month with a commitment of one year, cannot protect a regional API directly, and "
            "here protects the hosted zone; the account must be subscribed beforehand.",
            example="standard",
        ),
    ] = Shield.STANDARD
    clients_file: Annotated[
        str,
        Setting(
            key="clientsFile",
            accepts="the path of a client registry, from the project's folder, or nothing for "
            "clients.<stack>.yaml",
            why="Which certificate stands for which client, and what that client may do.",
            example="clients.dev.yaml",
            check=_file,
        ),
    ] = ""
    registry: Annotated[
        RegistryStore,
        Setting(
            key="registry",
            accepts="file or dynamodb",
            why="Where the authorizer looks a client up. The file travels in its zip, so that a "
            "change needs a deploy; with dynamodb, `portcullis clients` changes a table, and the "
            "authorizer notices within registryCacheSeconds.",
            example="file",
        ),
    ] = RegistryStore.FILE
    registry_cache_seconds: Annotated[
        int,
        Setting(
            key="registryCacheSeconds",
            accepts=f"a whole number from 0 to {MAX_REGISTRY_CACHE_SECONDS}",
            why="With registry dynamodb: how long the authorizer goes on with what it read about a "
            "certificate. A revocation is seen after this and authorizerCacheSeconds at the "
            "latest. 0 reads the table at every call.",
            example="30",
            check=_between(0, MAX_REGISTRY_CACHE_SECONDS),
        ),
    ] = 30
    crl_file: Annotated[
        str,
        Setting(
            key="crlFile",
            accepts="the path of a certificate revocation list, PEM or DER, from the project's "
            "folder, or nothing",
            why="Certificates that their issuer has taken back. It is checked, packed into a form "
            "that is quick to search, and travels with the authorizer.",
            example="revoked.dev.crl",
            check=_file,
        ),
    ] = ""
    crl_table: Annotated[
        bool,
        Setting(
            key="crlTable",
            accepts="true or false; true needs registry dynamodb and no crlFile",
            why="The issuers' revocation lists stand in the registry's table, where `portcullis "
            "clients import-crl --table` puts them without a deploy, a million entries and more. "
            "An issuer that has none there has every certificate refused.",
            example="true",
        ),
    ] = False
    crl_grace_seconds: Annotated[
        int,
        Setting(
            key="crlGraceSeconds",
            accepts=f"a whole number from 0 to {MAX_CRL_GRACE_SECONDS:,}",
            why="How long after its next update a revocation list still counts. 0 refuses every "
            "call from that moment on: nobody can say any more who was revoked.",
            example="0",
            check=_between(0, MAX_CRL_GRACE_SECONDS),
        ),
    ] = 0
    certificate_clock_skew_seconds: Annotated[
        int,
        Setting(
            key="certificateClockSkewSeconds",
            accepts=f"a whole number from 0 to {MAX_CLOCK_SKEW_SECONDS}",
            why="By how much a call may miss a certificate's dates, both ways, because two clocks "
            "differ. API Gateway checks the dates by its own clock too.",
            example="0",
            check=_between(0, MAX_CLOCK_SKEW_SECONDS),
        ),
    ] = 0
    rate_plans: Annotated[
        Mapping[str, RatePlan],
        Setting(
            key="ratePlans",
            path=".gold.ratePerSecond",
            accepts="up to 20 plans by name (1 to 20 lower-case letters, digits and hyphens), each "
            f"with ratePerSecond (1 to {MAX_THROTTLE_RATE:,}), burst (1 to "
            f"{MAX_THROTTLE_BURST:,}) and, if need be, quotaPerDay (1 to "
            f"{MAX_QUOTA_PER_DAY:,})",
            why="How much each single client may call; with registry dynamodb, all clients of a "
            "plan together. As soon as there is one plan, every client needs a ratePlan: API "
            "Gateway refuses a call that belongs to none.",
            example="10",
            check=_rate_plans,
        ),
    ] = field(default_factory=dict)
    audience: Annotated[
        str,
        Setting(
            key="audience",
            accepts="1 to 200 characters out of letters, digits and -._~:/",
            why="The aud claim of every token: a backend refuses tokens made for another one.",
            example="petstore",
            check=_matches(r"[A-Za-z0-9\-._~:/]{1,200}"),
        ),
    ] = "petstore"
    token_life_seconds: Annotated[
        int,
        Setting(
            key="tokenLifeSeconds",
            accepts=f"a whole number from {TOKEN_MARGIN_SECONDS + 1} to "
            f"{MAX_TOKEN_LIFE_SECONDS:,}, more than authorizerCacheSeconds + "
            f"{TOKEN_MARGIN_SECONDS}",
            why="How long a backend accepts a token. Short, because a suspended client's token "
            "lives on until then.",
            example="300",
            check=_between(TOKEN_MARGIN_SECONDS + 1, MAX_TOKEN_LIFE_SECONDS),
        ),
    ] = 300
    authorizer_cache_seconds: Annotated[
        int,
        Setting(
            key="authorizerCacheSeconds",
            accepts=f"a whole number from 0 to {MAX_AUTHORIZER_CACHE_SECONDS:,}, less than "
            f"tokenLifeSeconds - {TOKEN_MARGIN_SECONDS}",
            why="How long API Gateway reuses an answer for the same certificate. 0 means never: a "
            "suspended client is refused on its next call. Run `portcullis verify` after setting "
            "it: AWS does not document a certificate as cache key.",
            example="0",
            check=_between(0, MAX_AUTHORIZER_CACHE_SECONDS),
        ),
    ] = 0
    signing_keys: Annotated[
        tuple[str, ...],
        Setting(
            key="signingKeys",
            many=True,
            accepts="one or two labels of 1 to 10 lower-case letters and digits",
            why="Each label is a KMS key, all of them are published, signingKey signs. "
            "`portcullis keys rotate` leads through a rotation. A protected key that was dropped "
            "needs `pulumi state unprotect` first.",
            example="a",
            check=_each(r"[a-z0-9]{1,10}", least=1, most=MAX_SIGNING_KEYS),
        ),
    ] = ("a",)
    signing_key: Annotated[
        str,
        Setting(
            key="signingKey",
            accepts="one of signingKeys, or nothing for the first of them",
            why="The key that signs new tokens. It must have been published for as long as a "
            "backend may keep the key set.",
            example="a",
            check=_optional(_matches(r"[a-z0-9]{1,10}")),
        ),
    ] = ""
    authorizer_platform: Annotated[
        AuthorizerPlatform,
        Setting(
            key="authorizerPlatform",
            accepts=f"lambda, or laptop together with accountId {LAPTOP_ACCOUNT}",
            why="Which interpreter the authorizer's wheels are chosen for.",
            example="lambda",
        ),
    ] = AuthorizerPlatform.LAMBDA
    provisioned_concurrency: Annotated[
        int,
        Setting(
            key="provisionedConcurrency",
            accepts="a whole number from 0 to 1,000",
            why="Authorizer instances kept warm, billed by the hour. 0 starts from a SnapStart "
            "snapshot instead; AWS does not allow both.",
            example="0",
            check=_between(0, 1000),
        ),
    ] = 0
    reserved_concurrency: Annotated[
        int,
        Setting(
            key="reservedConcurrency",
            accepts="a whole number from 0 to 1,000, at least provisionedConcurrency",
            why="The most authorizer instances at one time, taken out of the account's pool so "
            "that neither starves the other. 0 reserves nothing: AWS keeps 100 unreserved, and a "
            "new account may own no more.",
            example="0",
            check=_between(0, 1000),
        ),
    ] = 0
    backend_url: Annotated[
        str,
        Setting(
            key="backendUrl",
            accepts="an http or https address, with a path if need be, without credentials, query "
            "or fragment",
            why="Where calls that passed every gate go. Plain http is for a laptop and AWS's own "
            "sample: the token would cross the internet readable.",
            example="https://petstore.example.com",
            check=_backend_url,
        ),
    ]
    backend_timeout_seconds: Annotated[
        int,
        Setting(
            key="backendTimeoutSeconds",
            accepts=f"a whole number from 1 to {MAX_BACKEND_TIMEOUT_SECONDS}",
            why="How long a call waits for the backend before it is answered with 504.",
            example=str(MAX_BACKEND_TIMEOUT_SECONDS),
            check=_between(1, MAX_BACKEND_TIMEOUT_SECONDS),
        ),
    ] = MAX_BACKEND_TIMEOUT_SECONDS
    throttle_rate: Annotated[
        int,
        Setting(
            key="throttleRate",
            accepts=f"a whole number from 1 to {MAX_THROTTLE_RATE:,}",
            why="Calls per second of all clients together, so that the backend is never drowned.",
            example="100",
            check=_between(1, MAX_THROTTLE_RATE),
        ),
    ] = 100
    throttle_burst: Annotated[
        int,
        Setting(
            key="throttleBurst",
            accepts=f"a whole number from 1 to {MAX_THROTTLE_BURST:,}",
            why="How far a short peak may exceed throttleRate.",
            example="200",
            check=_between(1, MAX_THROTTLE_BURST),
        ),
    ] = 200
    log_retention_days: Annotated[
        int,
        Setting(
            key="logRetentionDays",
            accepts=f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}",
            why="How long every log group keeps its lines; they hold addresses and client names.",
            example="30",
            check=_one_of(LOG_RETENTION_DAYS),
        ),
    ] = 30
    execution_log_level: Annotated[
        ExecutionLogLevel,
        Setting(
            key="executionLogLevel",
            accepts="OFF, ERROR or INFO",
            why="API Gateway's own account of a call, among it why a certificate was refused. "
            "Bodies and headers are never logged.",
            example="ERROR",
        ),
    ] = ExecutionLogLevel.ERROR
    xray: Annotated[
        bool,
        Setting(
            key="xray",
            accepts="true or false",
            why="Traces of the stage and the authorizer.",
            example="true",
        ),
    ] = True
    manage_account_logging: Annotated[
        bool,
        Setting(
            key="manageAccountLogging",
            accepts="true or false",
            why="API Gateway writes logs with one role per account and region. Exactly one stack "
            "should set it; it is kept when that stack is destroyed.",
            example="true",
        ),
    ] = True
    alarm_emails: Annotated[
        tuple[str, ...],
        Setting(
            key="alarmEmails",
            many=True,
            accepts="e-mail addresses, at least one where protect is true",
            why="Who is told when an alarm goes off; AWS asks each of them for consent.",
            example="oncall@example.com",
            check=_each(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,253}", least=0, most=20),
        ),
    ] = ()
    protect: Annotated[
        bool,
        Setting(
            key="protect",
            accepts="true or false",
            why="The signing keys, the API, the truststore and the domain can then not be "
            "destroyed, and alarms must reach somebody.",
            example="true",
        ),
    ] = True

    def __post_init__(self) -> None:
        for declared in declarations():
            value = getattr(self, declared.name)
            if problem := declared.setting.check(value):
                raise _refusal(declared.setting, value, problem)
        self._check_together()

    @classmethod
    def load(cls, config: pulumi.Config) -> Self:
        """Read the stack's configuration; ``config`` is ``pulumi.Config()``, the project's own.

        Raises:
            SettingError: a key is missing, unknown, or holds a value that is refused.
        """
        _refuse_other_project(config.name)
        _refuse_unknown_keys()
        values: dict[str, Any] = {"stack": pulumi.get_stack()}
        for declared in declarations():
            if declared.name in values:
                continue
            source = pulumi.Config("aws") if declared.name == "region" else config
            text = source.get(declared.setting.key)
            if text is not None:
                values[declared.name] = _parse(declared, text)
            elif declared.default is MISSING:
                absent = Problem(because="the stack needs it", shown="is not set")
                raise _refusal(declared.setting, None, absent)
        return cls(**values)

    @property
    def revocation_lists(self) -> RevocationListStore:
        """Where the authorizer looks for its issuers' lists."""
        if self.crl_table:
            return RevocationListStore.TABLE
        return RevocationListStore.FILE if self.crl_file else RevocationListStore.NONE

    @property
    def name(self) -> str:
        """What every explicit name starts with."""
        return f"{NAMESPACE}-{self.stack}"

    @property
    def issuer(self) -> str:
        """The iss claim of the tokens, and where their JWKS is found."""
        return f"https://{self.domain}"

    @property
    def registry_file(self) -> str:
        return self.clients_file or f"clients.{self.stack}.yaml"

    @property
    def signer(self) -> str:
        """The label of the key that signs."""
        return self.signing_key or self.signing_keys[0]

    def _check_together(self) -> None:
        """Refuse values that are fine alone and wrong in company."""
        if bool(self.hosted_zone_id) == bool(self.certificate_arn):
            both = (
                "hostedZoneId is set too" if self.certificate_arn else "hostedZoneId is empty too"
            )
            self._refuse(
                "certificate_arn",
                f"{both}, and exactly one of them says where the server certificate comes from",
                mend=self._certificate_mend(),
            )
        for name in ("certificate_arn", "ownership_verification_certificate_arn"):
            home = f":acm:{self.region}:{self.account_id}:"
            if (arn := getattr(self, name)) and home not in arn:
                self._refuse(
                    name,
                    f"a regional domain needs one of {self.region} in {self.account_id}",
                    suggestion=f"arn:aws{home}certificate/11111111-2222-3333-4444-555555555555",
                )
        if self.ownership_verification_certificate_arn and not self.certificate_arn:
            self._refuse(
                "ownership_verification_certificate_arn",
                "it only serves a certificateArn",
                mend=f"pulumi config rm {NAMESPACE}:ownershipVerificationCertificateArn",
            )
        if self.shield is Shield.ADVANCED and not self.hosted_zone_id:
            self._refuse(
                "shield",
                "it can only protect a hosted zone here, and hostedZoneId is empty",
                mend=f"pulumi config set {NAMESPACE}:shield standard",
            )
        self._check_token_outlives_cache()
        if self.signer not in self.signing_keys:
            self._refuse(
                "signing_key",
                f"signingKeys are {', '.join(self.signing_keys)}",
                mend=f"pulumi config rm {NAMESPACE}:signingKey",
            )
        self._check_revocation_lists()
        if 0 < self.reserved_concurrency < self.provisioned_concurrency:
            self._refuse(
                "reserved_concurrency",
                f"{self.provisioned_concurrency} instances are provisioned",
                suggestion=str(self.provisioned_concurrency),
            )
        laptop = self.authorizer_platform is AuthorizerPlatform.LAPTOP
        if laptop != (self.account_id == LAPTOP_ACCOUNT):
            self._refuse(
                "authorizer_platform",
                f"accountId is {self.account_id}",
                suggestion="lambda" if laptop else "laptop",
            )
        if self.protect and not self.alarm_emails:
            self._refuse("alarm_emails", "protect is true, and its alarms would reach nobody")

    def _check_token_outlives_cache(self) -> None:
        shortest = self.authorizer_cache_seconds + TOKEN_MARGIN_SECONDS + 1
        if shortest > MAX_TOKEN_LIFE_SECONDS:
            self._refuse(
                "authorizer_cache_seconds",
                f"a token lives {MAX_TOKEN_LIFE_SECONDS:,} seconds at most, and must outlive a "
                f"reused answer by more than {TOKEN_MARGIN_SECONDS}",
                suggestion=str(MAX_TOKEN_LIFE_SECONDS - TOKEN_MARGIN_SECONDS - 1),
            )
        if self.token_life_seconds < shortest:
            self._refuse(
                "token_life_seconds",
                f"an answer may be reused for {self.authorizer_cache_seconds} seconds, and its "
                f"token must outlive that by more than {TOKEN_MARGIN_SECONDS}",
                suggestion=str(shortest),
            )

    def _check_revocation_lists(self) -> None:
        if self.crl_table and self.registry is not RegistryStore.DYNAMODB:
            self._refuse("crl_table", "registry is file, so there is no table", suggestion="false")
        if self.crl_table and self.crl_file:
            self._refuse(
                "crl_table",
                f"crlFile is {self.crl_file}, and the lists can only be in one place",
                mend=f"pulumi config rm {NAMESPACE}:crlFile",
            )
        if self.crl_grace_seconds and self.revocation_lists is RevocationListStore.NONE:
            self._refuse(
                "crl_grace_seconds",
                "there is neither a crlFile nor a crlTable that it could serve",
                mend=f"pulumi config rm {NAMESPACE}:crlGraceSeconds",
            )

    def _certificate_mend(self) -> str:
        if self.certificate_arn:
            return f"pulumi config rm {NAMESPACE}:certificateArn"
        return next(command(d.setting) for d in declarations() if d.name == "hosted_zone_id")

    def _refuse(
        self, name: str, because: str, *, suggestion: str | None = None, mend: str | None = None
    ) -> None:
        (setting,) = (d.setting for d in declarations() if d.name == name)
        value = getattr(self, name)
        index = 0 if isinstance(value, tuple) else None
        raise _refusal(
            setting, value, Problem(because=because, suggestion=suggestion, index=index), mend=mend
        )


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One field of StackSettings: its type, what is said about it, and its default if any."""

    name: str
    kind: Any
    setting: Setting
    default: Any


@cache
def declarations() -> tuple[Declaration, ...]:
    """Every setting, in the order of the guide."""
    hints = get_type_hints(StackSettings, include_extras=True)
    declared = []
    for declared_field in fields(StackSettings):
        kind, setting = get_args(hints[declared_field.name])
        declared.append(
            Declaration(
                name=declared_field.name,
                kind=kind,
                setting=setting,
                default=_default(declared_field),
            )
        )
    return tuple(declared)


def _default(field: Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is MISSING else made()


def command(setting: Setting, value: str | None = None, index: int = 0) -> str:
    """What to type to give a setting this value, or its example."""
    below = f"[{index}]" if setting.many else setting.path
    path = f"--path '{setting.name}{below}'" if below else setting.name
    return f"pulumi config set {path} {value or setting.example}"


def _refusal(
    setting: Setting, value: object, problem: Problem, *, mend: str | None = None
) -> SettingError:
    key, index = setting.name, problem.index
    shown = value
    if isinstance(value, tuple):
        shown = list(value)
        if index is not None and index < len(value):
            key, shown = f"{key}[{index}]", value[index]
    if problem.path:
        key = f"{key}{problem.path}"
        verb = "rm" if problem.surplus else "set"
        value = "" if problem.surplus else f" {problem.suggestion or setting.example}"
        mend = f"pulumi config {verb} --path {shlex.quote(key)}{value}"
    if mend is None and setting.key == "stack":
        mend = f"pulumi stack rename {setting.example}"
    if mend is None and problem.surplus:
        mend = f"pulumi config rm --path '{setting.name}[{index or 0}]'"
    if mend is None:
        mend = command(setting, problem.suggestion, index or 0)
    return SettingError(
        key=key,
        found=problem.shown or f"is {_shorten(shown)}",
        because=problem.because,
        accepts=setting.accepts,
        mend=mend,
    )


def _shorten(value: object) -> str:
    text = repr(str(value) if isinstance(value, StrEnum) else value)
    return text if len(text) <= FOUND_LIMIT else f"{text[:FOUND_LIMIT]}…"


def _parse(declared: Declaration, text: str) -> Any:
    """Turn the engine's text into the field's type; the engine hands structures over as JSON."""
    setting, kind = declared.setting, declared.kind
    if kind is int:
        if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        raise _refusal(setting, text, Problem(because="it is not a whole number"))
    if kind is bool:
        if text in {"true", "false"}:
            return text == "true"
        raise _refusal(setting, text, Problem(because="it is neither true nor false"))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if text in set(kind):
            return kind(text)
        near = get_close_matches(text.lower(), [str(member) for member in kind], n=1)
        problem = Problem(because="it is not known", suggestion=near[0] if near else None)
        raise _refusal(setting, text, problem)
    if kind == tuple[str, ...]:
        return _parse_list(setting, text)
    if kind == Mapping[str, RatePlan]:
        return _parse_rate_plans(setting, text)
    return text


def _parse_list(setting: Setting, text: str) -> tuple[str, ...]:
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
        return tuple(entries)
    raise _refusal(setting, text, Problem(because="it is not a list of texts"))


def _parse_rate_plans(setting: Setting, text: str) -> dict[str, RatePlan]:
    try:
        plans = json.loads(text)
    except ValueError:
        plans = None
    if not isinstance(plans, dict):
        raise _refusal(
            setting,
            text,
            Problem(because="it is not a mapping of names to plans"),
            mend=f"pulumi config rm {setting.name}",
        )
    return {name: _parse_rate_plan(setting, name, plan) for name, plan in plans.items()}


def _parse_rate_plan(setting: Setting, name: str, plan: Any) -> RatePlan:
    if not isinstance(plan, dict):
        problem = Problem(because="it is no plan", path=f"[{json.dumps(name)}]", surplus=True)
        raise _refusal(setting, plan, problem)
    if strange := sorted(plan.keys() - _PLAN_KEYS):
        problem = Problem(
            because="a plan has ratePerSecond, burst and quotaPerDay",
            path=f".{name}.{strange[0]}",
            surplus=True,
            shown="is set",
        )
        raise _refusal(setting, plan, problem)
    numbers: dict[str, int | None] = {}
    for key, is_required in _PLAN_KEYS.items():
        written = plan.get(key)
        numbers[key] = _whole_number(written)
        if numbers[key] is None and (written is not None or is_required):
            problem = Problem(
                because="it is not a whole number" if key in plan else "the plan needs it",
                path=f".{name}.{key}",
                shown=f"is {_shorten(written)}" if key in plan else "is not set",
            )
            raise _refusal(setting, plan, problem)
    return RatePlan(
        rate_per_second=numbers["ratePerSecond"] or 0,
        burst=numbers["burst"] or 0,
        quota_per_day=numbers["quotaPerDay"],
    )


def _whole_number(written: object) -> int | None:
    """A number, or the digits of one: the engine keeps what stands in quotes as a text."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    is_digits = isinstance(written, str) and re.fullmatch(r"-?[0-9]{1,18}", written)
    return int(written) if isinstance(written, str) and is_digits else None


def _refuse_other_project(name: str) -> None:
    """The keys of Pulumi.<stack>.yaml carry the project's name, and would all be unset."""
    if name != NAMESPACE:
        raise SettingError(
            key="the project's name in Pulumi.yaml",
            found=f"is {_shorten(name)}",
            because=f"every setting is called {NAMESPACE}:…; stacks, not projects, tell "
            "environments apart",
            accepts=NAMESPACE,
            mend=f"sed -i 's/^name: .*/name: {NAMESPACE}/' Pulumi.yaml",
        )


def _refuse_unknown_keys() -> None:
    """A misspelt key would otherwise leave its setting at the default, silently."""
    known = {declared.setting.name for declared in declarations()}
    given: Mapping[str, object] = {**get_config_env(), **CONFIG.get()}
    for key in sorted(given):
        if key.startswith(f"{NAMESPACE}:") and key not in known:
            near = get_close_matches(key, known, n=1)
            raise SettingError(
                key=key,
                found="is set",
                because="there is no such setting" + (f", but there is {near[0]}" if near else ""),
                accepts="the keys in docs/guide/settings.md",
                mend=f"pulumi config rm {key}",
            )
