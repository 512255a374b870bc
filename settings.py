"""Every setting of a stack: read once, checked once, and frozen. Nothing else reads configuration.

Numbers come from the AWS pages named beside them.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
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
FOUND_LIMIT = 80  # characters of a bad value that an error shows


class Shield(StrEnum):
    STANDARD = "standard"
    ADVANCED = "advanced"


class AuthorizerPlatform(StrEnum):
    LAMBDA = "lambda"
    LAPTOP = "laptop"


class ExecutionLogLevel(StrEnum):
    OFF = "OFF"
    ERROR = "ERROR"
    INFO = "INFO"


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
    where it is ``surplus``. ``shown`` replaces a value that must not be repeated in full.
    """

    because: str
    index: int | None = None
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
            why="The first label's KMS key signs, both are published. Rotate in three updates: "
            '["a", "b"], ["b", "a"], ["b"]. A protected key that was dropped needs `pulumi state '
            "unprotect` first.",
            example="a",
            check=_each(r"[a-z0-9]{1,10}", least=1, most=MAX_SIGNING_KEYS),
        ),
    ] = ("a",)
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
    for field in fields(StackSettings):
        kind, setting = get_args(hints[field.name])
        declared.append(
            Declaration(name=field.name, kind=kind, setting=setting, default=field.default)
        )
    return tuple(declared)


def command(setting: Setting, value: str | None = None, index: int = 0) -> str:
    """What to type to give a setting this value, or its example."""
    path = f"--path '{setting.name}[{index}]'" if setting.many else setting.name
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
    return text


def _parse_list(setting: Setting, text: str) -> tuple[str, ...]:
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
        return tuple(entries)
    raise _refusal(setting, text, Problem(because="it is not a list of texts"))


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
