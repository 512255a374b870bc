"""Each order bug that was found, put back into the program, makes its scenario fail."""

import pytest

from portcullis.standin.conflicts import AwsRefusedError
from tests.portcullis.standin.scenarios.conftest import PLANS, STACK
from tests.portcullis.standin.scenarios.judging import differences, judge
from tests.portcullis.standin.scenarios.model_engine import new_stack
from tests.portcullis.standin.scenarios.variants import (
    ASSOCIATION,
    USAGE_PLAN_KEY,
    another_web_acl,
    deleted_before_replaced,
    in_turn,
    mapping_stays,
    mapping_waits_for_nothing,
    subscriptions_by_position,
)


def test_subscriptions_named_by_position_lose_an_address(world):
    stack = new_stack()
    for addresses in (["a@example.com", "b@example.com"], ["b@example.com"]):
        update = stack.update(
            world.program,
            stack=STACK,
            config=world.config(alarmEmails=addresses),
            rewrite=subscriptions_by_position(addresses),
        )
    found = differences(stack.stand_in.account, update.graph)
    assert found == ["aws:sns/topicSubscription:TopicSubscription alarm-1 is missing"]


def test_a_key_that_joins_a_plan_before_it_leaves_the_other_is_refused(world):
    late = deleted_before_replaced(USAGE_PLAN_KEY, first=False)
    stack = new_stack()
    gold = world.config(ratePlans=PLANS, clientsFile=world.clients("gold", everybody="gold"))
    silver = world.config(ratePlans=PLANS, clientsFile=world.clients("silver", everybody="silver"))
    stack.update(world.program, stack=STACK, config=gold, rewrite=late)
    with pytest.raises(AwsRefusedError, match="ConflictException"):
        stack.update(world.program, stack=STACK, config=silver, rewrite=late)


def test_an_old_association_that_is_deleted_last_leaves_the_stage_without_a_web_acl(world):
    late = in_turn(deleted_before_replaced(ASSOCIATION, first=False), mapping_stays)
    stack = new_stack()
    stack.update(world.program, stack=STACK, config=world.config(), rewrite=late)
    update = stack.update(
        world.program, stack=STACK, config=world.config(), rewrite=in_turn(another_web_acl, late)
    )
    goal = stack.stand_in.account
    found = differences(goal, update.graph)
    assert found == [f"{ASSOCIATION} waf-association is missing"]
    judgement = judge(update, goal=update.before)
    assert any("198.51.100.7" in fault and "passes" in fault for fault in judgement.faults)


def test_a_mapping_that_stays_while_the_association_is_replaced_leaves_the_stage_open(world):
    stack = new_stack()
    stack.update(world.program, stack=STACK, config=world.config(), rewrite=mapping_stays)
    update = stack.update(
        world.program,
        stack=STACK,
        config=world.config(),
        rewrite=in_turn(another_web_acl, mapping_stays),
    )
    goal = stack.stand_in.account
    assert differences(goal, update.graph) == []  # the end is as declared
    judgement = judge(update, goal=goal)
    assert any("198.51.100.7" in fault and "passes" in fault for fault in judgement.faults)


def test_a_mapping_that_does_not_wait_for_the_association_opens_a_creation(world):
    stack = new_stack()
    update = stack.update(
        world.program, stack=STACK, config=world.config(), rewrite=mapping_waits_for_nothing
    )
    goal = stack.stand_in.account
    assert differences(goal, update.graph) == []  # the end is as declared
    judgement = judge(update, goal=goal)
    assert any("passes" in fault for fault in judgement.faults)
