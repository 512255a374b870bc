"""Every setting of a stack: read once, checked once, and frozen."""

from dataclasses import dataclass
from typing import Self

from portcullis.sample import SAMPLE
from portcullis.settings.backend_url import fault_on_aws
from portcullis.settings.groups.authorizer import AuthorizerPlatform, AuthorizerSettings
from portcullis.settings.groups.backend import BackendSettings
from portcullis.settings.groups.certificate_renewal import CertificateRenewalSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.contract import ContractSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.groups.location import LocationSettings
from portcullis.settings.groups.operations import OperationSettings
from portcullis.settings.groups.web_acl import Shield, WebAclSettings
from portcullis.settings.host_names import LOCALHOST
from portcullis.settings.known_keys import refuse_unknown_keys
from portcullis.settings.project import LAPTOP_ACCOUNT, StackConfig
from portcullis.settings.setting import NAMESPACE

# Lambda Developer Guide, "Improving startup performance with Lambda SnapStart".
REGIONS_WITHOUT_SNAP_START = frozenset({"ap-southeast-6", "ap-east-2"})
PARTITIONS_WITHOUT_SNAP_START = ("cn-", "us-gov-")  # how their regions begin


# A dataclass collects its fields from the last base to the first: the guide begins with the
# location and ends with operations.
@dataclass(frozen=True, kw_only=True)
class StackSettings(
    OperationSettings,
    BackendSettings,
    ContractSettings,
    AuthorizerSettings,
    CertificateRenewalSettings,
    ClientSettings,
    WebAclSettings,
    DomainSettings,
    LocationSettings,
):
    """One stack's settings. An instance never holds a value that AWS or the program refuses."""

    @classmethod
    def read(cls, config: StackConfig) -> Self:
        """Read every setting of the stack.

        Raises:
            SettingError: a key is missing, unknown, or has a value that is refused.
        """
        own = frozenset(setting.name for setting in cls.settings())
        refuse_unknown_keys(config.raw_values, own, project=config.project)
        return super().read(config)

    @property
    def registry_file(self) -> str:
        return self.clients_file or f"clients.{self.stack}.yaml"

    @property
    def token_audience(self) -> str:
        """The aud claim: by default it names the API, as RFC 9068 section 3 has it."""
        if self.contract_file == SAMPLE.contract:
            return self.audience or SAMPLE.audience
        return self.audience or f"https://{self.domain}"

    def _check_together(self) -> None:
        super()._check_together()
        self._check_arns()
        if self.kms_key_arn and f":kms:{self.region}:" not in self.kms_key_arn:
            self._refuse(
                "kms_key_arn",
                f"the stack's region is {self.region}",
                mend=f"pulumi config rm {NAMESPACE}:kmsKeyArn",
            )
        if self.shield is Shield.ADVANCED and not self.hosted_zone_id:
            self._refuse(
                "shield",
                "it can only protect a hosted zone here, and hostedZoneId is empty",
                mend=f"pulumi config set {NAMESPACE}:shield standard",
            )
        if self.snap_start and (
            self.region in REGIONS_WITHOUT_SNAP_START
            or self.region.startswith(PARTITIONS_WITHOUT_SNAP_START)
        ):
            self._refuse("snap_start", f"{self.region} has no SnapStart", suggestion="false")
        is_laptop = self.account_id == LAPTOP_ACCOUNT
        if is_laptop != (self.authorizer_platform is AuthorizerPlatform.LAPTOP):
            self._refuse(
                "authorizer_platform",
                f"accountId is {self.account_id}",
                suggestion="laptop" if is_laptop else "lambda",
            )
        if not is_laptop:
            self._check_reachable()

    def _check_arns(self) -> None:
        """Refuse ARNs of resources that must be in the stack's own region and account."""
        here = f"{self.region} and {self.account_id}"
        regional = f"a regional domain needs one of {self.region} in {self.account_id}"
        balanced = f"VPC link, load balancer and API must be in {here}"
        certificate = "certificate/11111111-2222-3333-4444-555555555555"
        for name, service, because, example in (
            ("certificate_arn", "acm", regional, certificate),
            ("ownership_verification_certificate_arn", "acm", regional, certificate),
            ("backend_function_arn", "lambda", f"it must be in {here}", "function:orders"),
            (
                "backend_load_balancer_arn",
                "elasticloadbalancing",
                balanced,
                "loadbalancer/app/orders/50dc6c495c0c9188",
            ),
        ):
            home = f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:"
            if (arn := getattr(self, name)) and not arn.startswith(home):
                self._refuse(name, because, suggestion=f"{home}{example}")

    def _check_reachable(self) -> None:
        """Refuse names and addresses that only the laptop can reach."""
        if self.domain == LOCALHOST:
            self._refuse("domain", f"accountId is {self.account_id}, and no partner can call it")
        is_private = bool(self.backend_vpc_link_id)
        if self.backend_url and (
            because := fault_on_aws(self.backend_url, self.domain, is_private=is_private)
        ):
            self._refuse("backend_url", because)
