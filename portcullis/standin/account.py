"""What exists in the AWS account of the stand-in, and what an operation changes in it.

The functions are pure: each takes the resources of an account and returns the changed ones, so a
journal of operations can be replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Properties = Mapping[str, Any]
Key = tuple[str, str]  # type and physical identity

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BUCKET_OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
REST_API = "aws:apigateway/restApi:RestApi"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
USAGE_PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"

# The properties that identify a resource on AWS, where its id does not.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    ASSOCIATION: ("resourceArn",),  # a stage has one web ACL
    PERMISSION: ("function", "qualifier", "statementId"),
    USAGE_PLAN_KEY: ("usagePlanId", "keyId"),
    VALIDATION: ("certificateArn",),
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """One resource of the account.

    ``earlier`` maps what can be referred to later, such as a function version or an object
    version, to the inputs at that time. For a deployment it holds the API as it was deployed.
    """

    type: str
    id: str
    properties: Properties
    earlier: Mapping[str, Properties] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.properties.get(name)


Account = Mapping[Key, Held]


def key_of(resource_type: str, resource_id: str, properties: Properties) -> Key:
    """The identity of a resource on AWS; two registrations with the same key are one resource."""
    names = _IDENTITY.get(resource_type)
    if names is None:
        return resource_type, resource_id
    return resource_type, "/".join(str(properties.get(name, "")) for name in names)


def of_type(account: Account, *types: str) -> list[Held]:
    return [held for held in account.values() if held.type in types]


def existing(account: Account, resource_type: str, inputs: Properties) -> Held | None:
    """The resource that AWS returns for a Create call instead of creating a second one.

    SNS Subscribe returns the ARN of the subscription with the same topic, protocol and endpoint.
    """
    if resource_type != SUBSCRIPTION:
        return None
    names = ("topic", "protocol", "endpoint")
    for held in of_type(account, SUBSCRIPTION):
        if all(held[name] == inputs.get(name) for name in names):
            return held
    return None


def create(account: Account, created: Held) -> Account:
    """The account after a creation. See :func:`portcullis.standin.conflicts.check_create`."""
    return _with(account, _with_history(account, created, None))


def update(account: Account, updated: Held) -> Account:
    before = account.get(key_of(updated.type, updated.id, updated.properties))
    return _with(account, _with_history(account, updated, before))


def delete(account: Account, resource_type: str, resource_id: str, old: Properties) -> Account:
    """The account without the resource, even if another stack created it last.

    A deletion of an association removes whichever web ACL the stage has.
    """
    gone = key_of(resource_type, resource_id, old)
    return {key: held for key, held in account.items() if key != gone}


def _with(account: Account, held: Held) -> Account:
    return {**account, key_of(held.type, held.id, held.properties): held}


def _with_history(account: Account, held: Held, before: Held | None) -> Held:
    earlier = dict(before.earlier) if before else {}
    if held.type == FUNCTION:
        earlier[str(held["version"])] = held.properties
    elif held.type == BUCKET_OBJECT:
        known = account.get((held.type, held.id))
        earlier |= dict(known.earlier) if known else {}
        earlier[str(held["versionId"])] = held.properties
    elif held.type == DEPLOYMENT and not earlier:
        api = account.get((REST_API, str(held["restApi"])))
        if api is not None:
            earlier["api"] = api.properties
    return replace(held, earlier=earlier)
