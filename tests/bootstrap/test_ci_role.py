"""The role's trust policy, and the bootstrap program under our own policy pack."""

import json

import pulumi_aws as aws
import pytest

from bootstrap.ci_role import READER_NAME, ROLE_NAME, trust_policy
from bootstrap.ci_settings import CiSettingError, CiSettings, require_account
from portcullis.analyzer import judge
from portcullis.awsmodels import judge as models
from portcullis.graph.in_process import record
from tests.bootstrap.stacks import PROJECT

PROGRAM, STACK = PROJECT / "bootstrap", "ci"
EXISTING = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


@pytest.fixture(scope="module")
def graph():
    return record(PROGRAM, STACK, preview=True)


def inputs(graph, kind):
    return [r.inputs for r in graph.resources if r.type.endswith(f":{kind}")]


def test_only_exact_subjects_of_one_issuer_are_trusted():
    (statement,) = trust_policy("arn", "issuer.example.com", ["a", "b"])["Statement"]
    assert statement["Principal"] == {"Federated": "arn"}
    assert statement["Condition"] == {
        "StringEquals": {
            "issuer.example.com:aud": "sts.amazonaws.com",
            "issuer.example.com:sub": ["a", "b"],
        }
    }


def test_the_program_makes_provider_role_and_rights(graph):
    roles = {role["name"]: role for role in inputs(graph, "Role")}
    assert set(roles) == {ROLE_NAME, READER_NAME}
    for name, environment in ((ROLE_NAME, "dev"), (READER_NAME, "dev-read")):
        trust = json.loads(roles[name]["assumeRolePolicy"])["Statement"][0]
        assert trust["Principal"]["Federated"] == EXISTING
        assert trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == [
            f"repo:example/portcullis:environment:{environment}"
        ]
    assert len(inputs(graph, "OpenIdConnectProvider")) == 1
    assert len(inputs(graph, "Policy")) == len(inputs(graph, "RolePolicyAttachment")) > 1


def test_the_reader_is_left_out_without_an_environment_of_its_own():
    graph = record(PROGRAM, STACK, preview=True, config={"readEnvironments": "[]"})
    assert [role["name"] for role in inputs(graph, "Role")] == [ROLE_NAME]
    assert set(graph.stack_outputs) == {"roleArn"}


@pytest.mark.parametrize(
    ("config", "prefix"), [({}, "portcullis"), ({"namePrefix": "orders"}, "orders")], ids=str
)
def test_the_rights_are_on_the_names_of_the_stacks(config, prefix):
    graph = record(PROGRAM, STACK, preview=True, config=config)
    granted = json.dumps([policy["policy"] for policy in inputs(graph, "Policy")])
    assert f":role/{prefix}-*" in granted
    assert ":role/ci-" not in granted


def test_an_existing_provider_is_used():
    graph = record(PROGRAM, STACK, preview=True, config={"providerArn": EXISTING})
    assert inputs(graph, "OpenIdConnectProvider") == []


@pytest.mark.parametrize("is_preview", [True, False], ids=["preview", "update"])
def test_our_policy_pack_accepts_the_program(is_preview):
    graph = record(PROGRAM, STACK, preview=is_preview)
    verdict = judge(graph, pack=PROJECT / "policies", preview=is_preview)
    assert verdict.violations == ()


def test_aws_models_accept_the_program(graph):
    assert models.judge(graph).findings == ()


def test_credentials_of_another_account_are_refused(monkeypatch):
    found = type("Identity", (), {"account_id": "999988887777"})
    monkeypatch.setattr(aws, "get_caller_identity", lambda: found)
    settings = CiSettings(
        account_id="111122223333",
        region="eu-central-1",
        name_prefix="portcullis",
        repository="example/portcullis",
        branches=["main"],
    )
    with pytest.raises(CiSettingError, match="999988887777"):
        require_account(settings)


def test_our_policy_pack_would_refuse_wider_rights(tmp_path):
    program = tmp_path / "bootstrap"
    program.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.ci.yaml"):
        (program / name).write_bytes((PROGRAM / name).read_bytes())
    text = (PROGRAM / "__main__.py").read_text()
    wider = 'policies=[{"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}],'
    before, _, after = text.partition("        policies=")
    text = f"{before}        {wider}\n{after.partition(chr(10))[2]}"
    (program / "__main__.py").write_text(
        text.replace("Path(__file__).resolve().parents[1]", repr(str(PROJECT)))
    )
    verdict = judge(record(program, STACK, preview=True), pack=PROJECT / "policies", preview=True)
    assert {violation.rule for violation in verdict.violations} == {"iam-policy-has-no-wildcards"}
