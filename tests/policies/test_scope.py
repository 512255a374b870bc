"""Which APIs are judged: what stands behind mutual TLS, what has lost it, and nothing else."""

import json
from dataclasses import replace

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, apis, by_hand
from tests.policies.in_process import pack_in_process
from tests.policies.running import WIDENED, files_with, graph_of

WHY = {"reason": "It is the status page.", "owner": "platform-team"}
PUBLIC_BODY = {
    "openapi": "3.0.1",
    "paths": {
        "/status": {
            "get": {
                "x-amazon-apigateway-integration": {
                    "type": "http_proxy",
                    "httpMethod": "GET",
                    "uri": "http://status.example.net/",
                }
            }
        }
    },
}


def public_api(name="status", body=PUBLIC_BODY, **changes):
    """An API of everybody's: default endpoint, no authorizer, plain HTTP, no web ACL."""
    api = aws.apigateway.RestApi(name, body=json.dumps(body), **changes)
    deployment = aws.apigateway.Deployment(f"{name}-deployment", rest_api=api.id)
    aws.apigateway.Stage(
        f"{name}-stage", rest_api=api.id, deployment=deployment.id, stage_name="live"
    )
    return api


def public_site():
    function = aws.lambda_.Function("web", role="arn:aws:iam::000000000000:role/web")
    api = aws.apigatewayv2.Api("web", protocol_type="HTTP", target=function.arn)
    aws.lambda_.Permission(
        "web",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
    )
    bucket = aws.s3.Bucket("site", acl="public-read")
    aws.s3.BucketObjectv2("index", bucket=bucket.bucket, key="index.html", content="hello")
    acl = aws.wafv2.WebAcl(
        "site",
        scope="CLOUDFRONT",
        default_action={"allow": {}},
        visibility_config=acls.VISIBILITY,
    )
    aws.cloudfront.Distribution(
        "site",
        enabled=True,
        web_acl_id=acl.arn,
        origins=[{"domain_name": api.api_endpoint, "origin_id": "api"}],
        default_cache_behavior={
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "target_origin_id": "api",
            "viewer_protocol_policy": "redirect-to-https",
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )
    aws.cloudwatch.LogGroup("web")


def public_domain():
    api = public_api()
    domain = aws.apigateway.DomainName(
        "status", domain_name="status.example.com", endpoint_configuration={"types": "EDGE"}
    )
    aws.apigateway.BasePathMapping(
        "status", domain_name=domain.domain_name, rest_api=api.id, stage_name="live"
    )


def web_socket_api():
    api = aws.apigatewayv2.Api(
        "chat", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action"
    )
    backend = aws.apigatewayv2.Integration(
        "chat", api_id=api.id, integration_type="HTTP_PROXY", integration_uri="https://chat.example"
    )
    aws.apigatewayv2.Route(
        "chat",
        api_id=api.id,
        route_key="$default",
        target=pulumi.Output.concat("integrations/", backend.id),
    )
    aws.apigatewayv2.Stage("chat", api_id=api.id, name="live")


def routes_of_other_authorizers():
    api = aws.apigatewayv2.Api("shop", protocol_type="HTTP")
    backend = aws.apigatewayv2.Integration(
        "shop", api_id=api.id, integration_type="HTTP_PROXY", integration_uri="https://shop.example"
    )
    jwt = aws.apigatewayv2.Authorizer(
        "jwt",
        api_id=api.id,
        name="jwt",
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
    )
    for key, changes in {
        "GET /iam": {"authorization_type": "AWS_IAM"},
        "GET /jwt": {"authorization_type": "JWT", "authorizer_id": jwt.id},
    }.items():
        aws.apigatewayv2.Route(
            key,
            api_id=api.id,
            route_key=key,
            target=pulumi.Output.concat("integrations/", backend.id),
            **changes,
        )
    rest = aws.apigateway.RestApi("users")
    root = aws.apigateway.Resource(
        "users", rest_api=rest.id, parent_id=rest.root_resource_id, path_part="users"
    )
    aws.apigateway.Method(
        "users",
        rest_api=rest.id,
        resource_id=root.id,
        http_method="GET",
        authorization="COGNITO_USER_POOLS",
        authorizer_id="abc123",
    )


def private_api():
    public_api(endpoint_configuration={"types": "PRIVATE"})


def body_that_only_an_update_knows():
    function = aws.lambda_.Function("web", role="arn:aws:iam::000000000000:role/web")
    aws.apigateway.RestApi("web", body=function.invoke_arn.apply(lambda _: json.dumps(PUBLIC_BODY)))


def components_of_other_providers():
    pulumi.CustomResource("pulumi-python:dynamic:Resource", "dynamic", {})
    pulumi.CustomResource("aws-native:apigateway:RestApi", "native", {})
    pulumi.ComponentResource("awsx:ec2:Vpc", "network")


def policies_of_an_account():
    user = aws.iam.User("reader")
    aws.iam.AccessKey("reader", user=user.name)
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    aws.iam.UserPolicy("reader", user=user.name, policy=json.dumps(document))
    aws.kms.Key("data")
    aws.lambda_.FunctionUrl("public", function_name="web", authorization_type="NONE")


PUBLIC = [
    public_site,
    public_domain,
    web_socket_api,
    routes_of_other_authorizers,
    private_api,
    body_that_only_an_update_knows,
    components_of_other_providers,
    policies_of_an_account,
]


@pytest.mark.parametrize("program", PUBLIC, ids=lambda program: program.__name__)
def test_a_stack_without_mutual_tls_is_left_alone(judged, program):
    assert judged(program) == ()


def test_a_rule_with_nothing_in_its_scope_says_why(pack):
    verdict = pack.judge(graph_of(public_site, preview=True), preview=True)
    assert verdict.not_applicable["apigateway-api-disables-default-endpoint"] == (
        "no API of the stack is behind mutual TLS; scope.widen in configuration.yaml judges all"
    )
    assert "secrets-stay-out-of-properties" in {rule.name for rule in verdict.compliant}


@pytest.mark.parametrize("program", PUBLIC[1:5], ids=lambda program: program.__name__)
def test_beside_a_guarded_api_a_separate_one_is_left_alone(judged, program):
    assert judged(lambda: (by_hand.from_a_body(), program())) == ()


def sharing(**changes):
    operation = {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "…"} | changes}
    return {"openapi": "3.0.1", "paths": {"/open": {"get": operation}}}


CONNECTED = {
    "the same backend": lambda: public_api(body=sharing(uri="https://backend.example.com/open")),
    "the same authorizer": lambda: public_api(
        body=sharing() | {"components": apis.BODY["components"]}
    ),
    "a certificate in its log": lambda: public_api(
        body=sharing(requestParameters={"a": "context.identity.clientCert.subjectDN"})
    ),
}


@pytest.mark.parametrize("program", CONNECTED.values(), ids=CONNECTED)
def test_beside_a_guarded_api_one_that_is_connected_with_it_is_judged(judged, program):
    rules = {v.rule for v in judged(lambda: (by_hand.from_a_body(), program()))}
    assert "apigateway-api-disables-default-endpoint" in rules
    assert "apigateway-stage-requires-web-acl" in rules
    assert "apigateway-route-requires-authorizer" in rules


def test_an_api_that_refers_to_the_function_another_names_in_text_is_judged(judged):
    def program():
        clean = by_hand.from_a_body()
        api = aws.apigatewayv2.Api("web", protocol_type="HTTP")
        aws.apigatewayv2.Integration(
            "web",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=clean.function.invoke_arn,
        )

    assert "apigateway-api-disables-default-endpoint" in {v.rule for v in judged(program)}


def test_a_body_that_may_be_connected_is_refused_in_a_preview(pack):
    def program():
        by_hand.from_a_body()
        body_that_only_an_update_knows()

    verdict = pack.judge(graph_of(program, preview=True), preview=True)
    assert [v.rule for v in verdict.violations] == ["apigateway-body-is-readable"]


def test_an_api_is_judged_if_the_guarded_domain_leads_to_it(judged):
    def program():
        clean = by_hand.from_a_body()
        api = public_api()
        aws.apigateway.BasePathMapping(
            "second",
            domain_name=clean.domain.domain_name,
            base_path="status",
            rest_api=api.id,
            stage_name="live",
        )

    rules = {v.rule for v in judged(program)}
    assert {
        "apigateway-api-disables-default-endpoint",
        "apigateway-mapping-leads-to-guarded-stage",
        "apigateway-route-requires-authorizer",
    } <= rules


@pytest.mark.parametrize("program", [by_hand.from_a_body, by_hand.from_methods])
def test_when_the_domain_is_lost_every_api_is_judged(judged, program):
    """A truststore or a certificate in a log says that there was one."""
    rules = {v.rule for v in judged(lambda: (program(without="mutual TLS"), public_api()))}
    assert "apigateway-domain-requires-mtls" in rules
    assert "apigateway-api-disables-default-endpoint" in rules


def truststore_left():
    aws.s3.BucketObjectv2("upload", bucket="trust", key="truststore.pem", content="…")


def log_left():
    api = aws.apigateway.RestApi("other")
    apis.stage_of(api)


def identity_source_left():
    api = aws.apigatewayv2.Api("other", protocol_type="HTTP")
    aws.apigatewayv2.Authorizer(
        "guard",
        api_id=api.id,
        name="guard",
        authorizer_type="REQUEST",
        identity_sources=["$context.identity.clientCert.serialNumber"],
    )


def component_left():
    pulumi.ComponentResource("portcullis:index:JwtAuthorizer", "authorizer")


@pytest.mark.parametrize("trace", [truststore_left, log_left, identity_source_left, component_left])
def test_any_trace_of_mutual_tls_is_enough(judged, trace):
    rules = {v.rule for v in judged(lambda: (public_api(), trace()))}
    assert "apigateway-api-disables-default-endpoint" in rules


def test_beside_our_components_an_api_needs_a_domain(judged):
    def program():
        component_left()
        aws.apigateway.RestApi(
            "api",
            disable_execute_api_endpoint=True,
            endpoint_configuration={"types": "REGIONAL"},
        )

    found = judged(program)
    assert any("no custom domain of this stack leads to it" in v.message for v in found)


def judge_with(tmp_path, configuration, program):
    pack = pack_in_process(files_with(tmp_path, configuration))
    return pack.judge(graph_of(program, preview=True), preview=True)


def test_a_configuration_widens_the_scope(tmp_path):
    verdict = judge_with(tmp_path, WIDENED, public_api)
    assert "apigateway-api-disables-default-endpoint" in {v.rule for v in verdict.violations}
    assert ("widen", "every API") in {(t.kind, t.name) for t in verdict.trusted}


@pytest.mark.parametrize(
    "target",
    [{"api": "api-of-partners"}, {"tag": "audience=public"}],
    ids=["by name", "by tag"],
)
def test_a_configuration_narrows_the_scope(tmp_path, target):
    def program():
        by_hand.from_a_body()
        public_api(
            name="api-of-partners",
            body=sharing(uri="https://backend.example.com/open"),
            tags={"audience": "public"},
        )

    verdict = judge_with(tmp_path, {"scope": {"narrow": [{**target, **WHY}]}}, program)
    assert verdict.mandatory == ()
    (shown,) = verdict.trusted
    assert shown.kind == "narrow"
    assert shown.resource_name == "api-of-partners"


def test_narrowing_does_not_leave_out_another_api(tmp_path):
    def program():
        by_hand.from_a_body(without="web ACL")

    verdict = judge_with(tmp_path, {"scope": {"narrow": [{"api": "status", **WHY}]}}, program)
    rules = {v.rule for v in verdict.violations}
    assert "apigateway-stage-requires-web-acl" in rules
    assert "portcullis-configuration-is-used" in rules


@pytest.mark.parametrize(
    "program",
    [
        lambda: aws.lambda_.Function(
            "web",
            role="arn:aws:iam::000000000000:role/web",
            environment={"variables": {"DB_PASSWORD": "hunter2-hunter2"}},
        ),
        lambda: aws.kms.Key(
            "signing",
            key_usage="SIGN_VERIFY",
            policy=json.dumps(
                {
                    "Statement": [
                        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
                    ]
                }
            ),
        ),
        lambda: aws.iam.Role(
            "open",
            assume_role_policy=json.dumps(
                {
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
                    ]
                }
            ),
        ),
    ],
    ids=["a password in code", "everybody signs", "everybody assumes the role"],
)
def test_what_is_dangerous_everywhere_is_refused_in_any_stack(judged, program):
    assert len(judged(program)) == 1


def test_a_resource_whose_scope_cannot_be_decided_is_judged(pack):
    """An API whose parts are malformed is not taken for a separate one."""
    graph = graph_of(lambda: (by_hand.from_a_body(), public_api()), preview=True)
    (status,) = [r for r in graph if r.name == "status"]
    broken = replace(status, inputs={**status.inputs, "tags": 3}, outputs={"tags": 3})
    changed = replace(graph, resources=tuple(broken if r.urn == status.urn else r for r in graph))
    rules = {v.rule for v in pack.judge(changed, preview=True).violations}
    assert "apigateway-api-disables-default-endpoint" in rules
