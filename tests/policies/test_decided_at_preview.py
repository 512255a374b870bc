"""A rule decides in a preview: what it accepts there, it does not refuse in the update.

What it refuses in a preview only, it says it cannot decide. Every example program of this folder is
judged in both (see conftest.py). Here each property that refers to another resource gets each kind
of expression, in a clean program.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, by_hand
from tests.policies.by_hand import Clean
from tests.policies.running import graph_of

ACCOUNT = "000000000000"
Expression = Callable[[Clean, aws.s3.Bucket], Any]
Place = Callable[[str, Clean, Any], None]
concat = pulumi.Output.concat


def web_acl(name: str) -> aws.wafv2.WebAcl:
    return aws.wafv2.WebAcl(
        f"{name}-acl",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config=acls.VISIBILITY,
    )


def mapping(name: str, clean: Clean, **ends: Any) -> None:
    own = {
        "domain_name": clean.domain.domain_name,
        "rest_api": clean.api.id,
        "stage_name": clean.stage.stage_name,
        "base_path": name,
    }
    guards = pulumi.ResourceOptions(depends_on=clean.guards)
    aws.apigateway.BasePathMapping(name, **own | ends, opts=guards)


def association(name: str, clean: Clean, **ends: Any) -> None:
    own = {"resource_arn": clean.stage.arn, "web_acl_arn": web_acl(name).arn}
    aws.wafv2.WebAclAssociation(name, **own | ends)


def permission(name: str, clean: Clean, **ends: Any) -> None:
    own = {
        "function": clean.function.name,
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
    }
    aws.lambda_.Permission(name, **own | ends)


def policy(name: str, _clean: Clean, resource: Any) -> None:
    statement = {"Effect": "Allow", "Action": "kms:Sign", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    aws.iam.Policy(name, policy=pulumi.Output.json_dumps(document))


def role(name: str, _clean: Clean, principal: Any) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    aws.iam.Role(name, assume_role_policy=pulumi.Output.json_dumps(document))


def domain(name: str, _clean: Clean, uri: Any) -> None:
    aws.apigateway.DomainName(
        name,
        domain_name=f"{name}.example.com",
        regional_certificate_arn="arn:aws:acm:eu-central-1:000000000000:certificate/x",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        mutual_tls_authentication={"truststore_uri": uri, "truststore_version": "v7"},
    )


def deployment(name: str, clean: Clean, trigger: Any) -> None:
    aws.apigateway.Deployment(name, rest_api=clean.api.id, triggers={"content": trigger})


def canary(name: str, clean: Clean, deployment_id: Any) -> None:
    aws.apigateway.Stage(
        name,
        rest_api=clean.api.id,
        deployment=clean.stage.deployment,
        stage_name=name,
        canary_settings={"deployment_id": deployment_id, "percent_traffic": 10.0},
    )


def logging(name: str, _clean: Clean, arn: Any) -> None:
    aws.wafv2.WebAclLoggingConfiguration(
        name, resource_arn=web_acl(name).arn, log_destination_configs=[arn]
    )


API_ARN = f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:foreign"
# What a program may write there, right or wrong.
PLACES: dict[str, tuple[Place, dict[str, Expression]]] = {
    "mapping's domain": (
        lambda name, clean, value: mapping(name, clean, domain_name=value),
        {
            "a text": lambda *_: "legacy.example.com",
            "an output": lambda clean, _: clean.domain.domain_name,
            "of another resource": lambda _, other: other.bucket,
        },
    ),
    "mapping's API": (
        lambda name, clean, value: mapping(name, clean, rest_api=value),
        {
            "a text": lambda *_: "abcdef1234",
            "the id": lambda clean, _: clean.api.id,
            "the stage's output": lambda clean, _: clean.stage.rest_api,
            "the id through a function": lambda clean, _: clean.api.id.apply(str.strip),
            "of another resource": lambda _, other: other.bucket,
        },
    ),
    "mapping's stage": (
        lambda name, clean, value: mapping(name, clean, stage_name=value),
        {
            "a text": lambda *_: "v1",
            "the name": lambda clean, _: clean.stage.stage_name,
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "association's stage": (
        lambda name, clean, value: association(name, clean, resource_arn=value),
        {
            "a text": lambda *_: "arn:aws:apigateway:eu-central-1::/restapis/x/stages/y",
            "the ARN": lambda clean, _: clean.stage.arn,
            "made of the API": lambda clean, _: concat(clean.api.arn, "/stages/stage"),
        },
    ),
    "association's web ACL": (
        lambda name, clean, value: association(name, clean, web_acl_arn=value),
        {
            "a text": lambda *_: f"arn:aws:wafv2:eu-central-1:{ACCOUNT}:regional/webacl/x/1",
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "permission's source": (
        lambda name, clean, value: permission(name, clean, source_arn=value),
        {
            "a foreign API": lambda *_: f"{API_ARN}/*/*/*",
            "a foreign API's authorizers": lambda *_: f"{API_ARN}/authorizers/*",
            "a wildcard": lambda *_: "*",
            "/*/*": lambda clean, _: concat(clean.api.execution_arn, "/*/*"),
            "/*/*/*": lambda clean, _: concat(clean.api.execution_arn, "/*/*/*"),
            "/authorizers/*": lambda clean, _: concat(clean.api.execution_arn, "/authorizers/*"),
            "*": lambda clean, _: concat(clean.api.execution_arn, "*"),
            "of the stage */*": lambda clean, _: concat(clean.stage.execution_arn, "*/*"),
            "of the stage /*/*": lambda clean, _: concat(clean.stage.execution_arn, "/*/*"),
            "the API's id": lambda clean, _: clean.api.id,
            "the stage's ARN": lambda clean, _: clean.stage.arn,
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "permission's principal": (
        lambda name, clean, value: permission(name, clean, principal=value),
        {
            "a service": lambda *_: "sns.amazonaws.com",
            "an account": lambda *_: "999999999999",
            "a wildcard": lambda *_: "*",
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "policy's resource": (
        policy,
        {
            "a wildcard": lambda *_: "*",
            "a text": lambda *_: f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1",
            "an ARN": lambda clean, _: clean.key.arn,
            "an ARN and a wildcard": lambda clean, _: concat(clean.key.arn, "/*"),
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "role's principal": (
        role,
        {
            "a wildcard": lambda *_: "*",
            "a text": lambda *_: f"arn:aws:iam::{ACCOUNT}:root",
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "domain's truststore": (
        domain,
        {
            "a foreign bucket": lambda *_: "s3://foreign/ca.pem",
            "of another resource": lambda _, other: concat("s3://", other.bucket, "/ca.pem"),
        },
    ),
    "deployment's trigger": (
        deployment,
        {
            "a counter": lambda *_: "7",
            "a stale digest": lambda *_: "d41d8cd98f00b204e9800998ecf8427e",
            "the API's id": lambda clean, _: clean.api.id,
            "the API's body": lambda clean, _: clean.api.body.apply(digest),
            "the key's ARN": lambda clean, _: clean.key.arn,
            "a digest of the key's ARN": lambda clean, _: clean.key.arn.apply(digest),
        },
    ),
    "canary's deployment": (
        canary,
        {
            "a text": lambda *_: "abc123",
            "the stage's deployment": lambda clean, _: clean.stage.deployment,
            "of another resource": lambda _, other: other.arn,
        },
    ),
    "web ACL's log": (
        logging,
        {
            "a foreign log group": lambda *_: (
                f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:aws-waf-logs-x"
            ),
            "of another resource": lambda _, other: other.arn,
        },
    ),
}
UNDECIDED = "is not known before the update"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("place", "expressions"), PLACES.values(), ids=PLACES)
def test_what_a_preview_accepts_the_update_accepts(pack, place, expressions):
    names = {f"added{number}": name for number, name in enumerate(expressions)}

    def program():
        clean = by_hand.from_a_body()
        other = aws.s3.Bucket("other", bucket="other")
        for name, expression in zip(names, expressions.values(), strict=True):
            place(name, clean, expression(clean, other))

    preview, update = (found(pack, program, preview=preview) for preview in (True, False))
    late = [(names.get(name, name), rule) for name, rule in update.keys() - preview.keys()]
    assert late == []
    early = {key: preview[key] for key in preview.keys() - update.keys()}
    assert [key for key, message in early.items() if UNDECIDED not in message] == []


def found(pack, program, *, preview):
    verdict = pack.judge(graph_of(program, preview=preview), preview=preview)
    return {(v.resource_name, v.rule): v.message for v in verdict.violations}


def test_a_function_that_names_another_api_is_refused_in_the_update(pack):
    """A preview knows only what an output depends on: the one exception."""

    def program():
        clean = by_hand.from_a_body()
        permission("rigged", clean, source_arn=clean.api.id.apply(lambda _: f"{API_ARN}/*/*/*"))
        mapping("mapped", clean, rest_api=clean.api.id.apply(lambda _: "abcdef1234"))

    assert found(pack, program, preview=True) == {}
    assert set(found(pack, program, preview=False)) == {
        ("rigged", "lambda-permission-is-scoped"),
        ("mapped", "apigateway-mapping-leads-to-guarded-stage"),
    }
