"""The custom domain asks for a certificate, pins its truststore, and leads to one guarded stage."""

import hashlib
import json

import pulumi_aws as aws
import pytest

from components.mtls_domain import MtlsDomain, MtlsDomainArgs
from portcullis.graph.resource import UNKNOWN

CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222"
BUCKET = "portcullis-dev-truststore-111122223333"


@pytest.fixture
def build(place, truststore_file):
    def make(**changes):
        def program():
            guard = aws.wafv2.WebAclAssociation("guard", resource_arn="s", web_acl_arn="w")
            args = {
                "prefix": "portcullis-dev",
                "place": place,
                "domain": "api.example.com",
                "truststore_file": str(truststore_file),
                "kms_key_arn": None,
                "dual_stack": True,
                "rest_api_id": "a1b2c3d4e5",
                "stage_name": "dev",
                "guards": [guard.urn],
                "hosted_zone_id": "Z1",
                "protect": True,
                **changes,
            }
            MtlsDomain("domain", MtlsDomainArgs(**args))

        return program

    return make


def imported(build, **changes):
    return build(hosted_zone_id=None, certificate_arn=CERTIFICATE, **changes)


def test_the_domain_names_the_truststore_version_it_uploaded(engine, build):
    recorded = engine.run(build())
    upload, domain = recorded.one("BucketObjectv2"), recorded.one("DomainName")
    assert domain.inputs["mutualTlsAuthentication"] == {
        "truststoreUri": f"s3://{BUCKET}/truststore.pem",
        "truststoreVersion": upload.outputs["versionId"],
    }


def test_the_pin_is_decidable_at_preview(engine, build):
    recorded = engine.preview(build())
    domain = recorded.one("DomainName")
    assert domain.inputs["mutualTlsAuthentication"] == {
        "truststoreUri": f"s3://{BUCKET}/truststore.pem",
        "truststoreVersion": UNKNOWN,
    }
    found = recorded.named(domain.property_dependencies["mutualTlsAuthentication"])
    assert "domain-truststore-bundle" in found


def test_a_new_bundle_is_a_new_version_on_the_same_domain(
    engine, build, truststore_file, make_issuer
):
    before = engine.run(build())
    truststore_file.write_bytes(truststore_file.read_bytes() + make_issuer("Next root"))
    after = engine.run(build())

    def domain(recorded):
        return recorded.one("DomainName").inputs

    pins = [domain(r)["mutualTlsAuthentication"]["truststoreVersion"] for r in (before, after)]
    assert pins[0] != pins[1]
    without_pin = [{**domain(r), "mutualTlsAuthentication": None} for r in (before, after)]
    assert without_pin[0] == without_pin[1]


def test_the_domain_is_regional_with_the_one_policy_that_mtls_allows(engine, build):
    domain = engine.preview(build()).one("DomainName").inputs
    assert domain["domainName"] == "api.example.com"
    assert domain["securityPolicy"] == "TLS_1_2"
    assert domain["endpointConfiguration"]["types"] == "REGIONAL"
    assert domain["routingMode"] == "BASE_PATH_MAPPING_ONLY"
    assert not {"certificateArn", "endpointAccessMode"} & set(domain)


def test_one_mapping_leads_to_the_one_stage(engine, build):
    mapping = engine.run(build()).one("BasePathMapping").inputs
    assert mapping == {
        "domainName": "api.example.com",
        "restApi": "a1b2c3d4e5",
        "stageName": "dev",
    }


def test_the_domain_leads_nowhere_before_the_web_acl_stands(engine, build):
    recorded = engine.preview(build())
    assert "guard" in recorded.named(recorded.one("BasePathMapping").dependencies)


@pytest.mark.parametrize("protect", [True, False])
def test_domain_and_bucket_are_protected_by_setting(engine, build, protect):
    recorded = engine.preview(build(protect=protect))
    assert recorded.one("DomainName").flags.protect is protect
    assert recorded.one("Bucket").flags.protect is protect


def test_in_a_hosted_zone_the_certificate_is_made_and_proven(engine, build):
    recorded = engine.run(build())
    certificate = recorded.one("Certificate")
    assert certificate.inputs["domainName"] == "api.example.com"
    assert certificate.inputs["validationMethod"] == "DNS"
    (option,) = certificate.outputs["domainValidationOptions"]
    proof = recorded.one("Record", "domain-certificate-proof")
    assert proof.inputs["zoneId"] == "Z1"
    assert proof.inputs["name"] == option["resourceRecordName"]
    assert proof.inputs["records"] == [option["resourceRecordValue"]]
    validation = recorded.one("CertificateValidation")
    assert validation.inputs["validationRecordFqdns"] == [proof.outputs["fqdn"]]
    # The domain waits for the proof, not just for the request.
    domain = recorded.one("DomainName")
    assert domain.inputs["regionalCertificateArn"] == certificate.outputs["arn"]
    found = recorded.named(domain.property_dependencies["regionalCertificateArn"])
    assert validation.name in found


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_in_a_hosted_zone_both_families_find_the_domain(engine, build, kind):
    recorded = engine.run(build())
    record = recorded.one("Record", f"domain-{kind.lower()}").inputs
    domain = recorded.one("DomainName").outputs
    assert (record["type"], record["name"], record["zoneId"]) == (kind, "api.example.com", "Z1")
    assert record["aliases"] == [
        {
            "name": domain["regionalDomainName"],
            "zoneId": domain["regionalZoneId"],
            "evaluateTargetHealth": False,
        }
    ]
    assert domain["endpointConfiguration"]["ipAddressType"] == "dualstack"


def test_without_ipv6_there_is_neither_an_aaaa_record_nor_a_dual_stack_endpoint(engine, build):
    recorded = engine.run(build(dual_stack=False))
    assert {record.inputs["type"] for record in recorded.all("Record")} == {"A", "CNAME"}
    endpoint = recorded.one("DomainName").inputs["endpointConfiguration"]
    assert endpoint["ipAddressType"] == "ipv4"


def test_a_certificate_of_ones_own_makes_neither_records_nor_certificate(engine, build):
    recorded = engine.run(imported(build))
    assert recorded.one("DomainName").inputs["regionalCertificateArn"] == CERTIFICATE
    for kind in ("Certificate", "CertificateValidation", "Record"):
        assert not recorded.all(kind)
    assert "ownershipVerificationCertificateArn" not in recorded.one("DomainName").inputs


def test_an_imported_certificate_brings_proof_of_ownership(engine, build):
    recorded = engine.run(imported(build, ownership_verification_certificate_arn=CERTIFICATE + "b"))
    domain = recorded.one("DomainName").inputs
    assert domain["ownershipVerificationCertificateArn"] == CERTIFICATE + "b"


@pytest.mark.parametrize(
    "changes",
    [{"hosted_zone_id": None}, {"certificate_arn": CERTIFICATE}],
    ids=["neither", "both"],
)
def test_there_is_exactly_one_way_to_a_server_certificate(engine, build, changes):
    with pytest.raises(ValueError, match="and not both"):
        engine.preview(build(**changes))


def test_outputs_tell_what_a_partner_and_an_operator_need(engine, build):
    recorded = engine.run(build())
    assert recorded.one("MtlsDomain").outputs == {
        "url": "https://api.example.com",
        "target": recorded.one("DomainName").outputs["regionalDomainName"],
        "truststoreVersion": recorded.one("BucketObjectv2").outputs["versionId"],
    }


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build())
    component = recorded.one("MtlsDomain")
    children = [r for r in recorded.graph if r is not component and r.name != "guard"]
    assert {child.parent for child in children} == {component.urn}
    assert all(child.name.startswith("domain") for child in children)


def test_no_private_key_is_anywhere_in_the_graph(engine, build):
    recorded = engine.run(build())
    everything = json.dumps([[dict(r.inputs), dict(r.outputs)] for r in recorded.graph])
    assert "PRIVATE KEY" not in everything
    assert hashlib.sha256(everything.encode()).hexdigest()
