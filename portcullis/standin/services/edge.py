"""The ids and computed outputs of ACM, Route 53, Shield and AWS WAF."""

from collections.abc import Mapping

from portcullis.standin.invented import CREATED, LOWER, hexadecimal, text, uuid
from portcullis.standin.location import Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id


def _certificate(location: Location, name: str, inputs: Inputs) -> Created:
    domain = str(inputs["domainName"])
    arn = location.arn("acm", f"certificate/{uuid('acm', name)}")
    proof = {
        "domainName": domain,
        "resourceRecordName": f"_{hexadecimal(32, 'proof', domain)}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{hexadecimal(32, 'answer', domain)}.{text(LOWER, 10, domain)}"
        ".acm-validations.aws.",
    }
    return Created(
        id=arn,
        computed={
            "arn": arn,
            "domainValidationOptions": [proof],
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
            "subjectAlternativeNames": [domain],
            "keyAlgorithm": inputs.get("keyAlgorithm", "RSA_2048"),
        },
    )


def _record(_: Location, __: str, inputs: Inputs) -> Created:
    record = str(inputs["name"]).rstrip(".")
    return Created(id=f"{inputs['zoneId']}_{record}_{inputs['type']}", computed={"fqdn": record})


def _shield_protection(location: Location, name: str, _: Inputs) -> Created:
    protection = uuid("shield", name)
    arn = location.global_arn("shield", f"protection/{protection}")
    return Created(id=protection, computed={"arn": arn})


def _waf(kind: str) -> Row:
    def row(location: Location, name: str, inputs: Inputs) -> Created:
        waf_id, physical = uuid(kind, name), physical_name(name, inputs)
        return Created(
            id=waf_id,
            computed={
                "name": physical,
                "arn": location.arn("wafv2", f"regional/{kind}/{physical}/{waf_id}"),
                "lockToken": uuid("lock", kind, name),
            },
        )

    return row


ROWS: Mapping[str, Row] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:acm/certificateValidation:CertificateValidation": with_id(CREATED),
    "aws:route53/record:Record": _record,
    "aws:shield/protection:Protection": _shield_protection,
    "aws:wafv2/ipSet:IpSet": _waf("ipset"),
    "aws:wafv2/webAcl:WebAcl": _waf("webacl"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": with_id("{webAclArn},{resourceArn}"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": with_id("{resourceArn}"),
}
