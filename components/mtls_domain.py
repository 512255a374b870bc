"""Mutual TLS: a regional custom domain that refuses callers without a client certificate."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from components.arn import Place
from components.ip_families import endpoint_address_type
from components.truststore import Truststore
from components.truststore_bucket import truststore_object


@dataclass(frozen=True, kw_only=True)
class MtlsDomainArgs:
    """Exactly one of ``hosted_zone_id`` and ``certificate_arn`` must be set.

    With a hosted zone the server certificate is issued and validated there, and the alias records
    are created; with a certificate of your own DNS is yours. The mapping to the stage waits for
    ``guards``: the web ACL's association.
    """

    prefix: str
    place: Place
    domain: str
    truststore: Truststore
    kms_key_arn: str | None  # for the truststore's bucket; None for a key of S3
    dual_stack: bool  # accept IPv6 too
    rest_api_id: Input[str]
    stage_name: Input[str]
    guards: Sequence[Resource]
    hosted_zone_id: str | None = None
    certificate_arn: str | None = None
    ownership_verification_certificate_arn: str | None = None
    protect: bool


class MtlsDomain(pulumi.ComponentResource):
    """TLS 1.2 or 1.3, a client certificate that chains to the truststore, and one mapping.

    Outputs: ``url``; ``target`` and ``target_zone_id``, what an alias record points at;
    ``truststore_version``; ``server_certificate_arn``.
    Source: API Gateway Developer Guide, "How to turn on mutual TLS authentication for your REST
    APIs in API Gateway".
    """

    def __init__(
        self, name: str, args: MtlsDomainArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:MtlsDomain", name, None, opts)
        if bool(args.hosted_zone_id) == bool(args.certificate_arn):
            raise ValueError("MtlsDomain needs a hosted_zone_id or a certificate_arn, and not both")
        upload = truststore_object(
            f"{name}-truststore",
            prefix=args.prefix,
            place=args.place,
            pem=args.truststore.pem,
            kms_key_arn=args.kms_key_arn,
            protect=args.protect,
            parent=self,
        )
        self.server_certificate_arn = self._server_certificate_arn(name, args)
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
        aws.apigateway.BasePathMapping(
            f"{name}-mapping",
            domain_name=domain.domain_name,
            rest_api=args.rest_api_id,
            # Without a stage, callers choose any stage by the first segment of the path.
            stage_name=args.stage_name,
            opts=ResourceOptions(
                parent=self,
                depends_on=list(args.guards),
                # While a web ACL association is replaced the stage has none, so the way in is
                # closed first.
                replace_with=list(args.guards),
            ),
        )
        if args.hosted_zone_id:
            self._alias_records(name, args, domain, args.hosted_zone_id)
        self.url = f"https://{args.domain}"
        self.target = domain.regional_domain_name
        self.target_zone_id = domain.regional_zone_id
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
