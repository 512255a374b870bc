"""What other programs have beside a guarded API is left alone."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Output, ResourceOptions

from portcullis.graph.recorder import record
from portcullis.standin import StandIn
from portcullis.standin.signing_keys import LocalKeys
from tests.policies import acls, apis, by_hand
from tests.policies.in_process import refusals
from tests.policies.running import ACCOUNT

PROGRAMS = []
MANAGED = "arn:aws:iam::aws:policy/"
PARTNER = "arn:aws:iam::999999999999:root"


def innocent(program):
    PROGRAMS.append(program)
    return program


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources} | more


def role(name, service="lambda.amazonaws.com", *statements, **options):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    made = aws.iam.Role(name, assume_role_policy=document(trust), **options)
    if statements:
        aws.iam.RolePolicy(name, role=made.id, policy=document(*statements))
    return made


def function(name, **changes):
    code = pulumi.AssetArchive({"a.py": pulumi.StringAsset("def b(event, context): ...")})
    made = role(f"{name}-role")
    aws.iam.RolePolicyAttachment(
        f"{name}-logs",
        role=made.name,
        policy_arn=f"{MANAGED}service-role/AWSLambdaBasicExecutionRole",
    )
    own = {"role": made.arn, "runtime": "python3.13", "handler": "a.b", "code": code}
    return aws.lambda_.Function(name, **(own | changes))


def http_api(name, authorization=None, protocol="HTTP", route="$default"):
    """An API with a function of its own behind it."""
    backend = function(name)
    api = aws.apigatewayv2.Api(
        name, protocol_type=protocol, route_selection_expression="$request.body.action"
    )
    integration = aws.apigatewayv2.Integration(
        name, api_id=api.id, integration_type="AWS_PROXY", integration_uri=backend.invoke_arn
    )
    aws.apigatewayv2.Route(
        name,
        api_id=api.id,
        route_key=route,
        target=Output.concat("integrations/", integration.id),
        **(authorization(api) if authorization else {}),
    )
    aws.apigatewayv2.Stage(name, api_id=api.id, name="$default", auto_deploy=True)
    aws.lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=backend.name,
        principal="apigateway.amazonaws.com",
        source_arn=Output.concat(api.execution_arn, "/*/*"),
    )
    return api


@innocent
def central_logging(_clean):
    bucket = aws.s3.Bucket("logs")
    stream = aws.kinesis.FirehoseDeliveryStream(
        "logs",
        destination="extended_s3",
        extended_s3_configuration={
            "role_arn": role("stream", "firehose.amazonaws.com").arn,
            "bucket_arn": bucket.arn,
        },
    )
    central = "arn:aws:logs:eu-central-1:999999999999:destination:central"
    for name, group, destination in (
        ("own", "/aws/lambda/authorizer", stream.arn),
        ("central", "/aws/lambda/newsletter", central),
    ):
        aws.cloudwatch.LogSubscriptionFilter(
            name,
            log_group=group,
            destination_arn=destination,
            filter_pattern="",
        )


@innocent
def a_public_api_with_its_own_domain(_clean):
    api = http_api("public")
    domain = aws.apigatewayv2.DomainName(
        "public",
        domain_name="www.example.com",
        domain_name_configuration={
            "certificate_arn": f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/1",
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )
    aws.apigatewayv2.ApiMapping("public", api_id=api.id, domain_name=domain.id, stage="$default")


@innocent
def an_api_for_users_with_jwt(_clean):
    pool = aws.cognito.UserPool("users")

    def authorization(api):
        guard = aws.apigatewayv2.Authorizer(
            "users",
            api_id=api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": pool.endpoint, "audiences": ["site"]},
        )
        return {"authorization_type": "JWT", "authorizer_id": guard.id}

    http_api("users", authorization)


@innocent
def an_api_for_users_with_cognito(_clean):
    pool = aws.cognito.UserPool("users")
    api = aws.apigateway.RestApi("users")
    guard = aws.apigateway.Authorizer(
        "users", rest_api=api.id, type="COGNITO_USER_POOLS", provider_arns=[pool.arn]
    )
    place = {"rest_api": api.id, "resource_id": api.root_resource_id, "http_method": "GET"}
    aws.apigateway.Method(
        "users", **place, authorization="COGNITO_USER_POOLS", authorizer_id=guard.id
    )
    aws.apigateway.Integration("users", **place, type="HTTP_PROXY", uri="http://users.internal/")


@innocent
def a_web_socket_api(_clean):
    http_api("chat", protocol="WEBSOCKET", route="$connect")


@innocent
def a_private_api(_clean):
    anybody = allow("execute-api:Invoke", Principal="*")
    aws.apigateway.RestApi(
        "private", endpoint_configuration={"types": "PRIVATE"}, policy=document(anybody)
    )


@innocent
def a_public_webhook_and_a_schedule(_clean):
    webhook = function("webhook")
    aws.lambda_.FunctionUrl("url", function_name=webhook.name, authorization_type="NONE")
    aws.lambda_.Permission(
        "url",
        action="lambda:InvokeFunctionUrl",
        function=webhook.name,
        principal="*",
        function_url_auth_type="NONE",
    )
    layer = "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3:7"
    nightly = function("nightly", layers=[layer])
    aws.scheduler.Schedule(
        "nightly",
        flexible_time_window={"mode": "OFF"},
        schedule_expression="rate(1 day)",
        target={"arn": nightly.arn, "role_arn": role("nightly", "scheduler.amazonaws.com").arn},
    )
    queue = aws.sqs.Queue("failed")
    aws.lambda_.FunctionEventInvokeConfig(
        "nightly",
        function_name=nightly.name,
        destination_config={"on_failure": {"destination": queue.arn}},
    )


@innocent
def a_site_with_cloudfront(_clean):
    america = ResourceOptions(provider=aws.Provider("us-east-1", region="us-east-1"))
    acl = aws.wafv2.WebAcl(
        "edge",
        scope="CLOUDFRONT",
        default_action={"allow": {}},
        rules=[acls.rate(action={"count": {}})],
        visibility_config=acls.VISIBILITY,
        opts=america,
    )
    bucket = aws.s3.Bucket("site", bucket="www.example.com")
    aws.s3.BucketPolicy(
        "site",
        bucket=bucket.id,
        policy=document(allow("s3:GetObject", "arn:aws:s3:::www.example.com/*", Principal="*")),
    )
    aws.s3.BucketObjectv2(
        "index",
        bucket=bucket.id,
        key="index.html",
        content="<html/>",
        acl="public-read",
        opts=ResourceOptions(ignore_changes=["content"]),
    )
    aws.cloudfront.Distribution(
        "site",
        enabled=True,
        web_acl_id=acl.arn,
        origins=[{"domain_name": bucket.bucket_regional_domain_name, "origin_id": "site"}],
        default_cache_behavior={
            "allowed_methods": ["GET"],
            "cached_methods": ["GET"],
            "target_origin_id": "site",
            "viewer_protocol_policy": "redirect-to-https",
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )
    zone = aws.route53.get_zone(name="example.com")
    aws.route53.Record("site", zone_id=zone.zone_id, name="www", type="A", records=["…"], ttl=60)


@innocent
def services_with_roles_of_their_own(_clean):
    """Which write to a bucket and a table of the program, and start a workflow."""
    files = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::files/*")
    aws.s3.Bucket("files", bucket="files")
    sftp = role("sftp", "transfer.amazonaws.com", files)
    aws.transfer.User("files", server_id="s-1", user_name="files", role=sftp.arn)
    row = {"table_name": "votes", "hash_key_field": "id", "hash_key_value": "1"}
    table = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/votes"
    device = role("device", "iot.amazonaws.com", allow("dynamodb:PutItem", table))
    aws.iot.TopicRule(
        "device",
        enabled=True,
        sql="SELECT * FROM 'votes'",
        sql_version="2016-03-23",
        dynamodbs=[row | {"role_arn": device.arn}],
    )
    gateway = role("gateway", "apigateway.amazonaws.com", files, allow("states:*", "arn:a"))
    api = aws.apigateway.RestApi("files")
    place = {"rest_api": api.id, "resource_id": api.root_resource_id, "http_method": "PUT"}
    aws.apigateway.Method("files", **place, authorization="AWS_IAM")
    aws.apigateway.Integration(
        "files",
        **place,
        type="AWS",
        integration_http_method="PUT",
        credentials=gateway.arn,
        uri="arn:aws:apigateway:eu-central-1:s3:path/files/{key}",
    )
    aws.sfn.StateMachine(
        "workflow", definition="{}", role_arn=role("workflow", "states.amazonaws.com").arn
    )
    public = aws.apigatewayv2.Api("workflow", protocol_type="HTTP")
    aws.apigatewayv2.Integration(
        "workflow",
        api_id=public.id,
        integration_type="AWS_PROXY",
        integration_subtype="StepFunctions-StartExecution",
        credentials_arn=gateway.arn,
    )


@innocent
def functions_in_other_regions(_clean):
    for name, region in (("edge", "us-east-1"), ("ireland", "eu-west-1")):
        there = ResourceOptions(provider=aws.Provider(name, region=region))
        trust = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        aws.lambda_.Function(name, name=name, role=trust, publish=True, opts=there)


@innocent
def containers_behind_a_load_balancer(_clean):
    task = role(
        "task",
        "ecs-tasks.amazonaws.com",
        allow(["ssmmessages:*", "sqs:SendMessage", "s3:GetObject"]),
    )
    group = aws.cloudwatch.LogGroup("web", name="/ecs/web")
    options = {"awslogs-group": group.name}
    containers = [{"image": "nginx", "logConfiguration": {"options": options}}]
    aws.ecs.TaskDefinition(
        "web",
        family="web",
        task_role_arn=task.arn,
        container_definitions=Output.json_dumps(containers),
    )
    balancer = aws.lb.LoadBalancer("web", subnets=["subnet-1", "subnet-2"])
    acl = aws.wafv2.WebAcl(
        "web",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=acls.all_managed(),
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclAssociation("web", resource_arn=balancer.arn, web_acl_arn=acl.arn)


@innocent
def a_kubernetes_cluster(_clean):
    """With the policies of its load balancer controller and its storage driver."""
    web_acls = ["wafv2:GetWebACL", "wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
    role("balancers", "pods.eks.amazonaws.com", allow(["elasticloadbalancing:*", *web_acls]))
    own = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    role("disks", "pods.eks.amazonaws.com", allow("kms:CreateGrant", Condition=own))
    cluster = aws.eks.Cluster(
        "main",
        role_arn=role("cluster", "eks.amazonaws.com").arn,
        vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    )
    aws.eks.NodeGroup(
        "nodes",
        cluster_name=cluster.name,
        node_role_arn=role("nodes", "ec2.amazonaws.com").arn,
        subnet_ids=["subnet-1"],
        scaling_config={"desired_size": 1, "max_size": 2, "min_size": 1},
        opts=ResourceOptions(ignore_changes=["scalingConfig.desiredSize"]),
    )


@innocent
def a_pipeline(_clean):
    """Which deploys containers and code of functions, whose changes the program ignores."""
    passed = {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}
    role("pipeline", "codepipeline.amazonaws.com", allow("iam:PassRole", Condition=passed))
    role("deployed", opts=ResourceOptions(ignore_changes=["inlinePolicies"]))
    function("deployed-by-it", opts=ResourceOptions(ignore_changes=["code"]))
    aws.s3.Bucket("artifacts", opts=ResourceOptions(ignore_changes=["lifecycleRules"]))


@innocent
def environments_in_one_stack(_clean):
    for name in ("staging", "demo"):
        table = aws.dynamodb.Table(name, hash_key="id", attributes=[{"name": "id", "type": "S"}])
        shares = allow("dynamodb:PutItem", Principal={"AWS": PARTNER})
        aws.dynamodb.ResourcePolicy(name, resource_arn=table.arn, policy=document(shares))
        backend = function(f"{name}-backend", environment={"variables": {"TABLE": table.name}})
        aws.apigatewayv2.Api(name, protocol_type="HTTP", target=backend.arn)


@innocent
def a_database_with_its_key(_clean):
    reads = allow(["kms:Decrypt", "kms:DescribeKey"], Principal={"AWS": PARTNER})
    key = aws.kms.Key("data", policy=document(reads))
    aws.kms.Grant(
        "backup", key_id=key.id, grantee_principal=PARTNER, operations=["Decrypt", "Encrypt"]
    )
    aws.rds.Instance(
        "data",
        instance_class="db.t4g.small",
        kms_key_id=key.arn,
        manage_master_user_password=True,
        opts=ResourceOptions(protect=True, ignore_changes=["engineVersion"]),
    )


@innocent
def alarms_and_usage_plans(clean):
    aws.cloudwatch.MetricAlarm(
        "errors",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        dimensions={"ApiName": clean.api.name},
        opts=ResourceOptions(ignore_changes=["alarmActions"]),
    )
    aws.apigateway.UsagePlan(
        "partners", api_stages=[{"api_id": clean.api.id, "stage": clean.stage.stage_name}]
    )


def graph_beside(program):
    stand_in = StandIn(region="eu-central-1", account=ACCOUNT, keys=LocalKeys())
    return record(
        lambda: program(by_hand.from_a_body()),
        project="example",
        stack="test",
        config={"aws:region": "eu-central-1"},
        preview=True,
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
        read=stand_in.read,
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_it_passes_beside_a_guarded_api(program):
    assert list(refusals(graph_beside(program))) == []


def test_an_open_api_before_the_same_backend_is_refused():
    """The programs above pass because they share nothing with it."""

    def program(_clean):
        apis.rest_api((f"{apis.OPERATION} security", []), name="open")

    assert list(refusals(graph_beside(program)))
