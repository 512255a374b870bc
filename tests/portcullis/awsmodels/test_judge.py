"""The judge finds every planted fault, one of each kind, and none in the project's own stacks."""

import json
from dataclasses import replace

import pytest

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.judge import judge, judge_resource
from portcullis.graph.resource import UNKNOWN, Graph, Resource

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
FUNCTION = "aws:lambda/function:Function"
REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
DOMAIN = "aws:apigateway/domainName:DomainName"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
BUCKET = "aws:s3/bucket:Bucket"
TOPIC = "aws:sns/topic:Topic"
CERTIFICATE = "aws:acm/certificate:Certificate"
RECORD = "aws:route53/record:Record"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"


@pytest.fixture(scope="module")
def staging(graph_of):
    return graph_of("staging")


def first(graph, resource_type):
    return graph.of_type(resource_type)[0]


def changed(graph, resource_type, change):
    """The graph with the first resource of a type changed by ``change(inputs)``."""
    subject = first(graph, resource_type)
    inputs = json.loads(json.dumps(dict(subject.inputs)))
    change(inputs)
    return with_resources(
        graph, [replace(r, inputs=inputs) if r is subject else r for r in graph.resources]
    )


def with_resources(graph, resources):
    return Graph(project=graph.project, stack=graph.stack, resources=tuple(resources))


def setting(**values):
    return lambda inputs: inputs.update(values)


def without(name):
    return lambda inputs: inputs.pop(name)


def rule(index, **values):
    return lambda inputs: inputs["rules"][index].update(values)


def in_body(change):
    def apply(inputs):
        body = json.loads(inputs["body"])
        change(body)
        inputs["body"] = json.dumps(body)

    return apply


def integration(**values):
    return in_body(
        lambda body: body["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"].update(values)
    )


def blocks(count):
    """Rules of which each needs 700 WCU."""
    return {
        "rules": [
            {
                "name": f"common-{n}",
                "priority": n,
                "overrideAction": {"none": {}},
                "statement": {
                    "managedRuleGroupStatement": {
                        "vendorName": "AWS",
                        "name": "AWSManagedRulesCommonRuleSet",
                    }
                },
                "visibilityConfig": {
                    "metricName": f"common-{n}",
                    "sampledRequestsEnabled": False,
                    "cloudwatchMetricsEnabled": True,
                },
            }
            for n in range(count)
        ]
    }


PLANTED = {
    # patterns
    "semicolon": (WEB_ACL, setting(description="Allow-list; rate limit"), FaultKind.PATTERN),
    "acl-name": (WEB_ACL, setting(name="portcullis dev"), FaultKind.PATTERN),
    "rule-name": (WEB_ACL, rule(0, name="not in list"), FaultKind.PATTERN),
    "ip-set-bracket": (IP_SET, setting(description="Partners (IPv4)."), FaultKind.PATTERN),
    "log-group-name": (LOG_GROUP, setting(name="/aws/access log"), FaultKind.PATTERN),
    "role-name": (ROLE, setting(name="portcullis/role"), FaultKind.PATTERN),
    "function-name": (FUNCTION, setting(name="portcullis.authorizer"), FaultKind.PATTERN),
    "handler": (FUNCTION, setting(handler="authorizer handler"), FaultKind.PATTERN),
    "alias-name": (ALIAS, setting(name="portcullis-signing"), FaultKind.PATTERN),
    "bucket-name": (BUCKET, setting(bucket="Portcullis_Truststore"), FaultKind.PATTERN),
    "topic-name": (TOPIC, setting(name="portcullis.alarms"), FaultKind.PATTERN),
    "stage-name": (STAGE, setting(stageName="v1.0"), FaultKind.PATTERN),
    "stage-variable": (STAGE, setting(variables={"jwk-1": "x"}), FaultKind.PATTERN),
    "host-bits": (IP_SET, setting(addresses=["203.0.113.7/24"]), FaultKind.PATTERN),
    "all-addresses": (IP_SET, setting(addresses=["0.0.0.0/0"]), FaultKind.PATTERN),
    "log-destination": (
        LOGGING,
        setting(logDestinationConfigs=["arn:aws:logs:eu-central-1:111122223333:log-group:waf"]),
        FaultKind.PATTERN,
    ),
    "truststore-uri": (
        DOMAIN,
        setting(mutualTlsAuthentication={"truststoreUri": "https://bucket/truststore.pem"}),
        FaultKind.PATTERN,
    ),
    "gateway-status": (
        REST_API,
        in_body(
            lambda body: body["x-amazon-apigateway-gateway-responses"].update(
                {"DEFAULT_4XX": {"statusCode": "4xx"}}
            )
        ),
        FaultKind.PATTERN,
    ),
    # lengths
    "acl-description": (WEB_ACL, setting(description="a" * 257), FaultKind.LENGTH),
    "role-name-length": (ROLE, setting(name="r" * 65), FaultKind.LENGTH),
    "certificate-name": (
        CERTIFICATE,
        setting(domainName=f"{'a' * 40}.{'b' * 20}.example"),
        FaultKind.LENGTH,
    ),
    "access-log-format": (
        STAGE,
        lambda inputs: inputs["accessLogSettings"].update(format="$context.requestId" + "x" * 3072),
        FaultKind.LENGTH,
    ),
    "environment": (
        FUNCTION,
        lambda inputs: inputs["environment"]["variables"].update(LONG="x" * 4096),
        FaultKind.LENGTH,
    ),
    "inline-policy": (
        ROLE_POLICY,
        setting(policy=json.dumps({"Statement": "x" * 10_240})),
        FaultKind.LENGTH,
    ),
    "record-label": (RECORD, setting(name=f"{'a' * 64}.example.com"), FaultKind.LENGTH),
    # enums
    "acl-scope": (WEB_ACL, setting(scope="GLOBAL"), FaultKind.ENUM),
    "runtime": (FUNCTION, setting(runtime="python3.99"), FaultKind.ENUM),
    "endpoint-type": (
        REST_API,
        setting(endpointConfiguration={"types": "LOCAL"}),
        FaultKind.ENUM,
    ),
    "security-policy": (DOMAIN, setting(securityPolicy="TLS_1_1"), FaultKind.ENUM),
    "comparison": (ALARM, setting(comparisonOperator="MoreThan"), FaultKind.ENUM),
    "integration-type": (REST_API, integration(type="https_proxy"), FaultKind.ENUM),
    "gateway-response": (
        REST_API,
        in_body(lambda body: body["x-amazon-apigateway-gateway-responses"].update({"TEAPOT": {}})),
        FaultKind.ENUM,
    ),
    "retention": (LOG_GROUP, setting(retentionInDays=31), FaultKind.ENUM),
    "logging-level": (
        SETTINGS,
        lambda inputs: inputs["settings"].update(loggingLevel="DEBUG"),
        FaultKind.ENUM,
    ),
    "rate-window": (
        WEB_ACL,
        lambda inputs: inputs["rules"][1]["statement"]["rateBasedStatement"].update(
            evaluationWindowSec=90
        ),
        FaultKind.ENUM,
    ),
    # ranges
    "rate-limit": (
        WEB_ACL,
        lambda inputs: inputs["rules"][1]["statement"]["rateBasedStatement"].update(limit=9),
        FaultKind.RANGE,
    ),
    "memory": (FUNCTION, setting(memorySize=64), FaultKind.RANGE),
    "function-timeout": (FUNCTION, setting(timeout=901), FaultKind.RANGE),
    "key-window": (KEY, setting(deletionWindowInDays=3), FaultKind.RANGE),
    "integration-timeout": (REST_API, integration(timeoutInMillis=30_000), FaultKind.RANGE),
    "alarm-periods": (ALARM, setting(evaluationPeriods=0), FaultKind.RANGE),
    # required members
    "vpc-link-without-id": (
        REST_API,
        integration(connectionType="VPC_LINK"),
        FaultKind.REQUIRED,
    ),
    "id-without-vpc-link": (REST_API, integration(connectionId="abc123"), FaultKind.REQUIRED),
    "target-that-is-no-load-balancer": (
        REST_API,
        integration(
            connectionType="VPC_LINK",
            connectionId="abc123",
            integrationTarget="arn:aws:ec2:eu-central-1:111122223333:instance/i-1",
        ),
        FaultKind.REQUIRED,
    ),
    "acl-without-action": (WEB_ACL, without("defaultAction"), FaultKind.REQUIRED),
    "rule-without-metrics": (
        WEB_ACL,
        lambda inputs: inputs["rules"][0].pop("visibilityConfig"),
        FaultKind.REQUIRED,
    ),
    "group-with-action": (
        WEB_ACL,
        lambda inputs: inputs["rules"][2].update(action={"block": {}}),
        FaultKind.REQUIRED,
    ),
    "log-without-request-id": (
        STAGE,
        lambda inputs: inputs["accessLogSettings"].update(format="$context.status"),
        FaultKind.REQUIRED,
    ),
    "undefined-body": (WEB_ACL, without("customResponseBodies"), FaultKind.REQUIRED),
    # quotas, types, what does not exist, what was not judged
    "capacity": (WEB_ACL, setting(**blocks(8)), FaultKind.QUOTA),
    "networks": (
        IP_SET,
        setting(addresses=[f"10.{n // 256}.{n % 256}.0/24" for n in range(10_001)]),
        FaultKind.QUOTA,
    ),
    "throttle": (
        SETTINGS,
        lambda inputs: inputs["settings"].update(throttlingRateLimit=10_001),
        FaultKind.QUOTA,
    ),
    "tags": (TOPIC, setting(tags={"aws:owner": "x"}), FaultKind.QUOTA),
    "description-list": (WEB_ACL, setting(description=["a", "b"]), FaultKind.TYPE),
    "policy-not-json": (ROLE_POLICY, setting(policy="Allow"), FaultKind.TYPE),
    "fraction": (FUNCTION, setting(memorySize=512.5), FaultKind.TYPE),
    "priority-twice": (WEB_ACL, rule(1, priority=0), FaultKind.UNIQUE),
    "too-large": (
        REST_API,
        in_body(
            lambda body: body["x-amazon-apigateway-gateway-responses"].update(
                {"REQUEST_TOO_LARGE": {"statusCode": "413"}}
            )
        ),
        FaultKind.UNAVAILABLE,
    ),
    "enhanced-policy": (
        DOMAIN,
        setting(securityPolicy="SecurityPolicy_TLS13_1_3_2025_09"),
        FaultKind.UNAVAILABLE,
    ),
    "reserved-variable": (
        FUNCTION,
        lambda inputs: inputs["environment"]["variables"].update(AWS_REGION="eu-west-1"),
        FaultKind.UNAVAILABLE,
    ),
    "partition": (
        CERTIFICATE,
        setting(certificateAuthorityArn="arn:aws-cn:acm-pca:eu-central-1:111122223333:x/y"),
        FaultKind.UNAVAILABLE,
    ),
    "unknown-member": (
        WEB_ACL,
        lambda inputs: inputs["rules"][0].update(colour="red"),
        FaultKind.UNKNOWN_MEMBER,
    ),
    "unmapped-property": (BUCKET, setting(acceleration="Enabled"), FaultKind.UNMAPPED),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(staging, name):
    resource_type, change, kind = PLANTED[name]
    before = {f.text for f in judge(staging).findings}
    subject = first(staging, resource_type)
    added = [
        f for f in judge(changed(staging, resource_type, change)).findings if f.text not in before
    ]
    assert kind in {f.kind for f in added if f.resource.urn == subject.urn}, [f.text for f in added]


def test_the_planted_faults_cover_every_kind():
    assert {kind for _, _, kind in PLANTED.values()} == set(FaultKind)
    assert len(PLANTED) >= 40


def test_the_same_name_twice_is_found(staging):
    subject = first(staging, LOG_GROUP)
    twin = replace(subject, urn=f"{subject.urn}-twin", name="twin")
    (found,) = judge(with_resources(staging, [*staging.resources, twin])).findings
    assert (found.kind, found.resource.name, found.path) == (FaultKind.UNIQUE, "twin", "name")


@pytest.mark.parametrize("resource_type", [MAPPING, ASSOCIATION])
def test_what_aws_allows_once_is_found_the_second_time(staging, resource_type):
    subject = first(staging, resource_type)
    twin = replace(subject, urn=f"{subject.urn}-twin", name="twin")
    found = judge(with_resources(staging, [*staging.resources, twin])).findings
    assert FaultKind.UNIQUE in {f.kind for f in found if f.resource.name == "twin"}


def test_more_api_keys_than_an_account_may_have_are_found(staging):
    keys = [
        Resource(
            urn=f"urn:key:{n}",
            type="aws:apigateway/apiKey:ApiKey",
            name=f"key-{n}",
            inputs={"name": f"key-{n}", "value": f"{n:020}"},
        )
        for n in range(10_001)
    ]
    found = judge(with_resources(staging, [*staging.resources, *keys])).findings
    assert [f.kind for f in found] == [FaultKind.QUOTA]


def test_a_type_without_a_mapping_is_a_finding():
    strange = Resource(urn="urn:x", type="aws:ec2/instance:Instance", name="x")
    (found,) = judge_resource(strange)
    assert found.kind is FaultKind.UNMAPPED


def test_components_and_other_providers_are_left_alone():
    graph = Graph(
        project="p",
        stack="s",
        resources=(
            Resource(urn="urn:c", type="portcullis:index:WafShield", name="waf", custom=False),
            Resource(urn="urn:r", type="random:index/randomId:RandomId", name="id"),
        ),
    )
    assert judge(graph).findings == ()


def test_an_unknown_value_is_counted_and_not_judged(staging):
    acl = replace(first(staging, WEB_ACL), inputs={"name": UNKNOWN, "scope": "REGIONAL"})
    total = judge(with_resources(staging, [acl]))
    assert total.unknown_values == 1
    assert {f.member for f in total.findings} == {"DefaultAction", "VisibilityConfig"}


def test_a_finding_names_resource_property_operation_member_rule_and_line(staging):
    graph = changed(staging, WEB_ACL, PLANTED["semicolon"][1])
    (found,) = [f for f in judge(graph).findings if f.resource.type == WEB_ACL]
    assert found.operation == "wafv2:CreateWebACL"
    assert found.member == "Description"
    assert "offending: ';'" in found.because
    assert "components/waf_shield.py:" in found.text
    assert "waf.description" in found.text
    assert "botocore" in found.source


def test_a_name_that_pulumi_makes_up_is_judged_with_its_suffix(staging):
    role = replace(
        first(staging, ROLE),
        name="r" * 60,
        inputs={"assumeRolePolicy": "{}", "description": "x"},
    )
    (found,) = judge_resource(role)
    assert (found.kind, found.member) == (FaultKind.LENGTH, "RoleName")


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
ARN = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize(
    ("resource_type", "inputs"),
    [
        (
            "aws:lambda/permission:Permission",
            {"action": "lambda:InvokeFunction", "function": "f", "principal": "s3.amazonaws.com"},
        ),
        (ROLE, {"name": "r", "assumeRolePolicy": TRUST, "managedPolicyArns": [ARN]}),
        (
            ROLE,
            {
                "name": "r",
                "assumeRolePolicy": TRUST,
                "inlinePolicies": [{"name": "p", "policy": TRUST}],
            },
        ),
        (
            "aws:dynamodb/table:Table",
            {
                "name": "counters",
                "hashKey": "id",
                "attributes": [{"name": "id", "type": "S"}],
                "readCapacity": 1,
                "writeCapacity": 1,
            },
        ),
    ],
    ids=["permission without a statement id", "managed policies", "inline policies", "capacity"],
)
def test_what_other_programs_write_is_judged_and_accepted(resource_type, inputs):
    resource = Resource(urn="urn:x", type=resource_type, name="x", inputs=inputs)
    assert [finding.text for finding in judge_resource(resource)] == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"managedPolicyArns": [ARN, "short"]}, "managedPolicyArns[1]"),
        ({"inlinePolicies": [{"name": "a b", "policy": TRUST}]}, "inlinePolicies[0].name"),
    ],
    ids=["managed policy", "inline policy"],
)
def test_the_policies_of_a_role_are_held_to_their_models(change, path):
    inputs = {"name": "r", "assumeRolePolicy": TRUST, **change}
    (found,) = judge_resource(Resource(urn="urn:x", type=ROLE, name="x", inputs=inputs))
    assert found.path == path


def test_the_capacity_of_a_table_is_held_to_its_model():
    inputs = {"hashKey": "id", "attributes": [{"name": "id", "type": "S"}], "name": "counters"}
    table = Resource(
        urn="urn:x",
        type="aws:dynamodb/table:Table",
        name="x",
        inputs={**inputs, "readCapacity": 0, "writeCapacity": 1},
    )
    (found,) = judge_resource(table)
    assert (found.path, found.kind) == ("readCapacity", FaultKind.RANGE)
