"""A trusted end may be text, `.get`, an output of another stack or a lookup, and is shown.

Where a preview does not know its value, the entry must say where the program reads it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from policies.configuration import Configuration, ConfigurationEntry
from policies.reads import places
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
STACK = "organization/network/prod"
WHY = {"reason": "Agreed.", "owner": "security-team"}


def of_stack(output: str) -> pulumi.Output[Any]:
    return pulumi.StackReference("network", stack_name=STACK).get_output(output)


def output(name: str) -> dict[str, str]:
    """Where an entry says that the program reads it."""
    return {"stack": STACK, "output": name}


def answer(lookup: str, **arguments: str) -> dict[str, Any]:
    return {"lookup": lookup, "arguments": arguments}


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
    # Where the program reads it; None if the value, or the id that it is made of, is known
    # without an account, and is compared.
    place: dict[str, Any] | None = None


def _forms(
    kind: str,
    name: str,
    program: Callable[[Any], None],
    *,
    known: dict[str, Callable[[], Any]],
    unknown: dict[str, tuple[Callable[[], Any], dict[str, Any]]],
) -> list[Any]:
    listed = {form: (value, None) for form, value in known.items()} | unknown
    return [
        pytest.param(
            Form(kind=kind, name=name, program=program, value=value, place=place),
            id=f"{program.__name__}-{form}",
        )
        for form, (value, place) in listed.items()
    ]


FORMS = [
    *_forms(
        "webAcls",
        ACL,
        central_web_acl,
        known={"text": lambda: ACL, "get": lambda: aws.wafv2.WebAcl.get("central", WAF_ID).arn},
        unknown={
            "stack": (lambda: of_stack("webAcl"), output("webAcl")),
            "lookup": (
                lambda: aws.wafv2.get_web_acl(name="central", scope="REGIONAL").arn,
                answer("aws:wafv2/getWebAcl:getWebAcl", name="central", scope="REGIONAL"),
            ),
            "lookup output": (
                lambda: aws.wafv2.get_web_acl_output(name="central", scope="REGIONAL").arn,
                answer("aws:wafv2/getWebAcl:getWebAcl", name="central", scope="REGIONAL"),
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
        unknown={"stack": (lambda: of_stack("domain"), output("domain"))},
    ),
    *_forms(
        "restApis",
        "abcdef1234",
        api_of_another_stack,
        known={"get": lambda: aws.apigateway.RestApi.get("orders", "abcdef1234").id},
        unknown={
            "stack": (lambda: of_stack("api"), output("api")),
            "lookup": (
                lambda: aws.apigateway.get_rest_api(name="orders").id,
                answer("aws:apigateway/getRestApi:getRestApi", name="orders"),
            ),
        },
    ),
    *_forms(
        "restApis",
        "abcdef1234",
        caller_of_another_stack,
        known={"get": lambda: aws.apigateway.RestApi.get("orders", "abcdef1234").execution_arn},
        unknown={"stack": (lambda: of_stack("executionArn"), output("executionArn"))},
    ),
    *_forms(
        "ruleGroups",
        GROUP,
        rule_group_of_another_stack,
        known={"get": lambda: aws.wafv2.RuleGroup.get("central", WAF_ID).arn},
        unknown={
            "stack": (lambda: of_stack("group"), output("group")),
            "lookup": (
                lambda: aws.wafv2.get_rule_group(name="central", scope="REGIONAL").arn,
                answer("aws:wafv2/getRuleGroup:getRuleGroup", name="central", scope="REGIONAL"),
            ),
        },
    ),
    *_forms(
        "ipSets",
        IP_SET,
        ip_set_of_another_stack,
        known={"text": lambda: IP_SET, "get": lambda: aws.wafv2.IpSet.get("central", WAF_ID).arn},
        unknown={
            "stack": (lambda: of_stack("ipSet"), output("ipSet")),
            "lookup": (
                lambda: aws.wafv2.get_ip_set(name="central", scope="REGIONAL").arn,
                answer("aws:wafv2/getIpSet:getIpSet", name="central", scope="REGIONAL"),
            ),
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
        unknown={"stack": (lambda: of_stack("bucket"), output("bucket"))},
    ),
    *_forms(
        "keys",
        KEY,
        policy_of_a_foreign_key,
        known={"text": lambda: KEY, "get": lambda: aws.kms.Key.get("central", KEY_ID).arn},
        unknown={
            "stack": (lambda: of_stack("key"), output("key")),
            "lookup": (
                lambda: aws.kms.get_alias(name="alias/central").target_key_arn,
                answer("aws:kms/getAlias:getAlias", name="alias/central"),
            ),
        },
    ),
    *_forms(
        "principals",
        SIGNER,
        grant_for_a_foreign_role,
        known={},
        unknown={
            "get": (
                lambda: aws.iam.Role.get("reader", "signer").arn,
                {"type": "aws:iam/role:Role", "id": "signer"},
            ),
            "stack": (lambda: of_stack("role"), output("role")),
            "lookup": (
                lambda: aws.iam.get_role(name="signer").arn,
                answer("aws:iam/getRole:getRole", name="signer"),
            ),
        },
    ),
    *_forms(
        "principals",
        SIGNER,
        permission_for_a_foreign_role,
        known={},
        unknown={
            "stack": (lambda: of_stack("role"), output("role")),
            "lookup": (
                lambda: aws.iam.get_role(name="signer").arn,
                answer("aws:iam/getRole:getRole", name="signer"),
            ),
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
            "stack": (lambda: of_stack("authorizer"), output("authorizer")),
            "lookup": (
                lambda: aws.lambda_.get_function(function_name="central").invoke_arn,
                answer("aws:lambda/getFunction:getFunction", functionName="central"),
            ),
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


def trusting(kind: str, name: str, *places_read: dict[str, Any]) -> Configuration:
    entry = ConfigurationEntry(kind=kind, name=name, places=places(list(places_read)), **WHY)
    return Configuration(entries=(entry,))


@pytest.mark.parametrize("form", FORMS)
def test_a_trusted_end_passes_in_every_form(form):
    graph = recorded(form)
    assert list(refusals(graph))
    read = [form.place] if form.place else []
    configuration = trusting(form.kind, form.name, *read)
    assert list(refusals(graph, configuration)) == []
    shown = {line for line, _ in configuration.in_use()}
    assert all(line.startswith(f"{form.kind} '{form.name}' by security-team") for line in shown)
    assert {line.endswith("is known)") for line in shown} == {bool(read)}
    if not read:
        assert list(refusals(graph, trusting(form.kind, f"{form.name}0")))
    assert list(refusals(graph, trusting("packages", form.name, *read)))


@pytest.mark.parametrize("form", [one for one in FORMS if one.values[0].place])
def test_another_end_of_the_same_kind_is_refused(form):
    graph = recorded(form)
    key = {"stack": "output", "type": "id", "lookup": "arguments"}[next(iter(form.place))]
    other = form.place | {key: {"name": "other"} if key == "arguments" else "other"}
    for read in ([], [other]):
        assert list(refusals(graph, trusting(form.kind, form.name, *read)))


def test_a_value_that_is_also_made_of_this_stack_is_not_trusted():
    def program(_):
        clean = by_hand.from_a_body()
        both = pulumi.Output.all(of_stack("role"), clean.api.id).apply("".join)
        aws.kms.Grant("second", key_id=clean.key.id, grantee_principal=both, operations=["Sign"])

    form = Form(kind="principals", name=SIGNER, program=program, value=lambda: None)
    assert list(refusals(recorded(form), trusting("principals", SIGNER, output("role"))))


def stacks(*outputs: str) -> Form:
    """A web ACL by outputs of another stack; entries name the first."""

    def value():
        read = pulumi.StackReference(STACK)
        return pulumi.Output.concat(*(read.outputs[name] for name in outputs))

    return Form(kind="webAcls", name=ACL, program=central_web_acl, value=value)


def test_every_read_of_a_value_is_named():
    assert list(refusals(recorded(stacks("a")), trusting("webAcls", ACL, output("a")))) == []
    both = recorded(stacks("a", "b"))
    assert list(refusals(both, trusting("webAcls", ACL, output("a"))))
    assert list(refusals(both, trusting("webAcls", ACL, output("a"), output("b")))) == []


def test_an_output_without_a_name_is_not_trusted():
    def value():
        return pulumi.StackReference(STACK).outputs.apply(lambda outputs: outputs["a"])

    form = Form(kind="webAcls", name=ACL, program=central_web_acl, value=value)
    assert list(refusals(recorded(form), trusting("webAcls", ACL, output("a"))))


@pytest.mark.parametrize("value", [FORMS[1].values[0], FORMS[2].values[0]], ids=["get", "stack"])
def test_every_report_shows_it(tmp_path, value):
    read = {"from": value.place} if value.place else {}
    configuration = {"trusted": {"webAcls": [{"name": ACL, **WHY, **read}]}}
    pack = pack_in_process(pack_with(tmp_path, configuration))
    verdict = pack.judge(recorded(value), preview=True)
    assert verdict.violations == ()
    subject = Subject(project="example", stack="test", semantics="preview")
    for report_format in ReportFormat:
        report = render(verdict, subject, report_format)
        assert ACL in report
        assert WHY["owner"] in report
        assert ("compared when its value is known" in report) is bool(read)
