"""An OpenAPI document that no rule can read is refused, by this rule only."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis, by_hand
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-body-is-readable")


@CASES.bad("api", says="refers to another document")
def path_that_is_written_elsewhere():
    apis.rest_api(("paths /orders", {"$ref": "https://example.com/orders.json"}))


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def body_that_is_neither():
    aws.apigateway.RestApi("api", body="{openapi: [")


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def body_with_a_key_given_twice():
    twice = json.dumps(apis.BODY).replace('"security":', '"security": [], "security":')
    aws.apigateway.RestApi("api", body=twice)


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def yaml_with_a_key_given_twice():
    twice = "openapi: 3.0.1\npaths:\n  /pets:\n    get: {security: []}\n    get: {security: []}\n"
    aws.apigateway.RestApi("api", body=twice)


@CASES.bad("api", says="'nobody' of the OpenAPI document is not declared")
def scheme_that_is_not_declared():
    apis.rest_api((f"{apis.OPERATION} security", [{"nobody": []}]))


@CASES.bad("api", says="type is not set")
def integration_without_a_type():
    apis.rest_api((f"{apis.PROXY} type", apis.GONE))


@CASES.bad("get-pets", says="does not refer to an authorizer of this stack")
def method_with_somebody_elses_authorizer():
    apis.method_api(method={"authorizer_id": "abc123"})


@CASES.good
def whole():
    apis.rest_api()


@CASES.good
def methods_of_their_own():
    apis.method_api()


@CASES.ignored
def a_stage():
    apis.stage_of(apis.rest_api())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_body_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def computed():
        function = aws.lambda_.Function("authorizer", role="arn:aws:iam::000000000000:role/x")
        body = pulumi.Output.json_dumps(apis.body((f"{apis.AUTHORIZER} authorizerUri", "…")))
        aws.apigateway.RestApi(
            "api", body=pulumi.Output.all(body, function.invoke_arn).apply(lambda both: both[0])
        )

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "body is not known before the update" in violation.message


def test_an_unknown_body_is_one_violation(pack):
    def computed():
        clean = by_hand.from_a_body()
        body = clean.function.invoke_arn.apply(lambda _: json.dumps(apis.BODY))
        aws.apigateway.RestApi(
            "second",
            body=body,
            disable_execute_api_endpoint=True,
            endpoint_configuration={"types": "REGIONAL"},
            fail_on_warnings=True,
        )

    violations = pack.judge(graph_of(computed, preview=True), preview=True).violations
    assert [v.rule for v in violations] == [CASES.rule]


PUBLIC = {
    "openapi": "3.0.1",
    "paths": {
        "/status": {
            "get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "http://x.y"}}
        }
    },
}
REST_STAGE = "apigateway-stage-requires-web-acl"
ENDPOINT = "apigateway-api-disables-default-endpoint"


def computed_body(name="web", body=PUBLIC, made_of=None):
    """A body that refers to a function, as the ARN of a backend does."""
    function = made_of or aws.lambda_.Function(name, role="arn:aws:iam::000000000000:role/web")
    if made_of is None:
        aws.lambda_.Permission(
            name, action="lambda:InvokeFunction", function=function.name, principal="*"
        )
    return function.invoke_arn.apply(lambda _: json.dumps(body))


def rest(_clean, name="web", **changes):
    api = aws.apigateway.RestApi(name, **{"body": computed_body(name)} | changes)
    deployment = aws.apigateway.Deployment(name, rest_api=api.id)
    stage = aws.apigateway.Stage(name, rest_api=api.id, deployment=deployment.id, stage_name="live")
    aws.apigateway.MethodSettings(
        name, rest_api=api.id, stage_name=stage.stage_name, method_path="*/*", settings={}
    )
    return api, stage


def rest_with_a_domain(clean):
    api, stage = rest(clean)
    domain = aws.apigateway.DomainName(
        "www", domain_name="www.example.com", endpoint_configuration={"types": "EDGE"}
    )
    aws.apigateway.BasePathMapping(
        "www", domain_name=domain.domain_name, rest_api=api.id, stage_name=stage.stage_name
    )


def rest_whose_body_is_put(clean):
    api, _ = rest(clean, body=None)
    aws.apigateway.RestApiPut("put", rest_api_id=api.id, body=computed_body("put"))


def http(_clean, name="http"):
    api = aws.apigatewayv2.Api(name, protocol_type="HTTP", body=computed_body(name))
    aws.apigatewayv2.Stage(name, api_id=api.id, name="$default", auto_deploy=True)


def one_operation(clean):
    """One Output in one operation makes the whole text unknown."""
    body = {"paths": PUBLIC["paths"] | {"/new": {"get": {"x-uri": clean.stage.invoke_url}}}}
    rest(clean, body=pulumi.Output.json_dumps(body))


def a_rest_and_an_http_api(clean):
    rest(clean)
    http(clean)


def mapped(clean):
    """The domain with mutual TLS leads to it, so its known faults are reported as well."""
    _, stage = rest(clean, disable_execute_api_endpoint=False)
    aws.apigateway.BasePathMapping(
        "second",
        domain_name=clean.domain.domain_name,
        base_path="second",
        rest_api=stage.rest_api,
        stage_name=stage.stage_name,
    )


def of_the_authorizer(clean):
    """Its body refers to the authorizer of the guarded API, which makes it a part of that."""
    rest(clean, body=computed_body(made_of=clean.function))


UNKNOWN = [
    (rest, ["web"], set()),
    (rest_with_a_domain, ["web"], set()),
    (rest_whose_body_is_put, ["put"], set()),
    (http, ["http"], set()),
    (one_operation, ["web"], set()),
    (a_rest_and_an_http_api, ["http", "web"], set()),
    (mapped, ["web"], {ENDPOINT, REST_STAGE}),
    (of_the_authorizer, ["web"], {ENDPOINT, REST_STAGE}),
]


def judge_preview(default_pack, line):
    graph = graph_of(lambda: line(by_hand.from_a_body()), preview=True)
    return default_pack.judge(graph, preview=True).violations


@pytest.mark.parametrize(
    ("line", "names", "others"), UNKNOWN, ids=[line.__name__ for line, *_ in UNKNOWN]
)
def test_each_unknown_body_is_one_violation(default_pack, line, names, others):
    """The known faults of a guarded API are reported beside it; another API is not judged."""
    found = judge_preview(default_pack, line)
    ours = [v for v in found if v.rule == CASES.rule]
    assert sorted(v.resource_name for v in ours) == names
    assert {v.rule for v in found} - {CASES.rule} >= others
    assert others or len(found) == len(names), found


def test_the_message_says_what_makes_the_body_unknown(default_pack):
    (violation,) = judge_preview(default_pack, rest)
    assert violation.message.startswith("web: body is not known before the update")
    assert "Its body contains outputs of aws:lambda/function:Function web." in violation.message
    assert "scope.narrow" in violation.message


def test_the_update_judges_what_the_body_then_says(default_pack):
    def sharing(clean):
        rest(clean, body=computed_body("other", body=apis.BODY))

    graph = graph_of(lambda: rest(by_hand.from_a_body()), preview=False)
    assert default_pack.judge(graph, preview=False).violations == ()
    graph = graph_of(lambda: sharing(by_hand.from_a_body()), preview=False)
    assert {ENDPOINT, REST_STAGE} <= {
        v.rule for v in default_pack.judge(graph, preview=False).violations
    }


@pytest.mark.parametrize("bad", [{}, {"fail_on_warnings": False}], ids=["whole", "with a fault"])
def test_the_guarded_body_itself_is_one_violation_beside_its_known_faults(default_pack, bad):
    def program():
        role = aws.iam.Role("role-of-backend", assume_role_policy=json.dumps(by_hand.TRUST))
        known = {
            "disable_execute_api_endpoint": True,
            "endpoint_configuration": {"types": "REGIONAL"},
            "fail_on_warnings": True,
        }
        body = role.arn.apply(lambda _: json.dumps(apis.BODY))
        return by_hand.around(aws.apigateway.RestApi("api", body=body, **known | bad), apis.DIGEST)

    found = default_pack.judge(graph_of(program, preview=True), preview=True).violations
    rules = [v.rule for v in found]
    assert rules.count(CASES.rule) == 1
    assert set(rules) - {CASES.rule} == ({"apigateway-api-import-is-exact"} if bad else set())


def test_an_unknown_body_does_not_stop_the_judgement_of_a_token_in_the_log(default_pack):
    def program(clean):
        rest(clean)
        leaking = json.dumps({"token": "$context.authorizer.authorization"})
        apis.stage_of(
            clean.api,
            "second",
            access_log_settings={"destination_arn": "arn", "format": leaking},
        )

    rules = {(v.rule, v.resource_name) for v in judge_preview(default_pack, program)}
    assert ("apigateway-token-stays-inside", "second") in rules


PARTS = {
    "authorization": {"method": "authorization"},
    "type of the integration": {"integration": "type"},
    "parameters of the integration": {"integration": "request_parameters"},
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_an_unknown_property_of_a_method_is_one_violation_of_the_method(default_pack, part):
    def program():
        unknown = aws.s3.Bucket("data").arn.apply(str)
        ((resource, key),) = part.items()
        return by_hand.from_methods(**{resource: {key: unknown}})

    found = default_pack.judge(graph_of(program, preview=True), preview=True).violations
    assert [v.resource_name for v in found if v.rule == CASES.rule] == ["get-pets"]
    assert {v.resource_name for v in found if v.rule != CASES.rule} <= {"get-pets-backend"}
