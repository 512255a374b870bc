"""Mutual TLS: a regional custom domain that refuses callers without a client certificate."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from components.arn import Place
from components.truststore import read_truststore

TRUSTSTORE_KEY = "truststore.pem"


@dataclass(frozen=True, kw_only=True)
class MtlsDomainArgs:
    """Exactly one of ``hosted_zone_id`` and ``certificate_arn`` says where the certificate is from.

    ``guards`` are what has to stand before the domain leads anywhere: the web ACL's association.
    """

    prefix: str
    place: Place
    domain: str
    truststore_file: Path
    rest_api_id: Input[str]
    stage_name: Input[str]
    guards: Sequence[Resource] = ()
    hosted_zone_id: str | None = None
    certificate_arn: str | None = None
    ownership_verification_certificate_arn: str | None = None
    protect: bool = True


class MtlsDomain(pulumi.ComponentResource):
    """The only way in: TLS 1.2 or 1.3, a certificate that chains to the truststore, one mapping.

    Outputs: ``url``; ``target`` and ``target_zone_id``, what an alias record points at;
    ``truststore_version``; ``server_certificate_arn``; ``issuers``, the truststore's certificates.
    Source: API Gateway Developer Guide, "How to turn on mutual TLS authentication for your REST
    APIs in API Gateway".
    """

    def __init__(
        self, name: str, args: MtlsDomainArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:MtlsDomain", name, None, opts)
        if bool(args.hosted_zone_id) == bool(args.certificate_arn):
            raise ValueError("MtlsDomain needs a hosted_zone_id or a certificate_arn, and not both")
        truststore = read_truststore(args.truststore_file, on_warning=self._warn)
        self.issuers = truststore.issuers
        upload = self._truststore(name, args, truststore.pem)
        self.server_certificate_arn = self._server_certificate_arn(name, args)
        domain = aws.apigateway.DomainName(
            name,
            domain_name=args.domain,
            regional_certificate_arn=self.server_certificate_arn,
            ownership_verification_certificate_arn=args.ownership_verification_certificate_arn,
            # Regional, because an edge-optimized domain cannot ask for client certificates.
            endpoint_configuration={"types": "REGIONAL", "ip_address_type": "dualstack"},
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
            # Without a stage a caller could choose any by the first segment of the path.
            stage_name=args.stage_name,
            opts=ResourceOptions(parent=self, depends_on=list(args.guards)),
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

    def _warn(self, message: str) -> None:
        pulumi.log.warn(message, self)

    def _truststore(self, name: str, args: MtlsDomainArgs, pem: str) -> aws.s3.BucketObjectv2:
        bucket_name = f"{args.prefix}-truststore-{args.place.account_id}"
        inside = ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            f"{name}-truststore",
            bucket=bucket_name,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        public_access = aws.s3.BucketPublicAccessBlock(
            f"{name}-truststore-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=inside,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-truststore-owner",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=inside,
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-truststore-encryption",
            bucket=bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=inside,
        )
        policy = aws.s3.BucketPolicy(
            f"{name}-truststore-tls",
            bucket=bucket.bucket,
            policy=json.dumps(_tls_only(args.place.bucket(bucket_name)), sort_keys=True),
            # S3 takes one change of a bucket's access at a time.
            opts=ResourceOptions(parent=self, depends_on=[public_access]),
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-truststore-versions",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=inside,
        )
        return aws.s3.BucketObjectv2(
            f"{name}-truststore-bundle",
            bucket=bucket.bucket,
            key=TRUSTSTORE_KEY,
            # The text, not a file's name: what is judged at preview is what is deployed.
            content=pem,
            content_type="application/x-pem-file",
            # Uploaded before versioning is on, it would have no version to pin.
            opts=ResourceOptions(parent=self, depends_on=[versioning, encryption, policy]),
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
            allow_overwrite=True,  # ACM gives every certificate of a domain the same record
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
        for record_type in ("A", "AAAA"):
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


def _tls_only(bucket_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
