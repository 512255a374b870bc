"""Mutual TLS: a regional custom domain that refuses callers without a client certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from components.arguments import PlacedArgs
from components.ip_families import endpoint_address_type
from components.truststore import read_truststore
from components.truststore_bucket import truststore_object


@dataclass(frozen=True, kw_only=True)
class DomainOptions:
    domain: str
    """The host name that partners call, such as `api.example.com`."""

    truststore_file: str
    """A PEM bundle with the issuer certificates of the clients: a client certificate that does not
    chain to one of them is refused. The path is relative to the program's working directory."""

    hosted_zone_id: str | None = None
    """The Route 53 hosted zone in which the server certificate is validated and the alias records
    are created. Exactly one of this and `certificate_arn` must be set."""

    certificate_arn: str | None = None
    """A server certificate that already exists. You create the domain's DNS records yourself."""

    ownership_verification_certificate_arn: str | None = None
    """A public ACM certificate for the same domain: API Gateway asks for it where `certificate_arn`
    is imported or issued by a private CA."""


@dataclass(frozen=True, kw_only=True)
class MtlsDomainArgs(DomainOptions, PlacedArgs):
    rest_api_id: Input[str]
    """The REST API that the domain leads to."""

    stage_name: Input[str]
    """The stage of the REST API that the domain leads to."""

    guards: Sequence[Input[str]]
    """URNs of resources that must be in place before the domain leads to the stage: the web ACL's
    association."""

    dual_stack: bool = False
    """Accept IPv6 too: only with a web ACL that allows an IPv6 network."""

    kms_key_arn: str | None = None
    """Your own symmetric KMS key for the truststore's bucket; a key of S3 if left out."""

    protect: bool = True
    """The domain and the truststore's bucket cannot be destroyed."""


class MtlsDomain(pulumi.ComponentResource):
    """TLS 1.2 or 1.3, a client certificate that chains to the truststore, and one mapping.

    Source: API Gateway Developer Guide, "How to turn on mutual TLS authentication for your REST
    APIs in API Gateway".
    """

    url: str
    """The API's address: `https://` and the domain."""

    target: Output[str]
    """The regional name that an alias record of the domain points at."""

    target_zone_id: Output[str]
    """The hosted zone id of `target`, for an alias record."""

    truststore_version: Output[str]
    """The version of the truststore's object that the domain uses."""

    server_certificate_arn: Output[str]
    """The server certificate's ARN."""

    def __init__(
        self, name: str, args: MtlsDomainArgs, opts: ResourceOptions | None = None
    ) -> None:
        if bool(args.hosted_zone_id) == bool(args.certificate_arn):
            raise ValueError("MtlsDomain needs a hosted_zone_id or a certificate_arn, and not both")
        truststore = read_truststore(Path(args.truststore_file), on_warning=pulumi.log.warn)
        super().__init__("portcullis:index:MtlsDomain", name, None, opts)
        upload = truststore_object(
            f"{name}-truststore",
            prefix=args.prefix,
            place=args.place,
            pem=truststore.pem,
            kms_key_arn=args.kms_key_arn,
            protect=args.protect,
            parent=self,
        )
        self.server_certificate_arn = Output.from_input(self._server_certificate_arn(name, args))
        domain = aws.apigateway.DomainName(
            name,
            domain_name=args.domain,
            regional_certificate_arn=self.server_certificate_arn,
            ownership_verification_certificate_arn=args.ownership_verification_certificate_arn,
            # Regional, because an edge-optimized domain cannot ask for client certificates.
            endpoint_configuration={
                "types": "REGIONAL",
                "ip_address_type": endpoint_address_type(dual_stack=args.dual_stack),
            },
            # Exactly this: the enhanced SecurityPolicy_* ones cannot be combined with mutual TLS.
            security_policy="TLS_1_2",
            mutual_tls_authentication={
                "truststore_uri": Output.concat("s3://", upload.bucket, "/", upload.key),
                # A new upload is ignored until the domain names its version.
                "truststore_version": upload.version_id,
            },
            # A routing rule would be a second way to a stage.
            routing_mode="BASE_PATH_MAPPING_ONLY",
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self._mapping(name, args, domain)
        if args.hosted_zone_id:
            self._alias_records(name, args, domain, args.hosted_zone_id)
        self.url = f"https://{args.domain}"
        self.target, self.target_zone_id = domain.regional_domain_name, domain.regional_zone_id
        self.truststore_version = upload.version_id
        self.register_outputs(
            {"url": self.url, "target": self.target, "truststoreVersion": upload.version_id}
        )

    def _server_certificate_arn(self, name: str, args: MtlsDomainArgs) -> Input[str]:
        if args.certificate_arn:
            return args.certificate_arn
        certificate = aws.acm.Certificate(
            f"{name}-certificate",
            domain_name=args.domain,
            validation_method="DNS",
            opts=ResourceOptions(parent=self),
        )
        proof = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-certificate-proof",
            zone_id=args.hosted_zone_id or "",
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=300,
            allow_overwrite=True,  # all ACM certificates of a domain share one record
            opts=ResourceOptions(parent=self),
        )
        validated = aws.acm.CertificateValidation(
            f"{name}-certificate-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=ResourceOptions(parent=self),
        )
        return validated.certificate_arn

    def _mapping(self, name: str, args: MtlsDomainArgs, domain: aws.apigateway.DomainName) -> None:
        guards: list[Resource] = [_Registered(urn) for urn in args.guards]
        aws.apigateway.BasePathMapping(
            f"{name}-mapping",
            domain_name=domain.domain_name,
            rest_api=args.rest_api_id,
            # Without a stage, callers choose any stage by the first segment of the path.
            stage_name=args.stage_name,
            opts=ResourceOptions(
                parent=self,
                depends_on=guards,
                # While a web ACL association is replaced the stage has none, so the way in is
                # closed first.
                replace_with=guards,
            ),
        )

    def _alias_records(
        self,
        name: str,
        args: MtlsDomainArgs,
        domain: aws.apigateway.DomainName,
        hosted_zone_id: str,
    ) -> None:
        for record_type in ("A", "AAAA") if args.dual_stack else ("A",):
            aws.route53.Record(
                f"{name}-{record_type.lower()}",
                zone_id=hosted_zone_id,
                name=args.domain,
                type=record_type,
                aliases=[
                    {
                        "name": domain.regional_domain_name,
                        "zone_id": domain.regional_zone_id,
                        "evaluate_target_health": False,
                    }
                ],
                opts=ResourceOptions(parent=self),
            )


class _Registered(pulumi.CustomResource):
    """A resource that is registered elsewhere, referred to by its URN.

    A component in another program's language receives URNs, and no resource objects.
    """

    def __init__(self, urn: Input[str]) -> None:
        super().__init__("", "", {}, None, dependency=True)
        self.__dict__["urn"] = Output.from_input(urn)
