"""Settings of the custom domain: name, server certificate, truststore."""

from dataclasses import dataclass

from portcullis.settings.checks import file, matches, not_empty, optional
from portcullis.settings.host_names import MAX_DOMAIN_LENGTH, domain_name
from portcullis.settings.setting import NAMESPACE, command, setting_field
from portcullis.settings.setting_group import SettingGroup

_CERTIFICATE = r"arn:aws(-cn|-us-gov)?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-zA-Z-]{1,64}"


def _zone_id(text: str) -> str:
    return text.removeprefix("/hostedzone/").upper()


@dataclass(frozen=True, kw_only=True)
class DomainSettings(SettingGroup):
    domain: str = setting_field(
        accepts=f"a host name of at most {MAX_DOMAIN_LENGTH} characters in lower case, with "
        "two or more labels and no wildcard, or localhost for the laptop's account",
        why="The host name that partners call. Tokens name https://<domain> as their issuer.",
        example="api.example.com",
        check=domain_name,
    )
    hosted_zone_id: str = setting_field(
        accepts="a Route 53 hosted zone id, or nothing where certificateArn is set",
        why="The program creates the server certificate's validation records and the domain's "
        "alias records in this zone.",
        example="Z0123456789ABCDEFGHIJ",
        check=optional(matches(r"Z[A-Z0-9]{1,31}", _zone_id)),
        default="",
    )
    certificate_arn: str = setting_field(
        accepts="the ARN of a certificate in the stack's own region and account, or nothing "
        "where hostedZoneId is set",
        why="A server certificate that already exists. You then create the domain's DNS "
        "records yourself.",
        example="arn:aws:acm:eu-central-1:111122223333:certificate/"
        "11111111-2222-3333-4444-555555555555",
        check=optional(matches(_CERTIFICATE)),
        default="",
    )
    ownership_verification_certificate_arn: str = setting_field(
        accepts="the ARN of a public ACM certificate for the same domain, or nothing",
        why="API Gateway asks for it where certificateArn is imported or issued by a private CA.",
        example="arn:aws:acm:eu-central-1:111122223333:certificate/"
        "66666666-7777-8888-9999-000000000000",
        check=optional(matches(_CERTIFICATE)),
        default="",
    )
    truststore_file: str = setting_field(
        accepts="the path of a PEM bundle, from the project's folder",
        why="The issuer certificates of the clients: a client certificate that does not chain "
        "to one of them is refused.",
        example="truststore.dev.pem",
        check=not_empty(file),
    )

    @property
    def issuer(self) -> str:
        """The iss claim of the tokens; their JWKS is published below it."""
        return f"https://{self.domain}"

    def _check_together(self) -> None:
        super()._check_together()
        if bool(self.hosted_zone_id) == bool(self.certificate_arn):
            both = (
                "hostedZoneId is set too" if self.certificate_arn else "hostedZoneId is empty too"
            )
            self._refuse(
                "certificate_arn",
                f"{both}, and exactly one of them says where the server certificate comes from",
                mend=self._certificate_mend(),
            )
        if self.ownership_verification_certificate_arn and not self.certificate_arn:
            self._refuse(
                "ownership_verification_certificate_arn",
                "it is only used with a certificateArn",
                mend=f"pulumi config rm {NAMESPACE}:ownershipVerificationCertificateArn",
            )

    def _certificate_mend(self) -> str:
        if self.certificate_arn:
            return f"pulumi config rm {NAMESPACE}:certificateArn"
        return command(self.setting("hosted_zone_id"))
