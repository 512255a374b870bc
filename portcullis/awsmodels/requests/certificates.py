"""ACM certificates, Route 53 records and Shield protections."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same
from portcullis.awsmodels.shapes import Moved


def _record(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    values = inputs.get("records")
    aliases = inputs.get("aliases") or []
    record = {
        "Name": moved(inputs, "name"),
        "Type": moved(inputs, "type"),
        "TTL": moved(inputs, "ttl"),
        "SetIdentifier": moved(inputs, "setIdentifier"),
        "HealthCheckId": moved(inputs, "healthCheckId"),
    }
    if isinstance(values, list):
        record["ResourceRecords"] = Moved(
            value=[{"Value": value} for value in values], path="records"
        )
    if isinstance(aliases, list) and aliases and isinstance(aliases[0], Mapping):
        record["AliasTarget"] = Moved(
            value={
                "HostedZoneId": moved(aliases[0], "zoneId"),
                "DNSName": moved(aliases[0], "name"),
                "EvaluateTargetHealth": moved(aliases[0], "evaluateTargetHealth"),
            },
            path="aliases[0]",
        )
    change = {
        "Action": "UPSERT" if inputs.get("allowOverwrite") else "CREATE",
        "ResourceRecordSet": {name: value for name, value in record.items() if value is not None},
    }
    return {"HostedZoneId": moved(inputs, "zoneId"), "ChangeBatch": {"Changes": [change]}}


def _certificate(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "DomainName": moved(inputs, "domainName"),
        "ValidationMethod": moved(inputs, "validationMethod"),
        "SubjectAlternativeNames": moved(inputs, "subjectAlternativeNames"),
        "KeyAlgorithm": moved(inputs, "keyAlgorithm"),
        "CertificateAuthorityArn": moved(inputs, "certificateAuthorityArn"),
        "Tags": moved(inputs, "tags"),
    }


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:acm/certificate:Certificate": TypeRequests(
        sent=(Sent(operation="acm:RequestCertificate", reshape=_certificate),),
    ),
    "aws:acm/certificateValidation:CertificateValidation": TypeRequests(
        sent=(
            Sent(operation="acm:DescribeCertificate", members={"certificateArn": "CertificateArn"}),
        ),
        not_sent={"validationRecordFqdns": "the provider's own: what it waits for"},
    ),
    "aws:route53/record:Record": TypeRequests(
        sent=(Sent(operation="route53:ChangeResourceRecordSets", reshape=_record),),
    ),
    "aws:shield/protection:Protection": TypeRequests(
        auto_named="name",
        sent=(
            Sent(operation="shield:CreateProtection", members=same("name", "resourceArn", "tags")),
        ),
    ),
}
