"""Checks whether a function's resource-based policy allows API Gateway to invoke it.

Without the permission every caller gets a 500, as on AWS.
Source: API Gateway Developer Guide, "Configure a Lambda authorizer" and "Lambda integrations";
Lambda's resource-based policies.
"""

from portcullis.gateway.resources.arn import FunctionArn, function_arn, matches
from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.graph.resource import Graph

PERMISSION = "aws:lambda/permission:Permission"
PRINCIPAL = "apigateway.amazonaws.com"
ACTIONS = frozenset({"lambda:InvokeFunction", "lambda:*"})


def may_invoke(graph: Graph, function: FunctionArn, *, source_arn: str, account: str) -> bool:
    """Whether API Gateway may invoke it as ``source_arn``, an authorizer or a method of an API.

    These are ``{execution ARN}/authorizers/{id}`` and ``{execution ARN}/{stage}/{method}{path}``.
    """
    return any(
        _allows(read_resource(resource), function, source_arn, account)
        for resource in graph.of_type(PERMISSION)
    )


def _allows(permission: Block, function: FunctionArn, source_arn: str, account: str) -> bool:
    named = permission.required_text("function")
    parsed = function_arn(named)
    name = parsed.name if parsed else named.rpartition(":function:")[2]
    qualifier = permission.text("qualifier") or (parsed.qualifier if parsed else None)
    pattern = permission.text("sourceArn") or None
    source_account = permission.text("sourceAccount") or None
    return (
        name == function.name
        and qualifier == function.qualifier
        and permission.required_text("principal") == PRINCIPAL
        and permission.required_text("action") in ACTIONS
        and (pattern is None or matches(pattern, source_arn))
        and (source_account is None or source_account == account)
        and "eventSourceToken" not in permission
        and "functionUrlAuthType" not in permission
        and "principalOrgId" not in permission
        and not permission.flag("invokedViaFunctionUrl")
    )
