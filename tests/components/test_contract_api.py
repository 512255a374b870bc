"""The REST API: a body known at preview, deployed by content, throttled, logged, and closed."""

import json
import re

import pulumi
import pulumi_aws as aws
import pytest

from components.contract_api import ContractApi, ContractApiArgs, content_hash
from components.jwks import PublishedKey
from portcullis.errors import MisuseError
from portcullis.graph.resource import UNKNOWN
from tests.portcullis.contract.contracts import PETSTORE

URI = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f:live/invocations"


@pytest.fixture
def build(place):
    def make(**changes):
        def program():
            function = aws.lambda_.Function("function", name="authorizer", role="r", publish=True)
            alias = aws.lambda_.Alias(
                "live", name="live", function_name=function.name, function_version=function.version
            )
            args = {
                "prefix": "portcullis-dev",
                "place": place,
                "contract_file": str(PETSTORE),
                "stage_name": "dev",
                "public_url": "https://api.example.com",
                "backend_url": "https://petstore.example.com",
                "dual_stack": True,
                "authorizer_uri": URI,
                "authorizer_function": alias.function_name,
                "authorizer_alias": alias.name,
                "published_keys": [PublishedKey(kid=function.arn, x="x1", y="y1")],
                "authorizer_cache_seconds": 0,
                "has_rate_plans": False,
                "backend_timeout_seconds": 29,
                "throttle_rate": 100,
                "throttle_burst": 200,
                "log_retention_days": 30,
                "kms_key_arn": None,
                "execution_log_level": "ERROR",
                "xray": True,
                "manage_account_logging": True,
                "protect": True,
                **changes,
            }
            ContractApi("api", ContractApiArgs(**args))

        return program

    return make


ORDERS = "arn:aws:lambda:eu-central-1:111122223333:function:orders"


def triggers(recorded):
    return recorded.one("Deployment").inputs["triggers"]


def test_the_body_is_known_at_preview_and_equal_after_it(engine, build):
    at_preview = engine.preview(build()).one("RestApi").inputs
    assert UNKNOWN not in json.dumps(dict(at_preview))
    assert at_preview == engine.run(build()).one("RestApi").inputs
    document = json.loads(at_preview["body"])
    scheme = document["components"]["securitySchemes"]["clientCertificate"]
    assert scheme["x-amazon-apigateway-authorizer"]["authorizerUri"] == URI


@pytest.mark.parametrize("count", [1, 2])
def test_the_stage_holds_exactly_the_variables_that_the_key_set_reads(engine, build, count):
    keys = [PublishedKey(kid=f"k{n}", x=f"x{n}", y=f"y{n}") for n in range(1, count + 1)]
    recorded = engine.run(build(published_keys=keys))
    variables = recorded.one("Stage").inputs["variables"]
    read = re.findall(r"\$stageVariables\.(\w+)", recorded.one("RestApi").inputs["body"])
    assert sorted(read) == sorted(variables)
    assert variables[f"jwk{count}kid"] == f"k{count}"


def test_the_stage_variables_are_leaves(engine, build):
    variables = engine.preview(build()).one("Stage").inputs["variables"]
    assert variables == {"jwk1kid": UNKNOWN, "jwk1x": "x1", "jwk1y": "y1"}


def test_the_default_endpoint_is_closed(engine, build):
    api = engine.preview(build()).one("RestApi").inputs
    assert api["disableExecuteApiEndpoint"] is True
    (server,) = json.loads(api["body"])["servers"]
    assert server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]


def test_the_api_is_regional_and_the_import_exact(engine, build):
    api = engine.preview(build()).one("RestApi").inputs
    assert api["endpointConfiguration"]["types"] == "REGIONAL"
    assert api["putRestApiMode"] == "overwrite"
    assert api["failOnWarnings"] is True
    # The provider and the import must not rename the API back and forth.
    info = json.loads(api["body"])["info"]
    assert (info["title"], info["description"]) == (api["name"], api["description"])
    assert api["name"] == "portcullis-dev"


@pytest.mark.parametrize(("dual_stack", "expected"), [(True, "dualstack"), (False, "ipv4")])
def test_the_api_accepts_ipv6_by_argument(engine, build, dual_stack, expected):
    api = engine.preview(build(dual_stack=dual_stack)).one("RestApi").inputs
    assert api["endpointConfiguration"]["ipAddressType"] == expected


def test_with_rate_plans_the_key_source_is_an_input(engine, build):
    """In the body alone it is lost: the provider restores the earlier value after each import."""
    assert engine.preview(build(has_rate_plans=True)).one("RestApi").inputs["apiKeySource"] == (
        "AUTHORIZER"
    )
    assert "apiKeySource" not in engine.preview(build()).one("RestApi").inputs


def test_the_api_itself_accepts_tls_1_2_or_later(engine, build):
    assert engine.preview(build()).one("RestApi").inputs["securityPolicy"] == "TLS_1_2"


@pytest.mark.parametrize("protect", [True, False])
def test_the_api_is_protected_by_setting(engine, build, protect):
    assert engine.preview(build(protect=protect)).one("RestApi").flags.protect is protect


def test_equal_content_is_not_deployed_again(engine, build):
    assert triggers(engine.preview(build())) == triggers(engine.preview(build()))


@pytest.mark.parametrize(
    "change",
    [
        {"backend_url": "https://other.example.com"},
        {"backend_timeout_seconds": 3},
        {"authorizer_cache_seconds": 60},
        {"published_keys": [PublishedKey(kid="k", x="x", y="y")] * 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_content_is_deployed_again(engine, build, change):
    assert triggers(engine.preview(build(**change))) != triggers(engine.preview(build()))


@pytest.mark.parametrize(
    "change",
    [
        {"throttle_rate": 1},
        {"log_retention_days": 1},
        {"xray": False},
        {"execution_log_level": "OFF"},
        {"published_keys": [PublishedKey(kid="k", x="x", y="y")]},
        {"protect": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_stage_alone_holds_is_not_deployed_again(engine, build, change):
    assert triggers(engine.preview(build(**change))) == triggers(engine.preview(build()))


def test_the_trigger_is_a_digest_of_content_and_not_of_its_spelling():
    assert len(content_hash("{}")) == 64
    assert content_hash('{"a": 1, "b": 2}') == content_hash('{"b":2,"a":1}')
    assert content_hash('{"a": 1}') != content_hash('{"a": 2}')


def test_the_stage_serves_the_deployment_of_this_api(engine, build):
    recorded = engine.run(build())
    stage, deployment, api = (recorded.one(kind) for kind in ("Stage", "Deployment", "RestApi"))
    assert stage.inputs["deployment"] == deployment.id
    assert stage.inputs["restApi"] == deployment.inputs["restApi"] == api.id
    assert recorded.named(stage.property_dependencies["deployment"]) == {deployment.name}
    assert recorded.named(deployment.property_dependencies["restApi"]) == {api.name}
    # A new deployment exists before the stage leaves the old one.
    assert not deployment.flags.delete_before_replace


def test_only_api_gateway_may_call_the_authorizer(engine, build):
    recorded = engine.run(build())
    api_id = recorded.one("RestApi").id
    assert recorded.one("Permission").inputs == {
        "statementId": "ApiGatewayInvokesAuthorizer",
        "action": "lambda:InvokeFunction",
        "function": "authorizer",
        "qualifier": "live",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": f"arn:aws:execute-api:eu-central-1:111122223333:{api_id}/authorizers/*",
    }


def test_the_permission_is_scoped_to_this_api_at_preview(engine, build):
    recorded = engine.preview(build())
    permission = recorded.one("Permission")
    assert recorded.named(permission.property_dependencies["sourceArn"]) == {"api"}


def test_nothing_is_deployed_before_the_authorizer_may_be_called(engine, build):
    recorded = engine.run(build())
    assert recorded.behind(recorded.one("Deployment")) >= {"api-authorizer", "live", "function"}


def test_every_call_is_throttled_and_measured_and_its_body_never_logged(engine, build):
    recorded = engine.run(build(throttle_rate=5, throttle_burst=7))
    settings = recorded.one("MethodSettings")
    assert settings.inputs["methodPath"] == "*/*"
    assert settings.inputs["settings"] == {
        "throttlingRateLimit": 5,
        "throttlingBurstLimit": 7,
        "loggingLevel": "ERROR",
        "dataTraceEnabled": False,
        "metricsEnabled": True,
        "cachingEnabled": False,
    }
    assert recorded.named(settings.property_dependencies["stageName"]) >= {"api-stage"}


def test_the_access_log_is_kept_for_a_while(engine, build):
    recorded = engine.run(build(log_retention_days=7))
    group, stage = recorded.one("LogGroup", "api-access-log"), recorded.one("Stage")
    assert group.inputs["retentionInDays"] == 7
    assert stage.inputs["accessLogSettings"]["destinationArn"] == group.outputs["arn"]
    line = json.loads(stage.inputs["accessLogSettings"]["format"])
    assert line["requestId"] == "$context.requestId"


def test_the_access_log_s_format_is_known_at_preview(engine, build):
    settings = engine.preview(build()).one("Stage").inputs["accessLogSettings"]
    assert settings["destinationArn"] == UNKNOWN
    assert json.loads(settings["format"])


def test_the_execution_log_has_retention_before_api_gateway_makes_it(engine, build):
    recorded = engine.run(build(log_retention_days=7))
    group = recorded.one("LogGroup", "api-execution-log")
    assert group.inputs["name"] == f"API-Gateway-Execution-Logs_{recorded.one('RestApi').id}/dev"
    assert group.inputs["retentionInDays"] == 7
    assert group.name in recorded.behind(recorded.one("MethodSettings"))


def test_without_execution_logs_there_is_no_group_for_them(engine, build):
    recorded = engine.run(build(execution_log_level="OFF"))
    assert [group.name for group in recorded.all("LogGroup")] == ["api-access-log"]
    assert recorded.one("MethodSettings").inputs["settings"]["loggingLevel"] == "OFF"


def test_both_logs_take_the_stack_s_own_key(engine, build):
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    groups = engine.run(build(kms_key_arn=key)).all("LogGroup")
    assert [group.inputs["kmsKeyId"] for group in groups] == [key, key]


def test_the_region_s_logging_role_outlives_the_stack(engine, build):
    recorded = engine.run(build())
    role, account = recorded.one("Role"), recorded.one("Account")
    attachment = recorded.one("RolePolicyAttachment")
    assert all(r.flags.retain_on_delete for r in (role, account, attachment))
    assert account.inputs["cloudwatchRoleArn"] == role.outputs["arn"]
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}
    # A kept role of an old stack must not stand in the way of a new one's.
    assert "name" not in role.inputs
    assert recorded.behind(recorded.one("Stage")) >= {account.name, attachment.name, role.name}


def test_the_region_s_logging_role_can_be_left_to_another_stack(engine, build):
    recorded = engine.run(build(manage_account_logging=False))
    assert not recorded.all("Account")
    assert not recorded.all("Role")
    assert recorded.one("Stage")


@pytest.mark.parametrize("xray", [True, False])
def test_traces_are_taken_by_setting(engine, build, xray):
    assert engine.run(build(xray=xray)).one("Stage").inputs["xrayTracingEnabled"] is xray


def test_there_is_one_stage_and_nothing_caches(engine, build):
    stage = engine.run(build()).one("Stage").inputs
    assert "cacheClusterEnabled" not in stage
    assert "canarySettings" not in stage


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build())
    component = recorded.one("ContractApi")
    children = [
        r for r in recorded.graph if r is not component and r.name not in ("function", "live")
    ]
    assert {child.parent for child in children} == {component.urn}
    assert all(child.name.startswith("api") for child in children)


def test_outputs_name_the_stage(engine, build):
    recorded = engine.run(build())
    api_id = recorded.one("RestApi").id
    assert recorded.one("ContractApi").outputs == {
        "restApiId": api_id,
        "stageName": "dev",
        "stageArn": f"arn:aws:apigateway:eu-central-1::/restapis/{api_id}/stages/dev",
    }


def test_an_output_where_a_known_value_belongs_does_not_pass_silently(engine, build):
    def program():
        build(backend_url=pulumi.Output.from_input("https://petstore.example.com"))()

    with pytest.raises(TypeError, match="Output"):
        engine.preview(program)


def test_the_stage_presents_the_first_backend_certificate(engine, build):
    recorded = engine.run(build(backend_certificates=("first", "second")))
    first = recorded.one("ClientCertificate", "api-backend-certificate-first")
    assert recorded.one("Stage").inputs["clientCertificateId"] == first.id
    assert len(recorded.all("ClientCertificate")) == 2


def test_by_default_an_https_backend_gets_a_certificate(engine, build):
    assert "clientCertificateId" in engine.run(build()).one("Stage").inputs


@pytest.mark.parametrize(
    "change",
    [
        {"backend_certificates": ()},
        {"backend_url": "http://petstore.example.com"},
        {"backend_url": None, "backend_function_arn": ORDERS},
    ],
    ids=["empty list", "plain http", "function"],
)
def test_without_tls_or_names_none_is_presented(engine, build, change):
    recorded = engine.run(build(**change))
    assert "clientCertificateId" not in recorded.one("Stage").inputs
    assert recorded.all("ClientCertificate") == []


def test_another_presented_certificate_is_deployed(engine, build):
    """A second one that only exists changes nothing for the backend."""
    before = triggers(engine.preview(build(backend_certificates=("first",))))
    assert triggers(engine.preview(build(backend_certificates=("first", "second")))) == before
    after = triggers(engine.preview(build(backend_certificates=("second", "first"))))
    assert after != before
    assert after["body"] == before["body"]


NEITHER = {"backend_url": None}
BOTH = {"backend_url": "https://petstore.example.com", "backend_function_arn": ORDERS}


@pytest.mark.parametrize(
    ("arn", "qualifier"), [(ORDERS, None), (f"{ORDERS}:live", "live"), (f"{ORDERS}:7", "7")]
)
def test_api_gateway_may_invoke_the_backend_function_for_this_stage_only(
    engine, build, arn, qualifier
):
    recorded = engine.run(build(backend_url=None, backend_function_arn=arn))
    permission = recorded.one("Permission", "api-backend").inputs
    assert permission["function"] == ORDERS
    assert permission.get("qualifier") == qualifier
    execution_arn = recorded.one("RestApi").property("executionArn")
    assert permission["sourceArn"] == f"{execution_arn}/dev/*/*"
    assert "api-backend" in recorded.behind(recorded.one("Deployment"))


def test_a_url_backend_adds_no_permission(engine, build):
    recorded = engine.run(build())
    assert [p.name for p in recorded.all("Permission")] == ["api-authorizer"]


@pytest.mark.parametrize("kinds", [NEITHER, BOTH], ids=["neither", "both"])
def test_exactly_one_kind_of_backend_is_accepted(engine, build, kinds):
    with pytest.raises(MisuseError, match="exactly one of backend_url"):
        engine.preview(build(**kinds))
