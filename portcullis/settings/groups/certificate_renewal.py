"""Settings of the route at which clients renew their certificates."""

from dataclasses import dataclass

from portcullis.settings.checks import between, file, matches, optional
from portcullis.settings.setting import NAMESPACE, setting_field
from portcullis.settings.setting_group import SettingGroup

KEY_ARN = r"arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[0-9a-f-]{32,36}"
PATH = r"(/[A-Za-z0-9._~-]+)+"
SCOPE = r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,63}"
MAX_HOURS = 8760  # as `portcullis certs issue --hours`
MAX_RENEWALS_PER_DAY = 10_000


@dataclass(frozen=True, kw_only=True)
class CertificateRenewalSettings(SettingGroup):
    certificate_renewal_key_arn: str = setting_field(
        accepts="the ARN of a KMS key with which `portcullis certs init --kms` made a client "
        "CA, or nothing",
        why="With a key, the API has a route at which a client gets a new certificate for a "
        "signing request, while its old one is valid (docs/guide/certificate-renewal.md). A "
        "function of the stack may sign with this key. Without a key there is no such route.",
        example="arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        check=optional(matches(KEY_ARN)),
        default="",
    )
    certificate_renewal_authority_file: str = setting_field(
        accepts="the path of a PEM file, from the project's folder, or nothing without a "
        "certificateRenewalKeyArn",
        why="First the CA certificate of that key, which signs; it must be in the truststore. "
        "Then any others whose certificates may be renewed, such as the CA that it replaces.",
        example="partners/client-ca/intermediate.pem",
        check=file,
        default="",
    )
    certificate_renewal_hours: int = setting_field(
        accepts=f"a whole number from 1 to {MAX_HOURS:,}",
        why="How long a renewed certificate is valid. It never outlives its CA.",
        check=between(1, MAX_HOURS),
        default=24,
    )
    certificate_renewal_scope: str = setting_field(
        accepts="1 to 64 letters, digits and : . _ / -, no scope of the contract",
        why="The scope that a client needs for a renewal. Give it to clients as any other one.",
        check=matches(SCOPE),
        default="certificates:renew",
    )
    certificate_renewal_path: str = setting_field(
        accepts="a path of letters, digits and . _ ~ - without parameters, no path of the contract",
        why="Where clients send the signing request, by POST.",
        check=matches(PATH),
        default="/.well-known/certificate-renewal",
    )
    certificate_renewals_per_day: int = setting_field(
        accepts=f"a whole number from 1 to {MAX_RENEWALS_PER_DAY:,}",
        why="How many certificates a client may get in a day (UTC). With registry file, each "
        "instance of the function counts by itself.",
        check=between(1, MAX_RENEWALS_PER_DAY),
        default=100,
    )

    def _check_together(self) -> None:
        super()._check_together()
        if self.certificate_renewal_key_arn and not self.certificate_renewal_authority_file:
            self._refuse(
                "certificate_renewal_authority_file",
                "certificateRenewalKeyArn needs the certificate of its CA",
                mend=f"pulumi config set {NAMESPACE}:certificateRenewalAuthorityFile "
                "partners/client-ca/intermediate.pem",
            )
