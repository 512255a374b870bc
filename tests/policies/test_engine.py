"""The rows of dangerous and innocent programs have the same verdict under the real engine.

test_closed_world.py and test_scope.py judge every line in the harness, in a preview and in an
update; here one line of each kind is previewed by the CLI, with the stand-in as its provider. The
harness alone tries rows whose types the stand-in does not know: 9, 13, 20, 22, 23, 25, 27, 28.
"""

import shutil
import subprocess
from types import SimpleNamespace

import pytest

from portcullis.graph.engine_workspace import EngineWorkspace
from tests.policies import by_hand
from tests.policies.running import PACK, pack_with
from tests.policies.test_closed_world import DANGEROUS, INNOCENT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]
ROOT = PACK.parent
ACL_ARN = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1"
WHY = {"reason": "Agreed.", "owner": "security-team"}
LIMIT_SECONDS = 900
PROGRAM = """
import sys

sys.path.insert(0, {root!r})
import pulumi

from tests.policies import by_hand, test_closed_world, test_engine, test_scope

module, name = pulumi.Config().require("line").split(".")
line = getattr(sys.modules[f"tests.policies.{{module}}"], name)
line(by_hand.from_a_body()) if line.__code__.co_argcount else line()
"""


def existing_api_behind_the_domain(clean):
    import pulumi_aws as aws  # noqa: PLC0415 - takes seconds, and only the program needs it

    api = aws.apigateway.RestApi.get("existing", "abcdef1234")
    aws.apigateway.BasePathMapping(
        "m2",
        domain_name=clean.domain.domain_name,
        base_path="existing",
        rest_api=api.id,
        stage_name="live",
    )


def existing_domain_before_the_stage(clean):
    import pulumi_aws as aws  # noqa: PLC0415

    domain = aws.apigateway.DomainName.get("existing", "legacy.example.com")
    aws.apigateway.BasePathMapping(
        "m2",
        domain_name=domain.id,
        rest_api=clean.api.id,
        stage_name=clean.stage.stage_name,
    )


def existing_web_acl(clean):
    import pulumi_aws as aws  # noqa: PLC0415

    acl = aws.wafv2.WebAcl.get("existing", "1/central/REGIONAL")
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=acl.arn)


def web_acl_of_a_stack_reference(clean):
    import pulumi  # noqa: PLC0415
    import pulumi_aws as aws  # noqa: PLC0415

    other = pulumi.StackReference("other", stack_name="organization/line/local")
    arn = other.get_output("webAclArn").apply(lambda _: ACL_ARN)
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=arn)


def trigger_of_the_api_s_id(clean):
    import pulumi_aws as aws  # noqa: PLC0415

    aws.apigateway.Deployment(
        "second", rest_api=clean.api.id, triggers={"content": clean.api.root_resource_id}
    )


def public_api_with_an_unknown_body(_clean):
    import json  # noqa: PLC0415

    import pulumi_aws as aws  # noqa: PLC0415

    bucket = aws.s3.Bucket("site", bucket="site")
    api = aws.apigateway.RestApi(
        "public", body=bucket.arn.apply(lambda _: json.dumps({"openapi": "3.0.1", "paths": {}}))
    )
    aws.apigateway.Deployment("public", rest_api=api.id)


def role_of_another_account_that_changes_the_authorizer(_clean):
    import json  # noqa: PLC0415

    import pulumi_aws as aws  # noqa: PLC0415

    account = "arn:aws:iam::999999999999:root"
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    function = "arn:aws:lambda:eu-central-1:000000000000:function:authorizer"
    changes = {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": function}
    role = aws.iam.Role("partner", assume_role_policy=json.dumps({"Statement": [trust]}))
    policy = aws.iam.Policy("partner", policy=json.dumps({"Statement": [changes]}))
    aws.iam.RolePolicyAttachment("partner", role=role.name, policy_arn=policy.arn)


def trusted_web_acl_by_get():
    import pulumi_aws as aws  # noqa: PLC0415

    acl = aws.wafv2.WebAcl.get("central", "1/central/REGIONAL")
    by_hand.from_a_body(web_acl_arn=acl.arn)


def trusted_web_acl_of_a_stack_reference():
    import pulumi  # noqa: PLC0415

    other = pulumi.StackReference("organization/line/local")
    by_hand.from_a_body(web_acl_arn=other.get_output("webAclArn").apply(lambda _: ACL_ARN))


OF_LINES = {line.__name__: rule for rule, line in DANGEROUS}
# Row of the page of cases and the line that stands for it.
REFUSED = {
    "1 text": "a_domain_of_another_stack",
    "1 get": "existing_domain_before_the_stage",
    "2": "another_api_with_the_name_of_the_guarded_stage",
    "3": "a_rule_group_that_allows_everything",
    "4": "a_rule_group_that_allows_before_the_rate_limit",
    "5": "second_association_with_a_foreign_web_acl",
    "5 get": "existing_web_acl",
    "5 reference": "web_acl_of_a_stack_reference",
    "6": "a_request_template_that_overrides_authorization",
    "8": "a_canary_with_an_old_deployment",
    "10": "a_permission_for_a_foreign_account",
    "11": "an_ip_set_of_many_networks",
    "14": "existing_api_behind_the_domain",
    "16": "an_api_with_an_old_security_policy",
    "17 truststore": "a_literal_truststore_version",
    "17 trigger": "a_deployment_with_a_literal_trigger",
    "18": "a_web_acl_for_cloudfront",
    "17 id": "trigger_of_the_api_s_id",
    "body": "public_api_with_an_unknown_body",
    "role": "role_of_another_account_that_changes_the_authorizer",
    "path": "a_path_from_the_query_string",
    "log": "an_access_log_of_another_account",
    "alias": "an_alias_of_the_authorizer_for_a_key_of_another_stack",
}
OF_EXISTING = {
    "existing_api_behind_the_domain": "apigateway-mapping-leads-to-guarded-stage",
    "existing_domain_before_the_stage": "apigateway-mapping-leads-to-guarded-stage",
    "existing_web_acl": "apigateway-stage-requires-web-acl",
    "web_acl_of_a_stack_reference": "apigateway-stage-requires-web-acl",
    "trigger_of_the_api_s_id": "apigateway-deployment-follows-content",
    "public_api_with_an_unknown_body": "apigateway-body-is-readable",
    "role_of_another_account_that_changes_the_authorizer": "iam-role-trusts-named-principals",
}
TRUSTED = ("trusted_web_acl_by_get", "trusted_web_acl_of_a_stack_reference")
PASSED = {
    "19": "test_closed_world.a_permission_for_every_route_of_the_api",
    "24": "test_scope.private_api",
    "26": "test_closed_world.a_permission_for_every_method_of_the_stage",
}


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    """Preview one line under the engine, with the pack as it is shipped."""
    folder = tmp_path_factory.mktemp("engine")
    project = folder / "program"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(
        f"name: line\nruntime:\n  name: python\n  options:\n    virtualenv: {ROOT / '.venv'}\n"
    )
    (project / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
    workspace = EngineWorkspace(folder / "engine")
    workspace.make()
    place = SimpleNamespace(region="eu-central-1", account_id="000000000000")

    def run(*arguments):
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "local", "--non-interactive", "--color", "never"],
            cwd=project,
            env=workspace.environment(place),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    made = run("stack", "init")
    assert made.returncode == 0, made.stderr
    assert run("config", "set", "aws:region", "eu-central-1").returncode == 0

    def previewed(line, pack=PACK):
        assert run("config", "set", "line", line).returncode == 0
        return run("preview", "--policy-pack", str(pack))

    return previewed


@pytest.mark.parametrize("name", REFUSED.values(), ids=[f"row {row}" for row in REFUSED])
def test_a_dangerous_line_is_refused_in_a_preview(preview, name):
    module = "test_engine" if name in OF_EXISTING else "test_closed_world"
    result = preview(f"{module}.{name}")
    assert result.returncode != 0
    assert f" {OF_EXISTING.get(name) or OF_LINES[name]} " in result.stdout, result.stdout
    assert "mandatory" in result.stdout


@pytest.mark.parametrize("line", PASSED.values(), ids=[f"row {row}" for row in PASSED])
def test_an_innocent_line_passes_a_preview(preview, line):
    result = preview(line)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "mandatory" not in result.stdout


@pytest.mark.parametrize("line", TRUSTED)
def test_a_trusted_end_that_the_program_reads_passes_a_preview(preview, tmp_path, line):
    pack = pack_with(tmp_path, {"trusted": {"webAcls": [{"name": ACL_ARN, **WHY}]}})
    result = preview(f"test_engine.{line}", pack)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"webAcls '{ACL_ARN}' by {WHY['owner']}: {WHY['reason']}" in result.stdout
    assert preview(f"test_engine.{line}").returncode != 0


def test_the_lines_are_those_of_the_harness():
    known = set(OF_LINES) | set(OF_EXISTING)
    assert set(REFUSED.values()) <= known
    assert {line.__name__ for line in INNOCENT} >= {
        line.split(".")[1] for line in PASSED.values() if line.startswith("test_closed_world")
    }
