"""The scenarios under the real engine; needs a `pulumi` CLI on PATH.

The plugin's journal is judged like the operations of the model, and the model must perform the same
operations as the engine.
"""

import shutil

import pytest
import yaml

from portcullis.graph.state import read_export
from portcullis.settings.project import load_stack_config
from portcullis.standin.journal import AccountJournal
from portcullis.standin.provider import LAPTOP_ACCOUNT, journal_file
from tests.portcullis.standin.scenarios.conftest import PLANS
from tests.portcullis.standin.scenarios.judging import differences, judge
from tests.portcullis.standin.scenarios.model_engine import Step, Update, new_stack

STACK = "local"
PLAN_CHANGE = ("delete UsagePlanKey", "create UsagePlanKey")

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


def journey(world):
    """Updates of one stack, each with the settings that it changes and its interruptions."""
    gold = world.clients("gold", everybody="gold")
    yield "create", {"truststoreFile": world.truststore("pki")}, ()
    yield "allow-list", {"allowedCidrs": ["192.0.2.0/24"]}, ()
    yield "IPv6", {"allowedCidrs": ["192.0.2.0/24", "2001:db8:2::/48"]}, ()
    yield "truststore", {"truststoreFile": world.truststore("new")}, ()
    yield "cache", {"authorizerCacheSeconds": 60}, ()
    yield "alarms", {"alarmEmails": ["a@example.com", "b@example.com"]}, ()
    yield "alarm removed", {"alarmEmails": ["b@example.com"]}, ()
    plans_on = ("update Stage", "create UsagePlanKey")
    yield "plans", {"ratePlans": PLANS, "clientsFile": gold}, (plans_on,)
    mixed = world.clients("mixed", everybody="gold", pet_viewer="silver")
    yield "a client's plan", {"clientsFile": mixed}, (PLAN_CHANGE,)
    renamed = {"premium": PLANS["gold"], "silver": PLANS["silver"]}
    premium = world.clients("premium", everybody="premium", pet_viewer="silver")
    yield "a plan renamed", {"ratePlans": renamed, "clientsFile": premium}, (PLAN_CHANGE,)
    yield "key published", {"signingKeys": ["a", "b"], "signingKey": "a"}, ()
    yield "key signs", {"signingKey": "b"}, ()
    yield "key retired", {"signingKeys": ["b"]}, ()
    yield "domain", {"domain": "127.0.0.1.nip.io"}, ()


def test_updates_under_the_engine_end_as_declared_and_open_nothing(
    project, workspace, pulumi, world, states_judged
):
    journal = AccountJournal(journal_file(workspace.home, LAPTOP_ACCOUNT, "eu-central-1"))
    model = new_stack(account=LAPTOP_ACCOUNT)
    for name, settings, interruptions in journey(world):
        before, done = journal.account(), len(journal.read())
        config = configure(project, workspace, settings)
        up = pulumi("up", "--yes", "--skip-preview")
        assert up.returncode == 0, f"{name}: {up.stdout[-3000:]}{up.stderr[-2000:]}"
        steps = tuple(
            Step(operation=operation, after=frozenset(range(position)))
            for position, operation in enumerate(journal.read()[done:])
        )
        graph = exported(project, pulumi)
        update = Update(before=before, steps=steps, graph=graph)
        goal = journal.account()
        judgement = judge(update, goal=goal, interruptions=interruptions, orders=0)
        states_judged.count += judgement.states
        assert judgement.faults == [], name
        assert differences(goal, graph) == [], name
        modelled = model.update(world.program, stack=STACK, config=config.raw_values)
        assert operations(modelled) == operations(update), name
    destroyed = pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode == 0, destroyed.stdout[-3000:] + destroyed.stderr[-2000:]
    left = {held.type.split(":")[2] for held in journal.account().values()}
    assert left == {"Account", "Role", "RolePolicyAttachment"}


def configure(project, workspace, settings):
    """Change the stack's file, and write the settings that the CLI reads."""
    path = project / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(path.read_text())
    for name, value in settings.items():
        document["config"][f"portcullis:{name}"] = value
    path.write_text(yaml.safe_dump(document))
    config = load_stack_config(project, STACK)
    workspace.write_settings(config)
    return config


def exported(project, pulumi):
    file = project / "export.json"
    export = pulumi("stack", "export", "--file", str(file))
    assert export.returncode == 0, export.stderr
    graph = read_export(file)
    return type(graph)(
        project=graph.project,
        stack=graph.stack,
        resources=tuple(resource for resource in graph if resource.custom),
    )


def operations(update):
    return sorted(str(operation) for operation in update.operations)
