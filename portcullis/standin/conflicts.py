"""Refuses what AWS refuses: a name that is taken, and the deletion of a resource in use.

Sources: the "Errors" of each action in the service's API Reference, and the Create and Delete
functions of hashicorp/terraform-provider-aws (internal/service/*).
"""

from collections.abc import Callable, Mapping
from typing import Any

from portcullis.errors import PortcullisError
from portcullis.standin.account import (
    ASSOCIATION,
    BUCKET_OBJECT,
    DEPLOYMENT,
    FUNCTION,
    PERMISSION,
    REST_API,
    USAGE_PLAN_KEY,
    Account,
    Held,
    of_type,
)

API_KEY = "aws:apigateway/apiKey:ApiKey"
CLIENT_CERTIFICATE = "aws:apigateway/clientCertificate:ClientCertificate"
CERTIFICATE = "aws:acm/certificate:Certificate"
DOMAIN = "aws:apigateway/domainName:DomainName"
FUNCTION_ALIAS = "aws:lambda/alias:Alias"
IP_SET = "aws:wafv2/ipSet:IpSet"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
PROTECTION = "aws:shield/protection:Protection"
RECORD = "aws:route53/record:Record"
ROLE = "aws:iam/role:Role"
ROLE_PARTS = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
)
STAGE = "aws:apigateway/stage:Stage"
TABLE = "aws:dynamodb/table:Table"
USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

# The properties that are unique in an account and region, and the error of a second creation.
# A type without a row is written over, like PutRolePolicy or AssociateWebACL do.
UNIQUE: Mapping[str, tuple[tuple[str, ...], str]] = {
    API_KEY: (("value",), "ConflictException"),
    DOMAIN: (("domainName",), "ConflictException"),
    FUNCTION: (("name",), "ResourceConflictException"),
    FUNCTION_ALIAS: (("functionName", "name"), "ResourceConflictException"),
    IP_SET: (("scope", "name"), "WAFDuplicateItemException"),
    MAPPING: (("domainName", "basePath"), "ConflictException"),
    PERMISSION: (("function", "qualifier", "statementId"), "ResourceConflictException"),
    PROTECTION: (("resourceArn",), "ResourceAlreadyExistsException"),
    RECORD: (("zoneId", "name", "type"), "InvalidChangeBatch"),
    ROLE: (("name",), "EntityAlreadyExists"),
    STAGE: (("restApi", "stageName"), "ConflictException"),
    TABLE: (("name",), "ResourceInUseException"),
    WEB_ACL: (("scope", "name"), "WAFDuplicateItemException"),
    "aws:cloudwatch/logGroup:LogGroup": (("name",), "ResourceAlreadyExistsException"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (("url",), "EntityAlreadyExists"),
    "aws:iam/policy:Policy": (("name",), "EntityAlreadyExists"),
    "aws:kms/alias:Alias": (("name",), "AlreadyExistsException"),
    "aws:s3/bucket:Bucket": (("bucket",), "BucketAlreadyOwnedByYou"),
}


class AwsRefusedError(PortcullisError):
    """AWS would refuse the operation; ``code`` is the name of its error."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")


def check_create(account: Account, created: Held) -> None:
    """Check that AWS would create the resource.

    Raises:
        AwsRefusedError: a resource with the same unique properties exists, or a key would join
            a second usage plan of the same stage.
    """
    if created.type == RECORD and created["allowOverwrite"]:
        return
    if created.type == USAGE_PLAN_KEY:
        _check_usage_plan_key(account, created)
    names, code = UNIQUE.get(created.type, ((), ""))
    values = [created[name] for name in names]
    for held in of_type(account, created.type):
        if names and [held[name] for name in names] == values:
            described = ", ".join(f"{name} {held[name]!r}" for name in names if name != "value")
            raise AwsRefusedError(code, f"{created.type} with {described} exists already.")


def check_delete(account: Account, gone: Held) -> None:
    """Check that AWS would delete the resource.

    Raises:
        AwsRefusedError: another resource uses it.
    """
    code, users_of = IN_USE.get(gone.type, ("", lambda _account, _gone: []))
    for user in users_of(account, gone):
        raise AwsRefusedError(code, f"{gone.type} {gone.id!r} is used by {user.type} {user.id!r}.")
    if gone.type == TABLE and gone["deletionProtectionEnabled"]:
        raise AwsRefusedError("ValidationException", f"{gone.id} has deletion protection.")


def _with(account: Account, resource_type: str, name: str, value: Any) -> list[Held]:
    return [held for held in of_type(account, resource_type) if held[name] == value]


def _web_acls_with(account: Account, ip_set: Held) -> list[Held]:
    return [acl for acl in of_type(account, WEB_ACL) if ip_set["arn"] in str(acl["rules"])]


def _parts_of_role(account: Account, role: Held) -> list[Held]:
    return [part for type_ in ROLE_PARTS for part in _with(account, type_, "role", role.id)]


Users = Callable[[Account, Held], list[Held]]
# The error of a deletion, and the resources that cause it.
IN_USE: Mapping[str, tuple[str, Users]] = {
    CERTIFICATE: (
        "ResourceInUseException",
        lambda a, gone: _with(a, DOMAIN, "regionalCertificateArn", gone["arn"]),
    ),
    CLIENT_CERTIFICATE: (
        "BadRequestException",
        lambda a, gone: _with(a, STAGE, "clientCertificateId", gone.id),
    ),
    DEPLOYMENT: ("BadRequestException", lambda a, gone: _with(a, STAGE, "deployment", gone.id)),
    DOMAIN: ("BadRequestException", lambda a, gone: _with(a, MAPPING, "domainName", gone.id)),
    IP_SET: ("WAFAssociatedItemException", _web_acls_with),
    REST_API: ("BadRequestException", lambda a, gone: _with(a, MAPPING, "restApi", gone.id)),
    ROLE: ("DeleteConflict", _parts_of_role),
    WEB_ACL: (
        "WAFAssociatedItemException",
        lambda a, gone: _with(a, ASSOCIATION, "webAclArn", gone["arn"]),
    ),
    "aws:s3/bucket:Bucket": (
        "BucketNotEmpty",
        lambda a, gone: _with(a, BUCKET_OBJECT, "bucket", gone.id),
    ),
}


def _check_usage_plan_key(account: Account, created: Held) -> None:
    """A key belongs to at most one usage plan of each stage."""
    wanted = _stages(account, created["usagePlanId"])
    for member in _with(account, USAGE_PLAN_KEY, "keyId", created["keyId"]):
        shared = wanted & _stages(account, member["usagePlanId"])
        if shared:
            api, stage = min(shared)
            raise AwsRefusedError(
                "ConflictException",
                f"API key {created['keyId']!r} belongs to another usage plan of stage "
                f"{stage!r} of {api!r}.",
            )


def _stages(account: Account, plan_id: Any) -> frozenset[tuple[str, str]]:
    plan = account.get((USAGE_PLAN, str(plan_id)))
    declared = plan["apiStages"] if plan else None
    return frozenset((entry["apiId"], entry["stage"]) for entry in declared or ())
