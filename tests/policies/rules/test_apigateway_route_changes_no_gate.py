"""A route of any API of a guarded stack must not change a gate with a role of the stack."""

import pulumi_aws as aws
import pytest

from tests.policies import apis, by_hand, truststores
from tests.policies.added_lines import rules_that_refuse
from tests.policies.cases import Cases
from tests.policies.test_gate_changers import FUNCTION, GATES, OWN, allow, document, registry

CASES = Cases("apigateway-route-changes-no-gate")
OBJECTS = f"arn:aws:s3:::{truststores.NAME}/*"
WRITES = allow("s3:PutObject", OBJECTS)
LENT = f"arn:aws:iam::{OWN}:role/lent"


def uri(service, rest):
    return f"arn:aws:apigateway:eu-central-1:{service}:{rest}"


def lent(*statements, service="apigateway"):
    """A role for a service with a policy."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = aws.iam.Role("lent", name="lent", assume_role_policy=document(trust))
    aws.iam.RolePolicy("lent", role=role.name, policy=document(*statements))
    return role


def integration(role, target, method="PUT", **changes):
    """A route of another API of the stack, which nothing connects with the guarded one."""
    api = aws.apigateway.RestApi("tools")
    place = {"rest_api": api.id, "resource_id": api.root_resource_id, "http_method": "PUT"}
    aws.apigateway.Method("put", **place, authorization="AWS_IAM")
    own = {"type": "AWS", "integration_http_method": method, "uri": target}
    aws.apigateway.Integration("put", **place, **own | changes, credentials=role)


def in_the_body(target, credentials=LENT, method="POST"):
    """The same as a route of a guarded API."""
    call = {"type": "aws", "httpMethod": method, "uri": target, "credentials": credentials}
    headers = {"requestParameters": apis.HEADERS}
    return apis.rest_api((apis.PROXY, call | headers), name="second")


@CASES.bad("put", says="credentials lets the caller of the route change a gate")
def an_upload_to_the_truststore():
    by_hand.from_a_body()
    integration(lent(WRITES).arn, uri("s3", f"path/{truststores.NAME}/ca.pem"))


@CASES.good
def an_upload_to_another_bucket():
    by_hand.from_a_body()
    role = lent(allow("s3:PutObject", "arn:aws:s3:::uploads/*"))
    integration(role.arn, uri("s3", "path/uploads/{key}"))


@CASES.ignored
def an_upload_without_a_guarded_api():
    integration(lent(WRITES).arn, uri("s3", f"path/{truststores.NAME}/ca.pem"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def registered(action):
    return allow(action, GATES["registry"][1])


def in_the_registry(action, name):
    def line(clean):
        registry(clean)
        integration(lent(registered(action)).arn, uri("dynamodb", f"action/{name}"), "POST")

    return line


def of_an_http_api(subtype, *statements):
    def line(clean):
        registry(clean)
        api = aws.apigatewayv2.Api("tools", protocol_type="HTTP")
        aws.apigatewayv2.Integration(
            "tools",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_subtype=subtype,
            credentials_arn=lent(*statements).arn,
            request_parameters={"Input": "$request.body"},
        )

    return line


def started(*statements, subtype="StepFunctions-StartExecution"):
    """A state machine whose role has the statements, which a route starts."""

    def line(clean):
        arn = f"arn:aws:states:eu-central-1:{OWN}:stateMachine:works"
        of_an_http_api(subtype, allow("states:StartExecution", arn))(clean)
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}}
        role = aws.iam.Role(
            "works", name="works", assume_role_policy=document(trust | {"Action": "sts:AssumeRole"})
        )
        aws.iam.RolePolicy("works", role=role.name, policy=document(*statements))
        aws.sfn.StateMachine("works", name="works", role_arn=role.arn, definition="{}")

    return line


def called(target, *statements, method="POST"):
    def line(clean):
        registry(clean)
        known = target(clean) if callable(target) else target
        integration(lent(*statements).arn, known, method)

    return line


def by_a_name_in_the_body(action, target, **options):
    def line(clean):
        registry(clean)
        lent(registered(action))
        in_the_body(target, **options)

    return line


def by_appsync(clean):
    registry(clean)
    role = lent(registered("dynamodb:PutItem"), service="appsync").arn
    graph = aws.appsync.GraphQLApi("graph", authentication_type="API_KEY")
    table = {"table_name": "clients", "region": "eu-central-1"}
    aws.appsync.DataSource(
        "clients",
        api_id=graph.id,
        type="AMAZON_DYNAMODB",
        service_role_arn=role,
        dynamodb_config=table,
    )


def by_sftp(_clean):
    role = lent(WRITES, service="transfer").arn
    aws.transfer.User("partner", server_id="s-1", user_name="partner", role=role)


def by_a_device(_clean):
    role = lent(WRITES, service="iot").arn
    rule = {"bucket_name": truststores.NAME, "key": "ca.pem", "role_arn": role}
    aws.iot.TopicRule(
        "rule", enabled=True, sql="SELECT * FROM 'a'", sql_version="2016-03-23", s3=[rule]
    )


SIGNS = allow("kms:*", f"arn:aws:kms:eu-central-1:{OWN}:key/*")
INVOKES = allow("lambda:InvokeFunction", FUNCTION)
DANGEROUS = {
    "put": in_the_registry("dynamodb:PutItem", "PutItem"),
    "batch": in_the_registry("dynamodb:BatchWriteItem", "BatchWriteItem"),
    "transaction": in_the_registry("dynamodb:*", "TransactWriteItems"),
    "PartiQL": in_the_registry("dynamodb:PartiQLUpdate", "ExecuteStatement"),
    "an action of the caller": in_the_registry("dynamodb:DeleteItem", "{action}"),
    "a bucket of the caller": called(uri("s3", "path/{bucket}/{key}"), WRITES, method="PUT"),
    "a bucket as a subdomain": called(
        uri(f"{truststores.NAME}.s3", "path/ca.pem"), WRITES, method="PUT"
    ),
    "a function of the caller": called(
        uri("lambda", "path/2015-03-31/functions/{f}/invocations"), INVOKES
    ),
    "a role of the authorizer": called(
        uri("sts", "action/AssumeRole"), allow("sts:AssumeRole", by_hand.ROLE)
    ),
    "a signature": called(uri("kms", "path//"), SIGNS),
    "an unknown target": called(
        lambda clean: clean.api.id.apply(lambda _: uri("dynamodb", "action/PutItem")),
        registered("dynamodb:PutItem"),
    ),
    "the domain": called(uri("apigateway", "path/domainnames/x"), allow(*GATES["domain"])),
    "the web ACL": called(uri("wafv2", "action/UpdateIPSet"), allow(*GATES["IP set"])),
    "in a body": by_a_name_in_the_body("dynamodb:PutItem", uri("dynamodb", "action/PutItem")),
    "a role of another stack": lambda _: in_the_body(
        uri("dynamodb", "action/PutItem"), LENT.replace("lent", "other")
    ),
    "a subtype with a foreign role": lambda _: aws.apigatewayv2.Integration(
        "tools",
        api_id=apis.http_api().id,
        integration_type="AWS_PROXY",
        integration_subtype="StepFunctions-StartExecution",
        credentials_arn=LENT,
    ),
    "a machine that writes": started(registered("dynamodb:PutItem")),
    "a machine that mints": started(INVOKES, subtype="StepFunctions-StartSyncExecution"),
    "AppSync": by_appsync,
    "SFTP": by_sftp,
    "a device": by_a_device,
}
INNOCENT = {
    "a query": in_the_registry("dynamodb:*", "Query"),
    "another table": called(
        uri("dynamodb", "action/PutItem"),
        allow("dynamodb:PutItem", f"arn:aws:dynamodb:eu-central-1:{OWN}:table/orders"),
    ),
    "a download": called(uri("s3", "path/a/b"), allow("s3:*Object", OBJECTS), method="GET"),
    "a queue": called(uri("sqs", f"path/{OWN}/jobs"), registered("dynamodb:PutItem")),
    "an event": of_an_http_api("EventBridge-PutEvents", allow("events:PutEvents", "arn:a")),
    "a machine that calls a function": started(
        allow("lambda:InvokeFunction", FUNCTION.replace("authorizer", "orders"))
    ),
    "a function by the role of the authorizer's callers": called(
        apis.AUTHORIZER_URI.replace("function:authorizer", "function:orders"), INVOKES
    ),
}


@pytest.mark.parametrize("line", DANGEROUS.values(), ids=DANGEROUS)
def test_a_route_that_changes_a_gate_is_refused(line):
    assert CASES.rule in rules_that_refuse(line)


@pytest.mark.parametrize("line", INNOCENT.values(), ids=INNOCENT)
def test_a_route_that_changes_no_gate_passes(line):
    assert CASES.rule not in rules_that_refuse(line)


def test_a_trusted_role_may_be_used():
    line = DANGEROUS["a role of another stack"]
    role = LENT.replace("lent", "other")
    assert CASES.rule not in rules_that_refuse(line, ("principals", role))
