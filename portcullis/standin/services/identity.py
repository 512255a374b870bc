"""The ids and computed outputs of IAM and KMS."""

from collections.abc import Mapping

from portcullis.standin.invented import CREATED, UPPER, hexadecimal, text
from portcullis.standin.location import Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id


def key(location: Location, key_id: str) -> Created:
    """The outputs of ``aws:kms/key:Key``; the id comes from the key service."""
    return Created(
        id=key_id,
        computed={
            "keyId": key_id,
            "arn": location.arn("kms", f"key/{key_id}"),
            "enableKeyRotation": False,
            "isEnabled": True,
            "multiRegion": False,
        },
    )


def _role(location: Location, name: str, inputs: Inputs) -> Created:
    role = physical_name(name, inputs)
    path = inputs.get("path", "/")
    return Created(
        id=role,
        computed={
            "name": role,
            "path": path,
            "arn": location.global_arn("iam", f"role{path}{role}"),
            "uniqueId": f"AROA{text(UPPER, 17, 'role', role)}",
            "createDate": CREATED,
            "maxSessionDuration": inputs.get("maxSessionDuration", 3600),
        },
    )


def _policy(location: Location, name: str, inputs: Inputs) -> Created:
    policy = physical_name(name, inputs)
    arn = location.global_arn("iam", f"policy{inputs.get('path', '/')}{policy}")
    return Created(
        id=arn,
        computed={
            "name": policy,
            "arn": arn,
            "attachmentCount": 0,
            "policyId": f"ANPA{text(UPPER, 17, 'policy', policy)}",
        },
    )


def _open_id_connect_provider(location: Location, _: str, inputs: Inputs) -> Created:
    host = str(inputs["url"]).removeprefix("https://")
    arn = location.global_arn("iam", f"oidc-provider/{host}")
    return Created(
        id=arn, computed={"arn": arn, "thumbprintLists": [hexadecimal(40, "issuer", host)]}
    )


def _role_policy(_: Location, name: str, inputs: Inputs) -> Created:
    policy = physical_name(name, inputs)
    return Created(id=f"{inputs['role']}:{policy}", computed={"name": policy})


def _key_alias(location: Location, name: str, inputs: Inputs) -> Created:
    alias = physical_name(name, inputs)
    target = str(inputs["targetKeyId"])
    target_arn = target if target.startswith("arn:") else location.arn("kms", f"key/{target}")
    return Created(
        id=alias,
        computed={"name": alias, "arn": location.arn("kms", alias), "targetKeyArn": target_arn},
    )


ROWS: Mapping[str, Row] = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _open_id_connect_provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": with_id("{role}/{policyArn}"),
    "aws:kms/alias:Alias": _key_alias,
}
