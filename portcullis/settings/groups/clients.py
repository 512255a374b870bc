"""Settings of the clients: registry, revocation lists, rate plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.settings.checks import between, each, file
from portcullis.settings.rate_plans import (
    MAX_QUOTA_PER_DAY,
    MAX_RATE_PLANS,
    MAX_THROTTLE_BURST,
    MAX_THROTTLE_RATE,
    RatePlan,
    known_plans,
)
from portcullis.settings.setting import NAMESPACE, setting_field
from portcullis.settings.setting_group import SettingGroup

MAX_REGISTRY_CACHE_SECONDS = 300  # ours: how long a revocation may stay unnoticed
MAX_CRL_GRACE_SECONDS = 604_800  # ours: one week
MAX_CRL_URLS = 200  # ours
MAX_CLOCK_SKEW_SECONDS = 300  # ours: beyond five minutes a clock is wrong, not skewed
_CRL_URL = r"https?://[A-Za-z0-9.:\[\]_-]+(/[!-~]*)?|file:///[!-~]+"


class RegistryStore(StrEnum):
    FILE = "file"
    DYNAMODB = "dynamodb"


class RevocationListStore(StrEnum):
    NONE = "none"
    FILE = "file"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True)
class ClientSettings(SettingGroup):
    clients_file: str = setting_field(
        accepts="the path of a client registry, from the project's folder, or nothing for "
        "clients.<stack>.yaml",
        why="The client registry: which certificate belongs to which client, and which scopes "
        "that client has.",
        example="clients.dev.yaml",
        check=file,
        default="",
    )
    registry: RegistryStore = setting_field(
        accepts="file or dynamodb",
        why="Where the authorizer looks clients up. The file is packed into its zip, so a "
        "change needs a deploy. With dynamodb, `portcullis clients` changes a table, and "
        "the authorizer sees the change within registryCacheSeconds.",
        default=RegistryStore.FILE,
    )
    registry_cache_seconds: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_REGISTRY_CACHE_SECONDS}",
        why="With registry dynamodb: how long the authorizer keeps what it read about a "
        "certificate. A revocation takes effect after this and authorizerCacheSeconds at "
        "the latest. 0 reads the table at every call.",
        check=between(0, MAX_REGISTRY_CACHE_SECONDS),
        default=30,
    )
    crl_file: str = setting_field(
        accepts="the path of a certificate revocation list, PEM or DER, from the project's "
        "folder, or nothing",
        why="The certificates that their issuer has revoked. The program verifies the list "
        "and packs it into the authorizer's zip.",
        example="revoked.dev.crl",
        check=file,
        default="",
    )
    crl_table: bool = setting_field(
        accepts="true or false; true needs registry dynamodb and no crlFile",
        why="Keep the issuers' revocation lists in the registry's table: `portcullis clients "
        "import-crl --table` writes them there without a deploy, a million entries and "
        "more. Every certificate of an issuer without a list in the table is refused.",
        example="true",
        default=False,
    )
    crl_urls: tuple[str, ...] = setting_field(
        accepts=f"up to {MAX_CRL_URLS} http, https or file URLs; needs a crlFile or crlTable",
        why="Where the issuers publish their revocation lists; one URL for each list, or for "
        "each part of one. `portcullis clients fetch-crl --stack STACK` fetches them, on a "
        "schedule of your own. A deploy fetches nothing.",
        example="http://crl.partner.example/issuing.crl",
        check=each(_CRL_URL, least=0, most=MAX_CRL_URLS),
        default=(),
    )
    crl_grace_seconds: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_CRL_GRACE_SECONDS:,}",
        why="How long a revocation list still counts after its next update. With 0, every call is "
        "refused from that moment on, because the list may miss newer revocations.",
        check=between(0, MAX_CRL_GRACE_SECONDS),
        default=0,
    )
    certificate_clock_skew_seconds: int = setting_field(
        accepts=f"a whole number from 0 to {MAX_CLOCK_SKEW_SECONDS}",
        why="How far a call may be outside a certificate's validity dates, before and after, to "
        "allow for clock differences. API Gateway checks the dates by its own clock too.",
        check=between(0, MAX_CLOCK_SKEW_SECONDS),
        default=0,
    )
    rate_plans: Mapping[str, RatePlan] = setting_field(
        path=".gold.ratePerSecond",
        accepts=f"up to {MAX_RATE_PLANS} plans by name (1 to 20 lower-case letters, digits and "
        f"hyphens), each with ratePerSecond (1 to {MAX_THROTTLE_RATE:,}), burst (1 to "
        f"{MAX_THROTTLE_BURST:,}) and, optionally, quotaPerDay (1 to "
        f"{MAX_QUOTA_PER_DAY:,})",
        why="How much each client may call; with registry dynamodb, all clients of a plan "
        "together. If there is at least one plan, every client needs a ratePlan: API "
        "Gateway refuses a call without one.",
        example="10",
        check=known_plans,
        default={},
    )

    @property
    def revocation_lists(self) -> RevocationListStore:
        """Where the authorizer looks for its issuers' lists."""
        if self.crl_table:
            return RevocationListStore.TABLE
        return RevocationListStore.FILE if self.crl_file else RevocationListStore.NONE

    def _check_together(self) -> None:
        super()._check_together()
        if self.crl_table and self.registry is not RegistryStore.DYNAMODB:
            self._refuse("crl_table", "registry is file, so there is no table", suggestion="false")
        if self.crl_table and self.crl_file:
            self._refuse(
                "crl_table",
                f"crlFile is {self.crl_file}, and the lists can only be in one place",
                mend=f"pulumi config rm {NAMESPACE}:crlFile",
            )
        if self.crl_urls and self.revocation_lists is RevocationListStore.NONE:
            self._refuse(
                "crl_urls",
                "it needs a crlFile or crlTable",
                mend=f"pulumi config rm {NAMESPACE}:crlUrls",
            )
        if self.crl_grace_seconds and self.revocation_lists is RevocationListStore.NONE:
            self._refuse(
                "crl_grace_seconds",
                "it needs a crlFile or crlTable",
                mend=f"pulumi config rm {NAMESPACE}:crlGraceSeconds",
            )
