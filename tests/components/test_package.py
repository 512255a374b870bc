"""The component package: its schema, and what the host's values become."""

import asyncio
import json
import os
import runpy
import subprocess
import sys
import traceback
from pathlib import Path

import pulumi
import pytest

from components.arn import Place
from components.contract_api import ContractApiArgs
from components.guarded_api import GuardedApiArgs
from components.package import COMPONENTS, BadArgumentsError, hosted, schema, typed
from components.usage_plans import PlanLimits
from components.waf_shield import WafShieldArgs

PROJECT = Path(__file__).parents[2]
PAGE = runpy.run_path(str(PROJECT / "docs" / "component_schema.py"))
GIVEN = {"prefix": "p", "place": {"region": "eu-central-1", "account_id": "111122223333"}}


@pytest.fixture(scope="module")
def written():
    return schema()


@pytest.fixture(scope="module")
def resources(written):
    return {token.rpartition(":")[2]: one for token, one in written["resources"].items()}


def test_the_committed_schema_is_current(written):
    committed = json.loads((PROJECT / "components" / "schema.json").read_text())
    assert committed == written, f"If the change is meant, run: {PAGE['COMMAND']}"


def test_tokens_are_those_of_our_own_programs(written):
    names = {kind.__name__ for kind in COMPONENTS}
    assert set(written["resources"]) == {f"portcullis:index:{name}" for name in names}


def test_it_needs_no_schema_of_another_package(written):
    assert written["dependencies"] == []


def test_an_argument_with_a_default_is_optional_and_names_it(resources):
    gates = resources["GuardedApi"]
    assert "rateLimit" not in gates["requiredInputs"]
    assert "Default: `2000`." in gates["inputProperties"]["rateLimit"]["description"]
    assert gates["requiredInputs"] == [
        *("allowedCidrs", "audience", "contractFile", "domain", "place", "prefix"),
        *("stageName", "truststoreFile"),
    ]


def test_the_sample_needs_no_contract(resources):
    assert "contractFile" in resources["ContractApi"]["requiredInputs"]
    assert "contractFile" not in resources["PetStoreApi"]["inputProperties"]


def test_every_property_has_a_text(written, resources):
    described = [
        *(("inputs", one["inputProperties"]) for one in resources.values()),
        *(("outputs", one["properties"]) for one in resources.values()),
        *((token, one["properties"]) for token, one in written["types"].items()),
    ]
    assert [
        (where, name)
        for where, properties in described
        for name, one in properties.items()
        if not one.get("description", "").strip()
    ] == []


def test_texts_name_properties_as_the_schema_does(written):
    assert "rate_window_seconds" not in json.dumps(written)


# The only properties that may be Outputs; everything else must be known at preview.
OF_AN_API = {
    *("authorizerUri", "authorizerFunction", "authorizerAlias"),
    *("renewalFunction", "renewalAlias"),
}
MAY_BE_OUTPUTS = {
    "MtlsDomain": {"restApiId", "stageName"},
    "WafShield": {"stageArn"},
    "JwtAuthorizer": {"registryTable"},
    "ContractApi": OF_AN_API,
    "PetStoreApi": OF_AN_API,
    "GuardedApi": set(),
}


def test_what_must_be_known_at_preview_takes_no_output(resources):
    assert {
        name: {key for key, one in component["inputProperties"].items() if not one.get("plain")}
        for name, component in resources.items()
    } == MAY_BE_OUTPUTS


def test_a_mapping_becomes_the_arguments():
    args = typed(WafShieldArgs, {**GIVEN, "stage_arn": "s", "allowed_cidrs": ["10.0.0.0/8"]})
    assert args == WafShieldArgs(
        prefix="p",
        place=Place(region="eu-central-1", account_id="111122223333"),
        stage_arn="s",
        allowed_cidrs=["10.0.0.0/8"],
    )


def test_whole_numbers_arrive_as_floats():
    given = {**GIVEN, "stage_arn": "s", "allowed_cidrs": [], "rate_limit": 100.0}
    args = typed(WafShieldArgs, given)
    assert isinstance(args.rate_limit, int)
    with pytest.raises(TypeError, match=r"0\.5 must be a whole number"):
        typed(WafShieldArgs, {**given, "rate_limit": 0.5})


def test_nested_values_get_their_types():
    plan = {"rate_per_second": 5.0, "burst": 10.0}
    hints = {one.name: one.type for one in GuardedApiArgs.__dataclass_fields__.values()}
    plans = typed(hints["rate_plans"], {"gold": plan})
    assert plans == {"gold": PlanLimits(rate_per_second=5, burst=10)}
    assert isinstance(plans["gold"].burst, int)


def test_outputs_pass_as_they_are():
    async def made():
        return pulumi.Output.from_input("arn")

    output = asyncio.run(made())
    hints = {one.name: one.type for one in ContractApiArgs.__dataclass_fields__.values()}
    assert typed(hints["authorizer_uri"], output) is output
    keys = typed(hints["published_keys"], [{"kid": output, "x": "x", "y": "y"}])
    assert keys == [{"kid": output, "x": "x", "y": "y"}]


def test_a_hosted_component_registers_what_the_component_does(engine):
    (waf,) = (kind for kind in COMPONENTS if kind.__name__ == "WafShield")
    given = {**GIVEN, "stage_arn": "s", "allowed_cidrs": ["203.0.113.0/24"]}
    recorded = engine.preview(lambda: hosted(waf)("waf", given))
    assert recorded.one("WafShield").name == "waf"
    assert recorded.one("WebAcl").parent == recorded.one("WafShield").urn


def test_bad_arguments_are_reported_without_frames(engine):
    (domain,) = (kind for kind in COMPONENTS if kind.__name__ == "MtlsDomain")
    given = {
        **GIVEN,
        "domain": "api.example.com",
        "truststore_file": "nowhere.pem",
        "rest_api_id": "a",
        "stage_name": "dev",
        "guards": [],
    }
    for zone, message in ((None, "hosted_zone_id or a certificate_arn"), ("Z1", "nowhere.pem")):
        with pytest.raises(BadArgumentsError, match=message) as refused:
            engine.preview(lambda zone=zone: hosted(domain)("d", {**given, "hosted_zone_id": zone}))
        # What the host prints after the message.
        assert traceback.extract_tb(refused.value.__traceback__) == []


@pytest.mark.parametrize("is_link", [False, True], ids=["folder", "link"])
def test_the_folder_runs_as_a_program(tmp_path, is_link):
    """The engine starts it with its own address, and reads the port that it listens on."""
    folder = PROJECT / "components"
    if is_link:
        (tmp_path / "components").symlink_to(folder)
        folder = tmp_path / "components"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", str(folder), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
        text=True,
    ) as process:
        try:
            assert int(process.stdout.readline()) > 0
        finally:
            process.kill()


IMPORTED = """
import ast, pathlib, sys
import components.package
ours = ("components", "portcullis", "authorizer")
names = set()
for name, module in list(sys.modules.items()):
    if name.split(".")[0] in ours:
        for node in ast.walk(ast.parse(pathlib.Path(module.__file__).read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
print(" ".join(names - set(sys.stdlib_module_names) - set(ours)))
"""
DISTRIBUTIONS = {"OpenSSL": "pyOpenSSL", "yaml": "pyyaml", "pulumi_aws": "pulumi-aws"}


def test_the_requirements_are_what_the_package_imports_and_in_the_tested_ranges():
    command = [sys.executable, "-W", "ignore", "-c", IMPORTED]
    found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    lines = (PROJECT / "components" / "requirements.txt").read_text().splitlines()
    listed = {line for line in lines if not line.startswith("#")}
    named = {line.partition(">")[0] for line in listed}
    assert named == {DISTRIBUTIONS.get(name, name) for name in found.split()}
    assert listed <= set((PROJECT / "requirements" / "runtime.in").read_text().splitlines())
