"""Mutants that put another service before an authorizer, or send its log to another account."""

import json
from collections.abc import Iterator

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import Mutant, fresh, with_resource
from portcullis.graph.resource import UNKNOWN, Graph, Resource

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "apigateway.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


def front_mutants(graph: Graph, function: Resource) -> Iterator[Mutant]:
    """``function`` is of an authorizer."""
    name = function.inputs["name"]
    arn = f"arn:aws:lambda:eu-central-1:000000000000:function:{name}"
    changes = {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": arn}
    policy = {"name": "changes", "policy": json.dumps({"Statement": [changes]})}
    trust = json.dumps({"Statement": [TRUST]})
    role = fresh(graph, types.ROLE, "lent", {"assumeRolePolicy": trust, "inlinePolicies": [policy]})
    path = "lambda:path/2015-03-31/functions/{function}/code"
    route = fresh(
        graph,
        "aws:apigatewayv2/integration:Integration",
        "lent",
        {
            "apiId": "abcdef1234",
            "integrationType": "AWS",
            "integrationUri": f"arn:aws:apigateway:eu-central-1:{path}",
            "credentialsArn": UNKNOWN,
        },
        {"credentialsArn": [role]},
    )
    source = fresh(
        graph,
        "aws:appsync/dataSource:DataSource",
        "source",
        {"type": "AWS_LAMBDA", "lambdaConfig": {"functionArn": UNKNOWN}},
        {"lambdaConfig": [function]},
    )
    subscription = fresh(
        graph,
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "subscription",
        {
            "logGroup": f"/aws/lambda/{name}",
            "destinationArn": "arn:aws:logs:eu-central-1:999999999999:destination:central",
        },
    )
    for what, added in (
        ("a route that may change its code", (role, route)),
        ("a GraphQL API before it", (source,)),
        ("a subscription of another account to its log", (subscription,)),
    ):
        yield Mutant(target=function.name, what=what, graph=with_resource(graph, *added))
