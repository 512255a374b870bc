"""The example schedules of revocation lists run a command that exists, with the rights it uses."""

import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from importlib.util import find_spec

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding
from typer.main import get_command

from portcullis.cli.main import app
from portcullis.registry.revocation_lists.fetching import ListSource
from portcullis.registry.revocation_lists.in_table import KEPT_SECONDS, CrlTable
from portcullis.registry.revocation_lists.updating import update
from tests.authorizer.conftest import dynamodb, moto  # noqa: F401 - fixtures
from tests.authorizer.list_tables import AT, TRUSTSTORE, table  # noqa: F401 - a fixture
from tests.authorizer.lists import signed
from tests.authorizer.making import NOW
from tests.ci.workflows import ROOT, jobs, steps

FOLDER = ROOT / "docs" / "operations"
GUIDE = (FOLDER / "revocation-lists.md").read_text()
WORKFLOW = FOLDER / "revocation-lists.yml"
COMMANDS = re.findall(r"\S*portcullis clients fetch-crl --[^|\n]*", GUIDE + WORKFLOW.read_text())


def der(crl):
    return crl.public_bytes(Encoding.DER)


def words(command):
    """What follows `portcullis`, with the variable of the workflow filled in."""
    return shlex.split(command.replace("$STACK", "dev"))[1:]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_examples_can_be_parsed(command):
    group, name, *arguments = words(command)
    clients = get_command(app).get_command(None, group)
    fetch = clients.get_command(None, name)
    context = fetch.make_context(name, arguments)  # an unknown option is an error
    assert context.params["stack"] in {"dev", "prod"}


def test_there_is_an_example_of_each_kind():
    assert len([c for c in COMMANDS if "--stack prod" in c]) >= 3  # by hand, cron, systemd
    runs = [s["run"] for s in jobs(WORKFLOW)["fetch"]["steps"] if "run" in s]
    assert runs == ['.venv/bin/portcullis clients fetch-crl --stack "$STACK"']


@pytest.mark.skipif(
    find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed"
)
def test_the_workflow_matches_the_public_schema():
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    checked = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_the_workflow_pins_what_the_others_pin_and_may_only_read_the_code():
    (job,) = jobs(WORKFLOW).values()
    used = {step["uses"] for step in job["steps"] if "uses" in step}
    assert used <= {step.content.get("uses") for step in steps()}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {}


def test_the_rights_in_the_guide_are_those_that_the_command_uses(dynamodb, table):  # noqa: F811 - fixtures
    asked = []

    def note(params, model, **_):
        asked.append((model.name, params["body"].decode()))

    published = [signed(5, 6), signed(5, number=8), signed(5, number=9)]
    dynamodb.meta.events.register("before-call.dynamodb", note)
    try:
        for day, crl in enumerate(published):
            at = AT + day * (KEPT_SECONDS + 1)  # so that the first list's buckets are deleted
            place = CrlTable(dynamodb, table.name, TRUSTSTORE, clock=lambda at=at: at)
            source = ListSource(urls=("a",), may_be_private=True)
            done = update(place, [source], TRUSTSTORE, lambda _, crl=crl: der(crl), now=NOW)
            assert done.has_written
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", note)
    keyed, scan = json.loads(GUIDE.split("```json\n")[1].split("```")[0])["Statement"]
    allowed = {*keyed["Action"], scan["Action"]}
    used = {f"dynamodb:{name}" for name, _ in asked}
    assert used | {"dynamodb:DeleteItem"} == allowed  # that one forgets a revoked CA
    touched = [key for _, body in asked for key in re.findall(r'"pk": ?{"S": ?"(.*?)"', body)]
    leading = keyed["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert len(touched) > 5
    assert [key for key in touched if not fnmatch(key, leading)] == []
