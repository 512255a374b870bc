"""Finds what the guarded APIs of a stack stand on: functions, roles, keys and log groups.

It is what their parts, their log and their signing keys refer to, directly or by way of other
resources, and the functions, roles and log groups that they name in text.
See docs/decisions/0019-what-guarded-apis-stand-on.md.
"""

import re
from collections.abc import Iterator

from policies.reading import types
from policies.reading.functions import FUNCTIONS, function_name
from policies.reading.guarded import GATEWAY, OUR_COMPONENTS
from policies.reading.judged_apis import (
    ANY_CALL,
    called_by_judged_apis,
    is_called,
    parts_of_judged_apis,
)
from policies.reading.permissions import ATTACHMENTS, POLICY
from policies.reading.principals import roles_named_in
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.signing import KEYS, signs_tokens

# Resources that are judged only if a guarded API stands on them.
OF_FUNCTION = {types.LAMBDA_PERMISSION: "function", types.FUNCTION_URL: "functionName"}
FOUNDED = frozenset(
    {types.FUNCTION, types.KMS_KEY, types.KMS_KEY_POLICY, types.LOG_GROUP, *OF_FUNCTION}
)
# Properties of API Gateway and KMS whose texts contain ARNs of roles.
WITH_ROLES = ("body", "policy", "credentials", "authorizerCredentials", "cloudwatchRoleArn")
ROLE_KEYS = ("role", "roles", "roleName")
LOG_GROUP_IN_ARN = re.compile(r":log-group:([\w./#-]+)")
LOGS_OF_SERVICES = ("API-Gateway-Execution-Logs_", "aws-waf-logs-")
PROVIDER = "pulumi:providers:"


def is_founded(resource: JudgedResource, stack: Stack) -> bool:
    """Whether a guarded API stands on the resource, or it cannot be told apart."""
    if stack.is_widened or OUR_COMPONENTS in resource.urn:
        return True
    if resource.type in OF_FUNCTION:
        return is_called(resource, OF_FUNCTION[resource.type], stack) or any(
            function.urn in _foundation(stack)
            for function in stack.used_by(resource, OF_FUNCTION[resource.type], *FUNCTIONS)
        )
    if resource.type == types.KMS_KEY_POLICY:
        keys = stack.used_by(resource, "keyId", *KEYS)
        return not keys or any(is_founded(key, stack) for key in keys)
    if resource.type == types.LOG_GROUP and _is_named_log(resource, stack):
        return True
    return resource.urn in _foundation(stack)


def is_log_founded(resource: JudgedResource, key: str, stack: Stack) -> bool:
    """Whether a property names or refers to a log group that a guarded API writes to, or may."""
    name = resource[key]
    groups = stack.used_by(resource, key, types.LOG_GROUP)
    if not name.known and not groups:
        return True  # it may be any log group
    if any(is_founded(group, stack) for group in groups):
        return True
    return name.is_text and _is_name_of_log(name.text(), stack)


def is_role_founded(resource: JudgedResource, key: str, stack: Stack) -> bool:
    """Whether the role that a policy or an attachment names or refers to is one of them."""
    if stack.is_widened or OUR_COMPONENTS in resource.urn:
        return True
    used = stack.used_by(resource, key, types.IAM_ROLE)
    names = [str(leaf.leaf()) for leaf in resource[key].leaves()]
    used += [role for name in names for role in stack.named(types.IAM_ROLE, name)]
    if not used and not names and resource[key].present:
        return True  # it may be any role
    return any(role.urn in _foundation(stack) for role in used)


def are_permissions_founded(resource: JudgedResource, stack: Stack) -> bool:
    """Whether a guarded API stands on the role that has the permissions of an IAM resource."""
    if resource.type == types.IAM_ROLE:
        return is_founded(resource, stack)
    if resource.type == POLICY:
        users = [
            *(
                user
                for type_, (_, key) in ATTACHMENTS.items()
                for user in stack.users_of(resource, key, type_)
            ),
            *stack.users_of(resource, "managedPolicyArns", types.IAM_ROLE),
        ]
        return stack.is_widened or any(are_permissions_founded(user, stack) for user in users)
    keys = [key for key in ROLE_KEYS if resource[key].present]
    return stack.is_widened or any(is_role_founded(resource, key, stack) for key in keys)


@once_per_stack
def _foundation(stack: Stack) -> frozenset[str]:
    waiting = [part for own in parts_of_judged_apis(stack) for part in own]
    waiting += stack.of_type(types.WEB_ACL_LOGGING)
    waiting += [key for key in stack.of_type(*KEYS) if signs_tokens(key, stack)]
    called = called_by_judged_apis(stack, ANY_CALL)
    waiting += [
        f for f in stack.of_type(types.FUNCTION) if f["name"].is_text and f["name"].text() in called
    ]
    found = {one.urn for one in waiting}
    while waiting:
        current = waiting.pop()
        for used in _under(current, stack):
            if used.urn not in found:
                found.add(used.urn)
                waiting.append(used)
    return frozenset(found)


def _under(resource: JudgedResource, stack: Stack) -> Iterator[JudgedResource]:
    """The resources that one resource refers to or names."""
    for urn in resource.references:
        used = stack.resource(urn)
        if used is not None and not used.type.startswith(PROVIDER):
            yield used
    if resource.type == types.FUNCTION:
        if resource["role"].is_text:
            yield from roles_named_in(resource["role"].text(), stack)
        return
    if resource.type == types.FUNCTION_ALIAS and resource["functionName"].is_text:
        yield from stack.named(types.FUNCTION, function_name(resource["functionName"].text()))
    texts = [resource] if resource.type.startswith(GATEWAY) else []
    if resource.type in KEYS:
        texts = [resource, *stack.users_of(resource, "keyId", types.KMS_KEY_POLICY)]
    for node in (one[key] for one in texts for key in WITH_ROLES):
        if node.is_text:
            yield from roles_named_in(node.text(), stack)


def _is_named_log(group: JudgedResource, stack: Stack) -> bool:
    """Whether a log group has a name that a part of a guarded API writes to."""
    name = group["name"]
    if not name.known:
        return not _foundation(stack).isdisjoint(group.uses("name"))
    return _is_name_of_log(name.text(), stack)


def _is_name_of_log(name: str, stack: Stack) -> bool:
    return name.startswith(LOGS_OF_SERVICES) or name in _names_of_logs(stack)


@once_per_stack
def _names_of_logs(stack: Stack) -> frozenset[str]:
    return frozenset(_find_names(stack))


def _find_names(stack: Stack) -> Iterator[str]:
    for urn in _foundation(stack):
        resource = stack.resource(urn)
        if resource is None:
            continue
        if resource.type == types.FUNCTION:
            if resource["name"].is_text:
                yield f"/aws/lambda/{resource['name'].text()}"
            group = resource["loggingConfig"]
            if group.known and group["logGroup"].is_text:
                yield group["logGroup"].text()
        elif resource.type in {types.REST_STAGE, types.HTTP_STAGE, types.WEB_ACL_LOGGING}:
            for leaf in resource.properties.leaves():
                yield from LOG_GROUP_IN_ARN.findall(str(leaf.leaf()))
