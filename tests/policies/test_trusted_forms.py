"""A trusted end may be text, `.get`, an output of another stack or a lookup, and is shown."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from policies.configuration import Configuration, ConfigurationEntry
from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.render import render
from portcullis.analyzer.reports.subject import Subject
from portcullis.graph.recorder import record
from portcullis.standin import StandIn
from portcullis.standin.signing_keys import LocalKeys
from tests.policies import acls, apis, by_hand
from tests.policies.in_process import pack_in_process, refusals
from tests.policies.running import ACCOUNT, pack_with

ACL = f"arn:aws:wafv2:eu-central-1:{ACCOUNT}:regional/webacl/central/1"
GROUP, IP_SET = ACL.replace("webacl", "rulegroup"), ACL.replace("webacl", "ipset")
WAF_ID = "1/central/REGIONAL"
SIGNER = "arn:aws:iam::999999999999:role/signer"
FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:central"
KEY_ID = "11111111-2222-3333-4444-555555555555"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{KEY_ID}"
WHY = {"reason": "Agreed.", "owner": "security-team"}


def of_stack(output: str) -> pulumi.Output[Any]:
    return pulumi.StackReference("organization/network/prod").get_output(output)


def central_web_acl(arn):
    by_hand.from_a_body(web_acl_arn=arn)
    acls.logged(None, resource_arn=arn)


def shared_domain(name):
    clean = by_hand.from_a_body()
    aws.apigateway.BasePathMapping(
        "second",
        domain_name=name,
        rest_api=clean.api.id,
        stage_name=clean.stage.stage_name,
        opts=pulumi.ResourceOptions(depends_on=clean.guards),
    )


def api_of_another_stack(id_):
    clean = by_hand.from_a_body()
    aws.apigateway.BasePathMapping(
        "second",
        domain_name=clean.domain.domain_name,
        base_path="orders",
        rest_api=id_,
        stage_name="live",
    )


def caller_of_another_stack(source):
    clean = by_hand.from_a_body()
    aws.lambda_.Permission(
        "second",
        action="lambda:InvokeFunction",
        function=clean.function.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(source, "/authorizers/*"),
    )


def web_acl_of(*rules):
    by_hand.from_a_body()
    acl = aws.wafv2.WebAcl(
        "second",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=list(rules),
        visibility_config=acls.VISIBILITY,
    )
    acls.logged(acl, name="second-log")


def rule_group_of_another_stack(arn):
    group = {
        "name": "central",
        "priority": 9,
        "override_action": {"none": {}},
        "statement": {"rule_group_reference_statement": {"arn": arn}},
        "visibility_config": acls.VISIBILITY,
    }
    web_acl_of(acls.outside(acls.partners("more")), acls.rate(), *acls.all_managed(), group)


def ip_set_of_another_stack(arn):
    listed = {"ip_set_reference_statement": {"arn": arn}}
    outside = acls.outside(None, statement={"not_statement": {"statement": listed}})
    web_acl_of(outside, acls.rate(), *acls.all_managed())


def truststore_of_another_stack(bucket):
    by_hand.from_a_body()
    aws.apigateway.DomainName(
        "second",
        domain_name="second.example.com",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        mutual_tls_authentication={
            "truststore_uri": pulumi.Output.concat("s3://", bucket, "/partners.pem"),
            "truststore_version": "L4kqtJlcpXroDTDmpUMLUo",
        },
    )


def policy_of_a_foreign_key(key):
    by_hand.from_a_body()
    aws.kms.KeyPolicy("second", key_id=key, policy=json.dumps(by_hand.KEY_POLICY))


def grant_for_a_foreign_role(role):
    clean = by_hand.from_a_body()
    aws.kms.Grant("second", key_id=clean.key.id, grantee_principal=role, operations=["Sign"])


def permission_for_a_foreign_role(role):
    clean = by_hand.from_a_body()
    aws.lambda_.Permission(
        "second", action="lambda:InvokeFunction", function=clean.function.name, principal=role
    )


def authorizer_of_another_stack(uri):
    by_hand.from_methods(authorizer={"authorizer_uri": uri})


def arn_of_function():
    return aws.lambda_.Function.get("central", "central").arn


@dataclass(frozen=True, kw_only=True)
class Form:
    """A program with a foreign end. ``value`` runs inside it: a lookup is a call."""

    kind: str
    name: str  # in the configuration
    program: Callable[[Any], None]
    value: Callable[[], Any]
    compared: bool = True  # the value, or the id that it is made of, is known without an account


def _forms(
    kind: str,
    name: str,
    program: Callable[[Any], None],
    *,
    known: dict[str, Callable[[], Any]],
    unknown: dict[str, Callable[[], Any]],
) -> list[Any]:
    return [
        pytest.param(
            Form(kind=kind, name=name, program=program, value=value, compared=values is known),
            id=f"{program.__name__}-{form}",
        )
        for values in (known, unknown)
        for form, value in values.items()
    ]


FORMS = [
    *_forms(
        "webAcls",
        ACL,
        central_web_acl,
        known={"text": lambda: ACL, "get": lambda: aws.wafv2.WebAcl.get("central", WAF_ID).arn},
        unknown={
            "stack": lambda: of_stack("webAcl"),
            "lookup": lambda: aws.wafv2.get_web_acl(name="central", scope="REGIONAL").arn,
            "lookup output": lambda: (
                aws.wafv2.get_web_acl_output(name="central", scope="REGIONAL").arn
            ),
        },
    ),
    *_forms(
        "domains",
        "partners.example.com",
        shared_domain,
        known={
            "get": lambda: (
                aws.apigateway.DomainName.get("shared", "partners.example.com").domain_name
            ),
            "get v2": lambda: aws.apigatewayv2.DomainName.get("shared", "partners.example.com").id,
        },
        unknown={"stack": lambda: of_stack("domain")},
    ),
    *_forms(
        "restApis",
        "abcdef1234",
        api_of_another_stack,
        known={"get": lambda: aws.apigateway.RestApi.get("orders", "abcdef1234").id},
        unknown={
            "stack": lambda: of_stack("api"),
            "lookup": lambda: aws.apigateway.get_rest_api(name="orders").id,
        },
    ),
    *_forms(
        "restApis",
        "abcdef1234",
        caller_of_another_stack,
        known={"get": lambda: aws.apigateway.RestApi.get("orders", "abcdef1234").execution_arn},
        unknown={"stack": lambda: of_stack("executionArn")},
    ),
    *_forms(
        "ruleGroups",
        GROUP,
        rule_group_of_another_stack,
        known={"get": lambda: aws.wafv2.RuleGroup.get("central", WAF_ID).arn},
        unknown={
            "stack": lambda: of_stack("group"),
            "lookup": lambda: aws.wafv2.get_rule_group(name="central", scope="REGIONAL").arn,
        },
    ),
    *_forms(
        "ipSets",
        IP_SET,
        ip_set_of_another_stack,
        known={"text": lambda: IP_SET, "get": lambda: aws.wafv2.IpSet.get("central", WAF_ID).arn},
        unknown={
            "stack": lambda: of_stack("ipSet"),
            "lookup": lambda: aws.wafv2.get_ip_set(name="central", scope="REGIONAL").arn,
        },
    ),
    *_forms(
        "buckets",
        "central-truststores",
        truststore_of_another_stack,
        known={
            "get": lambda: aws.s3.Bucket.get("central", "central-truststores").bucket,
            "lookup": lambda: aws.s3.get_bucket(bucket="central-truststores").bucket,
        },
        unknown={"stack": lambda: of_stack("bucket")},
    ),
    *_forms(
        "keys",
        KEY,
        policy_of_a_foreign_key,
        known={"text": lambda: KEY, "get": lambda: aws.kms.Key.get("central", KEY_ID).arn},
        unknown={
            "stack": lambda: of_stack("key"),
            "lookup": lambda: aws.kms.get_alias(name="alias/central").target_key_arn,
        },
    ),
    *_forms(
        "principals",
        SIGNER,
        grant_for_a_foreign_role,
        known={},
        unknown={
            "get": lambda: aws.iam.Role.get("signer", "signer").arn,
            "stack": lambda: of_stack("role"),
            "lookup": lambda: aws.iam.get_role(name="signer").arn,
        },
    ),
    *_forms(
        "principals",
        SIGNER,
        permission_for_a_foreign_role,
        known={},
        unknown={
            "stack": lambda: of_stack("role"),
            "lookup": lambda: aws.iam.get_role(name="signer").arn,
        },
    ),
    *_forms(
        "functions",
        FUNCTION,
        authorizer_of_another_stack,
        known={
            "get": lambda: aws.lambda_.Function.get("central", "central").invoke_arn,
            "get arn": lambda: pulumi.Output.concat(
                *apis.AUTHORIZER_URI.partition("arn:aws:lambda")[:1],
                arn_of_function(),
                "/invocations",
            ),
        },
        unknown={
            "stack": lambda: of_stack("authorizer"),
            "lookup": lambda: aws.lambda_.get_function(function_name="central").invoke_arn,
        },
    ),
]


def recorded(form: Form) -> Any:
    """The graph of a preview, in which the stand-in answers reads and lookups."""
    stand_in = StandIn(region="eu-central-1", account=ACCOUNT, keys=LocalKeys())
    return record(
        lambda: form.program(form.value()),
        project="example",
        stack="test",
        config={"aws:region": "eu-central-1"},
        preview=True,
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
        read=stand_in.read,
    )


def trusting(kind: str, name: str) -> Configuration:
    return Configuration(entries=(ConfigurationEntry(kind=kind, name=name, **WHY),))


@pytest.mark.parametrize("form", FORMS)
def test_a_trusted_end_passes_in_every_form(form):
    graph = recorded(form)
    assert list(refusals(graph))
    configuration = trusting(form.kind, form.name)
    assert list(refusals(graph, configuration)) == []
    shown = {line for line, _ in configuration.in_use()}
    assert all(line.startswith(f"{form.kind} '{form.name}' by security-team") for line in shown)
    assert {line.endswith("is known)") for line in shown} == {not form.compared}
    if form.compared:  # otherwise only an update, or a preview with an account, can tell
        assert list(refusals(graph, trusting(form.kind, f"{form.name}0")))
    assert list(refusals(graph, trusting("packages", form.name)))


def test_a_value_that_is_also_made_of_this_stack_is_not_trusted():
    def program(_):
        clean = by_hand.from_a_body()
        both = pulumi.Output.all(of_stack("role"), clean.api.id).apply("".join)
        aws.kms.Grant("second", key_id=clean.key.id, grantee_principal=both, operations=["Sign"])

    form = Form(kind="principals", name=SIGNER, program=program, value=lambda: None)
    assert list(refusals(recorded(form), trusting("principals", SIGNER)))


@pytest.mark.parametrize("value", [FORMS[1].values[0], FORMS[2].values[0]], ids=["get", "stack"])
def test_every_report_shows_it(tmp_path, value):
    configuration = {"trusted": {"webAcls": [{"name": ACL, **WHY}]}}
    pack = pack_in_process(pack_with(tmp_path, configuration))
    verdict = pack.judge(recorded(value), preview=True)
    assert verdict.violations == ()
    subject = Subject(project="example", stack="test", semantics="preview")
    for report_format in ReportFormat:
        report = render(verdict, subject, report_format)
        assert ACL in report
        assert WHY["owner"] in report
        assert ("compared when its value is known" in report) is not value.compared
