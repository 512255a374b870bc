"""The real engine runs the program, the stand-in as its provider; needs a `pulumi` CLI on PATH."""

import json
import re
import shutil

import pytest

from portcullis.graph.in_process import record
from portcullis.graph.state import read_export
from tests.portcullis.guards import GUARDS, without

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


# The update further down is of the settings as they are.
RENEWAL = {
    "certificateRenewalKeyArn": "arn:aws:kms:eu-central-1:000000000000:key/"
    "11111111-2222-3333-4444-555555555555",
    "certificateRenewalAuthorityFile": ".portcullis/pki/client-ca/intermediate.pem",
    "registry": "dynamodb",
}


def test_a_preview_with_renewal_and_the_policy_pack_is_clean(pulumi, project):
    options = [
        word for name, value in RENEWAL.items() for word in ("-c", f"portcullis:{name}={value}")
    ]
    try:
        preview = pulumi("preview", *options, "--policy-pack", str(project / "policies"))
    finally:
        for name in RENEWAL:  # the option also writes them to the stack's file
            assert pulumi("config", "rm", f"portcullis:{name}").returncode == 0
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "portcullis@v" in preview.stdout
    assert "renewal-function" in preview.stdout
    assert "observability-renewal-errors" in preview.stdout


@pytest.mark.parametrize("guard", list(GUARDS))
def test_a_preview_without_a_guard_is_refused_before_anything_is_created(pulumi, project, guard):
    program = project / GUARDS[guard][0]
    whole = program.read_text()
    rule = without(project, guard)
    try:
        preview = pulumi("preview", "--policy-pack", str(project / "policies"))
    finally:
        program.write_text(whole)
    assert preview.returncode != 0
    # The program's own check, where it ends first, writes a colon after the rule.
    assert re.search(rf" {rule}[ :]", preview.stdout), preview.stdout
    assert "mandatory" in preview.stdout
    assert "created" not in preview.stdout


def test_a_preview_refuses_a_description_that_aws_refuses(pulumi, project):
    program = project / "components" / "waf_shield.py"
    whole = program.read_text()
    sent = "Blocks what is not in the allow-list, then by rate and managed rules."
    assert sent in whole
    program.write_text(whole.replace(sent, "Allow-list; rate limit"))
    try:
        preview = pulumi("preview")
    finally:
        program.write_text(whole)
    assert preview.returncode != 0
    assert "wafv2:CreateWebACL Description" in preview.stdout


def test_a_preview_refuses_a_contract_in_one_line(pulumi, project):
    (project / "new.yaml").write_text("openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n")
    assert pulumi("config", "set", "portcullis:contractFile", "new.yaml").returncode == 0
    try:
        preview = pulumi("preview")
    finally:
        assert pulumi("config", "rm", "portcullis:contractFile").returncode == 0
    output = preview.stdout + preview.stderr
    assert preview.returncode != 0
    assert "new.yaml:1: openapi: is 3.1.0, but API Gateway imports OpenAPI 3.0." in output
    assert "Traceback" not in output


def test_an_update_creates_every_resource_and_a_second_one_changes_nothing(pulumi, project):
    tagged = pulumi("config", "set", "--path", "portcullis:tags.cost", "4711")
    assert tagged.returncode == 0, tagged.stderr
    first = pulumi("up", "--yes", "--skip-preview", "--policy-pack", str(project / "policies"))
    assert first.returncode == 0, first.stdout + first.stderr
    second = pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert second.returncode == 0, second.stdout + second.stderr
    exported = pulumi("stack", "export", "--file", str(project / "export.json"))
    assert exported.returncode == 0, exported.stderr
    graph = read_export(project / "export.json")
    rehearsed = record(project, "local", preview=False)
    assert {r.urn for r in graph} == {r.urn for r in rehearsed}
    assert set(graph.stack_outputs) == set(rehearsed.stack_outputs)
    (key,) = graph.of_type("aws:kms/key:Key")
    assert key.inputs["tags"] == {"cost": "4711"}
    for resource in graph:
        twin = rehearsed.by_urn(resource.urn)
        edges = {k: sorted(v) for k, v in resource.property_dependencies.items() if v}
        assert edges == {k: sorted(v) for k, v in twin.property_dependencies.items() if v}
    assert "PRIVATE KEY" not in json.dumps([dict(r.outputs) for r in graph])


def without_guarded_api(deployment):
    """The state of a stack from before GuardedApi: its components stood at the top level."""
    resources = deployment["deployment"]["resources"]
    (gates,) = (r["urn"] for r in resources if r["type"] == "portcullis:index:GuardedApi")
    (stack,) = (r["urn"] for r in resources if r["type"] == "pulumi:pulumi:Stack")
    deployment["deployment"]["resources"] = [r for r in resources if r["urn"] != gates]
    return (
        json.dumps(deployment)
        .replace(gates, stack)
        .replace("portcullis:index:GuardedApi$", "")
        .replace("portcullis:index:ContractApi", "portcullis:index:PetStoreApi")
    )


def test_a_stack_from_before_guarded_api_keeps_every_resource(pulumi, project):
    assert pulumi("up", "--yes", "--skip-preview").returncode == 0
    export, before = project / "export.json", project / "before.json"
    assert pulumi("stack", "export", "--file", str(export)).returncode == 0
    before.write_text(without_guarded_api(json.loads(export.read_text())))
    imported = pulumi("stack", "import", "--file", str(before))
    assert imported.returncode == 0, imported.stderr
    preview = pulumi("preview")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    _, _, summary = preview.stdout.rpartition("Resources:\n")
    created, unchanged = [line.strip() for line in summary.splitlines() if line.strip()][:2]
    assert created == "+ 1 to create"
    resources = json.loads(before.read_text())["deployment"]["resources"]
    providers = sum(r["type"].startswith("pulumi:providers:") for r in resources)
    assert unchanged == f"{len(resources) - providers} unchanged"
    assert "portcullis:index:GuardedApi" in preview.stdout
