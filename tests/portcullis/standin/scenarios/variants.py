"""Changes of the program's registrations: order bugs put back, and options that avoid them."""

from collections.abc import Sequence
from dataclasses import replace

from portcullis.graph.resource import Resource
from tests.portcullis.standin.scenarios.model_engine import Rewrite

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
USAGE_PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"


def in_turn(*rewrites: Rewrite) -> Rewrite:
    def rewrite(resource: Resource) -> Resource:
        for one in rewrites:
            resource = one(resource)
        return resource

    return rewrite


def subscriptions_by_position(addresses: Sequence[str]) -> Rewrite:
    """Name each subscription by its position in the list of addresses."""

    def rewrite(resource: Resource) -> Resource:
        if resource.type != SUBSCRIPTION:
            return resource
        return _renamed(resource, f"alarm-{addresses.index(resource.inputs['endpoint']) + 1}")

    return rewrite


def subscriptions_by_address(resource: Resource) -> Resource:
    if resource.type != SUBSCRIPTION:
        return resource
    return _renamed(resource, f"alarm-{resource.inputs['endpoint']}")


def deleted_before_replaced(resource_type: str, *, first: bool) -> Rewrite:
    """Set or clear delete before replace of one type."""

    def rewrite(resource: Resource) -> Resource:
        if resource.type != resource_type:
            return resource
        return replace(resource, flags=replace(resource.flags, delete_before_replace=first))

    return rewrite


def mapping_waits_for_nothing(resource: Resource) -> Resource:
    """The mapping without its dependency on the association."""
    if resource.type != MAPPING:
        return resource
    rest = tuple(urn for urn in resource.dependencies if f"${ASSOCIATION}::" not in urn)
    assert len(rest) < len(resource.dependencies), "the mapping depends on no association"
    return replace(resource, dependencies=rest)


def mapping_stays(resource: Resource) -> Resource:
    """The mapping is not replaced with the association."""
    if resource.type != MAPPING:
        return resource
    assert resource.flags.replace_with, "the mapping is replaced with no association"
    return replace(resource, flags=replace(resource.flags, replace_with=()))


def another_web_acl(resource: Resource) -> Resource:
    """The web ACL as a new resource with another name: its association is replaced."""
    if resource.type != WEB_ACL:
        return resource
    inputs = {**resource.inputs, "name": f"{resource.inputs['name']}-second"}
    return replace(_renamed(resource, "second"), inputs=inputs)


def _renamed(resource: Resource, name: str) -> Resource:
    return replace(resource, urn=f"{resource.urn.rpartition('::')[0]}::{name}", name=name)
