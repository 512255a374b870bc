"""The configuration trusts ends outside a stack, with a reason, an owner, and in sight."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from policies.configuration import KINDS, Configuration
from portcullis.analyzer import running_pack
from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.render import render
from portcullis.analyzer.reports.subject import Subject
from tests.policies import acls, by_hand
from tests.policies.in_process import pack_in_process
from tests.policies.running import PACK, files_with, graph_of, pack_with

WHY = {"reason": "The security team runs it.", "owner": "security-team"}
ACL_ARN = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1"
GROUP_ARN = ACL_ARN.replace("webacl", "rulegroup")
SIGNER = "arn:aws:iam::999999999999:role/signer"
KEY_ID = "11111111-2222-3333-4444-555555555555"
IS_USED = "portcullis-configuration-is-used"
IS_VALID = "portcullis-configuration-is-valid"


def trusted(kind, *names):
    return {"trusted": {kind: [{"name": name, **WHY} for name in names]}}


@pytest.fixture
def judged(tmp_path):
    """Judge a program with a pack that has a configuration; preview and update must agree."""

    def judge(program, configuration, *, stack="test"):
        pack = pack_in_process(files_with(tmp_path, configuration))
        verdicts = [
            pack.judge(graph_of(program, preview=p, stack=stack), preview=p) for p in (True, False)
        ]
        assert [v.rule for v in verdicts[0].violations] == [v.rule for v in verdicts[1].violations]
        assert verdicts[0].trusted == verdicts[1].trusted
        return verdicts[0]

    return judge


def central_web_acl():
    by_hand.from_a_body(web_acl_arn=ACL_ARN)


def shared_domain():
    clean = by_hand.from_a_body()
    aws.apigateway.BasePathMapping(
        "second",
        domain_name="partners.example.com",
        rest_api=clean.api.id,
        stage_name=clean.stage.stage_name,
        opts=pulumi.ResourceOptions(depends_on=clean.guards),
    )


def api_of_another_stack():
    clean = by_hand.from_a_body()
    aws.apigateway.BasePathMapping(
        "second",
        domain_name=clean.domain.domain_name,
        base_path="orders",
        rest_api="abcdef1234",
        stage_name="live",
    )


def rule_group_of_another_stack():
    by_hand.from_a_body()
    group = {
        "name": "central",
        "priority": 9,
        "override_action": {"none": {}},
        "statement": {"rule_group_reference_statement": {"arn": GROUP_ARN}},
        "visibility_config": acls.VISIBILITY,
    }
    strangers = acls.outside(acls.partners("more"))
    acl = aws.wafv2.WebAcl(
        "second",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[strangers, acls.rate(), *acls.all_managed(), group],
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclLoggingConfiguration(
        "second-log",
        resource_arn=acl.arn,
        log_destination_configs=["arn:aws:logs:eu-central-1:000000000000:log-group:aws-waf-logs-x"],
        redacted_fields=[{"single_header": {"name": n}} for n in ("authorization", "cookie")],
    )


def truststore_of_another_stack():
    by_hand.from_a_body()
    aws.apigateway.DomainName(
        "second",
        domain_name="second.example.com",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        mutual_tls_authentication={
            "truststore_uri": "s3://central-truststores/partners.pem",
            "truststore_version": "L4kqtJlcpXroDTDmpUMLUo",
        },
    )


def grant_for_a_foreign_role():
    clean = by_hand.from_a_body()
    aws.kms.Grant("grant", key_id=clean.key.id, grantee_principal=SIGNER, operations=["Sign"])


def permission_for_a_foreign_role():
    clean = by_hand.from_a_body()
    aws.lambda_.Permission(
        "second",
        action="lambda:InvokeFunction",
        function=clean.function.name,
        principal=SIGNER,
    )


def policy_of_a_foreign_key():
    by_hand.from_a_body()
    aws.kms.KeyPolicy("key-policy", key_id=KEY_ID, policy=json.dumps(by_hand.KEY_POLICY))


def resource_of_another_provider():
    by_hand.from_a_body()
    pulumi.CustomResource("pagerduty:index/service:Service", "service", {})


FOREIGN = [
    ("webAcls", ACL_ARN, central_web_acl, "association"),
    ("domains", "partners.example.com", shared_domain, "second"),
    ("restApis", "abcdef1234", api_of_another_stack, "second"),
    ("ruleGroups", GROUP_ARN, rule_group_of_another_stack, "second"),
    ("buckets", "central-truststores", truststore_of_another_stack, "second"),
    ("principals", SIGNER, grant_for_a_foreign_role, "grant"),
    ("principals", SIGNER, permission_for_a_foreign_role, "second"),
    ("keys", KEY_ID, policy_of_a_foreign_key, "key-policy"),
    ("packages", "pagerduty", resource_of_another_provider, "service"),
]


@pytest.mark.parametrize("program", [entry[2] for entry in FOREIGN])
def test_a_foreign_end_is_refused(judged, program):
    assert judged(program, {}).mandatory


@pytest.mark.parametrize(("kind", "name", "program", "resource"), FOREIGN)
def test_a_trusted_end_passes_and_is_shown(judged, kind, name, program, resource):
    verdict = judged(program, trusted(kind, name))
    assert verdict.violations == ()
    (shown,) = verdict.trusted
    assert (shown.kind, shown.name, shown.resource_name) == (kind, name, resource)
    assert (shown.owner, shown.reason) == (WHY["owner"], WHY["reason"])


@pytest.mark.parametrize(("kind", "name", "program"), [entry[:3] for entry in FOREIGN])
def test_trust_in_another_end_changes_nothing(judged, kind, name, program):
    verdict = judged(program, trusted(kind, f"{name}0"))
    assert verdict.mandatory
    assert verdict.trusted == ()
    assert IS_USED in {v.rule for v in verdict.violations}


def test_every_report_shows_what_is_trusted(judged):
    verdict = judged(central_web_acl, trusted("webAcls", ACL_ARN))
    subject = Subject(project="example", stack="test", semantics="preview")
    for report_format in ReportFormat:
        report = render(verdict, subject, report_format)
        for shown in (ACL_ARN, WHY["owner"], WHY["reason"]):
            assert shown in report, report_format


def test_an_entry_that_matches_nothing_is_a_warning(judged):
    verdict = judged(by_hand.from_a_body, trusted("webAcls", ACL_ARN))
    assert verdict.mandatory == ()
    (warning,) = verdict.violations
    assert warning.rule == IS_USED
    assert f"webAcls {ACL_ARN}" in warning.message
    assert "matches nothing" in warning.message


def test_an_entry_for_another_stack_is_silent_and_trusts_nothing(judged):
    elsewhere = {"trusted": {"webAcls": [{"name": ACL_ARN, "stack": "prod", **WHY}]}}
    verdict = judged(central_web_acl, elsewhere)
    assert {v.rule for v in verdict.violations} == {"apigateway-stage-requires-web-acl"}


def test_each_judgement_of_a_running_pack_counts_anew(tmp_path):
    with running_pack(pack_with(tmp_path, trusted("webAcls", ACL_ARN))) as running:
        for _ in range(2):
            verdict = running.judge(graph_of(central_web_acl, preview=True), preview=True)
            assert len(verdict.trusted) == 1
        verdict = running.judge(graph_of(by_hand.from_a_body, preview=True), preview=True)
        assert verdict.trusted == ()
        assert [v.rule for v in verdict.violations] == [IS_USED]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("trusted: {webAcl: []}", "trusted has no 'webAcl'; it may have webAcls, ruleGroups"),
        ("trust: {}", "the keys of the file must be trusted and scope"),
        ("trusted: {webAcls: {}}", "trusted.webAcls must be a list of entries"),
        ("trusted: []", "trusted must be a mapping"),
        (
            "trusted: {webAcls: [{name: a, owner: b}]}",
            "entry 1 of trusted.webAcls: reason is missing",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: b}]}",
            "entry 1 of trusted.webAcls: owner is missing",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: b, owner: c, expiry: d}]}",
            "there is no key 'expiry'",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: '', owner: c}]}",
            "reason must be a string of one line",
        ),
        (
            "trusted: {webAcls: [{name: 'arn:*', reason: b, owner: c}]}",
            "without a wildcard",
        ),
        (
            "trusted: {webAcls: [{name: a, name: b, reason: b, owner: c}]}",
            "cannot be read: the key 'name' is given twice",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: b, owner: c, from: {stack: d}}]}",
            "entry 1 of trusted.webAcls: output is missing",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: b, owner: c, from: [{}]}]}",
            "from must have stack and output or type and id or lookup and arguments",
        ),
        (
            "trusted: {webAcls: [{name: a, reason: b, owner: c, from: {lookup: d, arguments: e}}]}",
            "arguments must be a mapping",
        ),
        ("trusted: {webAcls: [1]}", "it must be a mapping with name, reason, owner"),
        ("scope: {widen: [{reason: a}]}", "entry 1 of scope.widen: owner is missing"),
        ("scope: {narrow: [{reason: a, owner: b}]}", "it must have one of api and tag"),
        ("scope: {narrow: [{tag: public, reason: a, owner: b}]}", "tag must be KEY=VALUE"),
        ("scope: {wide: []}", "scope has no 'wide'; it may have widen, narrow"),
        ("{", "cannot be read"),
    ],
)
def test_a_malformed_file_trusts_nothing_and_gets_one_clear_line(tmp_path, text, says):
    path = tmp_path / "configuration.yaml"
    path.write_text(text)
    configuration = Configuration.read(path)
    assert configuration.entries == ()
    (problem,) = configuration.problems
    assert problem.startswith("configuration.yaml")
    assert says in problem
    assert "\n" not in problem


def test_a_malformed_file_is_a_violation(judged):
    verdict = judged(central_web_acl, {"trusted": {"webAcls": [{"name": ACL_ARN}]}})
    rules = {v.rule: v for v in verdict.mandatory}
    assert set(rules) == {"apigateway-stage-requires-web-acl", IS_VALID}
    assert "reason is missing" in rules[IS_VALID].message


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"stack": "prdo"}, "no project here has a stack 'prdo' (did you mean 'prod'?)"),
        ({"project": "exmaple"}, "no project 'exmaple' here (did you mean 'example'?)"),
        ({"project": "example", "stack": "prdo"}, "example has no stack 'prdo'"),
        ({"project": "example", "stack": "prod"}, ""),
    ],
)
@pytest.mark.parametrize("section", ["trusted", "scope"])
def test_a_misspelt_project_or_stack_is_a_violation_in_every_stack(
    judged, tmp_path, section, limits, says
):
    (tmp_path / "Pulumi.yaml").write_text("name: example\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    entries = {
        "trusted": {"webAcls": [{"name": ACL_ARN, **WHY, **limits}]},
        "scope": {"widen": [{**WHY, **limits}]},
    }
    verdict = judged(by_hand.from_a_body, {section: entries[section]})
    if not says:
        assert verdict.violations == ()
        return
    (wrong,) = verdict.mandatory
    assert wrong.rule == IS_VALID
    assert says in wrong.message


def test_no_file_is_an_empty_configuration(tmp_path):
    assert Configuration.read(tmp_path / "configuration.yaml") == Configuration()


def test_the_guide_lists_every_kind():
    guide = (PACK.parent / "docs/policies/using-the-pack.md").read_text()
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in guide
