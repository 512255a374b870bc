"""Without --policy-pack, the program refuses itself; needs a `pulumi` CLI on PATH."""

import json
import shutil

import pytest

from tests.portcullis.guards import GUARDS, without

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


@pytest.mark.parametrize("command", ["preview", "up --yes"], ids=["preview", "up"])
def test_a_program_without_a_guard_refuses_itself(pulumi, project, command):
    file = project / GUARDS["web ACL"][0]
    whole = file.read_text()
    rule = without(project, "web ACL")
    try:
        refused = pulumi(*command.split())
    finally:
        file.write_text(whole)
    output = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert f"{rule}: api-stage: " in output
    assert "Fix: aws.wafv2.WebAclAssociation(" in output
    assert "portcullis policies check --stack local" in output
    assert "Traceback" not in output
    assert "Updating" not in output  # the preview that comes first stopped it


def test_the_whole_program_updates(pulumi):
    updated = pulumi("up", "--yes", "--skip-preview")
    assert updated.returncode == 0, updated.stdout + updated.stderr


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"logs-group-has-retentoin": "advisory"}, "'logs-group-has-retentoin'"),
        ({"logs-group-has-retention": {"minimumDay": 3}}, "sets 'minimumDay'"),
    ],
    ids=["rule", "setting"],
)
def test_a_misspelt_policy_configuration_stops_the_engine(pulumi, project, config, says):
    file = project.parent / "levels.json"
    file.write_text(json.dumps(config))
    pack = ("--policy-pack", str(project / "policies"), "--policy-pack-config", str(file))
    refused = pulumi("preview", *pack)
    assert refused.returncode != 0
    assert says in refused.stdout + refused.stderr
