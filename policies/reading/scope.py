"""Decides which resources of a stack the rules judge.

Without a trace of mutual TLS nothing is in scope. Beside a guarded API, resources of an API that is
left out are left out, and so is what no judged API stands on.
See docs/decisions/0017-which-apis-are-judged.md and 0019-what-guarded-apis-stand-on.md.
"""

from policies.reading import types
from policies.reading.foundation import FOUNDED, is_founded
from policies.reading.guarded import GATEWAY, has_guarded_api, requires_certificate
from policies.reading.judged_apis import (
    DOMAINS,
    apis_left_out,
    apis_of_resource,
    mappings_of,
    unread_apis,
)
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import REGIONAL, may_guard_api

WAF = frozenset(
    {
        types.WEB_ACL,
        types.WEB_ACL_RULE,
        types.WEB_ACL_RULE_GROUP,
        types.WEB_ACL_LOGGING,
        types.IP_SET,
        types.RULE_GROUP,
    }
)
NOTHING = "no API of the stack is behind mutual TLS; scope.widen in configuration.yaml judges all"
ELSEWHERE = "it belongs to no API behind mutual TLS"


def left_out(resource: JudgedResource, stack: Stack, *, judges_unread: bool = False) -> str:
    """Why a rule on guarded APIs does not judge a resource; empty if it does.

    ``judges_unread``: the rule also judges APIs whose document cannot be read.
    """
    if not has_guarded_api(stack):
        return NOTHING
    if judges_unread and not unread_apis(stack).isdisjoint(apis_of_resource(resource, stack)):
        return ""
    return "" if _is_covered(resource, stack) else ELSEWHERE


def _is_covered(resource: JudgedResource, stack: Stack) -> bool:
    if resource.type in WAF:
        return _is_waf_covered(resource, stack)
    if resource.type in FOUNDED:
        return is_founded(resource, stack)
    out = apis_left_out(stack)
    apis = _apis_behind(resource, stack) if out else []
    return not apis or not out.issuperset(apis)


def _apis_behind(resource: JudgedResource, stack: Stack) -> list[str]:
    """URNs of the APIs that a resource is about; none if it is about the whole stack."""
    if resource.type in DOMAINS:
        if requires_certificate(resource):
            return []
        return [
            api
            for mapping in mappings_of(resource, stack)
            for api in apis_of_resource(mapping, stack)
        ]
    if resource.type == types.WEB_ACL_ASSOCIATION:
        used = stack.used_by(resource, "resourceArn")
        return [api for one in used for api in apis_of_resource(one, stack)]
    return list(apis_of_resource(resource, stack)) if resource.type.startswith(GATEWAY) else []


def _is_waf_covered(resource: JudgedResource, stack: Stack) -> bool:
    """Whether it belongs to a web ACL that may be in front of a guarded API."""
    if resource.type in {types.IP_SET, types.RULE_GROUP}:
        return _is_regional(resource)
    acls = [resource]
    if resource.type != types.WEB_ACL:
        key = "resourceArn" if resource.type == types.WEB_ACL_LOGGING else "webAclArn"
        acls = stack.used_by(resource, key, types.WEB_ACL)
    return not acls or any(_is_acl_covered(acl, stack) for acl in acls)


def _is_acl_covered(acl: JudgedResource, stack: Stack) -> bool:
    if not (_is_regional(acl) and may_guard_api(acl, stack)):
        return False
    associations = stack.users_of(acl, "webAclArn", types.WEB_ACL_ASSOCIATION)
    return not associations or any(_is_covered(one, stack) for one in associations)


def _is_regional(resource: JudgedResource) -> bool:
    scope = resource["scope"]
    return not scope.known or not scope.is_text or scope.text().upper() == REGIONAL
