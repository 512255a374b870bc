"""Creation, interruption, destruction, and two stacks in one account."""

import pytest

from portcullis.standin.account import key_of
from tests.portcullis.standin.scenarios.conftest import STACK
from tests.portcullis.standin.scenarios.judging import differences, judge
from tests.portcullis.standin.scenarios.model_engine import EngineRefusedError, Stack, new_stack
from tests.portcullis.standin.scenarios.test_updates import SCENARIOS
from tests.portcullis.standin.scenarios.variants import another_web_acl

INTERRUPTED = ("the domain changes", "a client's rate plan changes")
# Some of the operations after which an update is interrupted.
STRIDE = 3
STOPS_OF_CREATION = (1, 19, 43)


def test_a_creation_opens_nothing_before_it_is_complete(world, states_judged):
    stack = new_stack()
    update = stack.update(world.program, stack=STACK, config=world.config())
    judgement = judge(update, goal=stack.stand_in.account, orders=40)
    states_judged.count += judgement.states
    assert judgement.faults == []
    assert differences(stack.stand_in.account, update.graph) == []


@pytest.mark.parametrize("stop", STOPS_OF_CREATION)
def test_an_interrupted_creation_is_resumed(world, created, states_judged, stop):
    config = world.config()
    goal = created(config).stand_in.account
    stack = new_stack()
    stopped = stack.update(world.program, stack=STACK, config=config, stop_after=stop)
    assert len(stopped.steps) == stop
    resumed = stack.update(world.program, stack=STACK, config=config)
    for update in (stopped, resumed):
        judgement = judge(update, goal=goal)
        states_judged.count += judgement.states
        assert judgement.faults == []
    assert differences(stack.stand_in.account, resumed.graph) == []


@pytest.mark.parametrize(
    "scenario",
    [s for s in SCENARIOS if s.name in INTERRUPTED],
    ids=str,
)
def test_an_interrupted_update_is_resumed(world, created, states_judged, scenario):
    first, second = (world.config(**step(world)) for step in scenario.steps[:2])
    whole = created(first)
    complete = whole.update(world.program, stack=STACK, config=second)
    goal = whole.stand_in.account
    assert len(complete.steps) > 1
    for stop in range(1, len(complete.steps), STRIDE):
        stack = created(first)
        stopped = stack.update(world.program, stack=STACK, config=second, stop_after=stop)
        resumed = stack.update(world.program, stack=STACK, config=second)
        for update in (stopped, resumed):
            judgement = judge(update, goal=goal, interruptions=scenario.interruptions, orders=3)
            states_judged.count += judgement.states
            assert judgement.faults == []
        assert differences(stack.stand_in.account, resumed.graph) == []


def test_while_the_web_acl_of_a_stage_is_replaced_nothing_passes(world, created, states_judged):
    stack = created(world.config())
    update = stack.update(
        world.program, stack=STACK, config=world.config(), rewrite=another_web_acl
    )
    goal = stack.stand_in.account
    window = ("delete BasePathMapping", "create BasePathMapping")
    judgement = judge(update, goal=goal, interruptions=[window])
    states_judged.count += judgement.states
    assert judgement.faults == []
    assert differences(goal, update.graph) == []


def test_a_destroyed_stack_leaves_nothing_and_opens_nothing(world, created, states_judged):
    stack = created(world.config(registry="dynamodb"))
    destroyed = stack.destroy()
    judgement = judge(destroyed, goal={}, orders=40)
    states_judged.count += judgement.states
    assert judgement.faults == []
    # The logging role of the region is retained, with its policy and the account setting.
    left = {held.type.split(":")[2] for held in stack.stand_in.account.values()}
    assert left == {"Account", "Role", "RolePolicyAttachment"}


def test_a_protected_stack_is_not_destroyed(world, created):
    stack = created(world.config(protect="true", alarmEmails=["a@example.com"]))
    with pytest.raises(EngineRefusedError, match="is protected"):
        stack.destroy()


def test_two_stacks_of_one_account_and_region_share_no_name(world, created):
    first = created(world.config())
    second = Stack(stand_in=first.stand_in, keys=first.keys, performed=first.performed)
    settings = world.config(stack="staging", accountId="111122223333")
    update = second.update(world.program, stack="staging", config=settings)
    assert update.graph is not None
    touched = {key_of(o.type, o.id, o.properties) for o in update.operations}
    # They share the setting of the region, which both give the same kind of role.
    assert {type_ for type_, _ in touched & update.before.keys()} == {
        "aws:apigateway/account:Account"
    }
