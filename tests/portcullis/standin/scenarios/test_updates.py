"""Updates of the project's stack: each ends as declared, and no state between is open.

A call that passes before and after an update is served during all of it, but for the interruptions
that a scenario names. Every scenario is judged in the order taken and in other orders that the
engine may choose.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.portcullis.standin.scenarios.conftest import PLANS, STACK, World
from tests.portcullis.standin.scenarios.judging import Window, differences, judge

ADDRESSES = ["203.0.113.0/24"]
ROUTE = {
    "get": {
        "operationId": "listKennels",
        "x-scope": "pets:read",
        "summary": "Kennels.",
        "responses": {"200": {"description": "Kennels."}},
    }
}
# The key leaves its old plan before it joins the new one.
PLAN_CHANGE: Window = ("delete UsagePlanKey", "create UsagePlanKey")


@dataclass(frozen=True)
class Scenario:
    """``steps`` are the settings of each update, the first of which creates the stack."""

    name: str
    steps: tuple[Callable[[World], dict], ...]
    interruptions: tuple[Window, ...] = ()

    def __str__(self) -> str:
        return self.name


def settings(**given):
    return lambda world: {k: v(world) if callable(v) else v for k, v in given.items()}


def clients(name, **plans):
    return lambda world: world.clients(name, **plans)


def truststore(name):
    return lambda world: world.truststore(name)


def contract(**paths):
    return lambda world: {"contractFile": world.contract(**paths)}


SCENARIOS = [
    Scenario("a route is added", (settings(), contract(kennels=ROUTE))),
    Scenario("a route is removed", (contract(kennels=ROUTE), contract())),
    Scenario(
        "the allow-list changes",
        (settings(allowedCidrs=ADDRESSES), settings(allowedCidrs=["192.0.2.0/24"])),
    ),
    Scenario(
        "an IPv6 network is added",
        (settings(allowedCidrs=ADDRESSES), settings(allowedCidrs=[*ADDRESSES, "2001:db8:1::/48"])),
    ),
    Scenario(
        "the IPv6 network is removed",
        (settings(allowedCidrs=[*ADDRESSES, "2001:db8:1::/48"]), settings(allowedCidrs=ADDRESSES)),
    ),
    Scenario("the truststore changes", (settings(), settings(truststoreFile=truststore("new")))),
    Scenario("the domain changes", (settings(), settings(domain="api.example.com"))),
    Scenario(
        "the authorizer cache is turned on and off",
        (settings(), settings(authorizerCacheSeconds="60"), settings()),
    ),
    Scenario(
        "alarm addresses are removed and swapped",
        (
            settings(alarmEmails=["a@example.com", "b@example.com", "c@example.com"]),
            settings(alarmEmails=["b@example.com", "c@example.com"]),
            settings(alarmEmails=["c@example.com", "b@example.com"]),
            settings(alarmEmails=["c@example.com", "d@example.com"]),
        ),
    ),
    Scenario(
        "a client's rate plan changes",
        (
            settings(ratePlans=PLANS, clientsFile=clients("gold", everybody="gold")),
            settings(
                ratePlans=PLANS,
                clientsFile=clients("mixed", everybody="gold", pet_viewer="silver"),
            ),
        ),
        (PLAN_CHANGE,),
    ),
    Scenario(
        "a rate plan is renamed",
        (
            settings(ratePlans=PLANS, clientsFile=clients("gold", everybody="gold")),
            settings(
                ratePlans={"premium": PLANS["gold"], "silver": PLANS["silver"]},
                clientsFile=clients("premium", everybody="premium"),
            ),
        ),
        (PLAN_CHANGE,),
    ),
    Scenario(
        "rate plans are turned on and off",
        (
            settings(),
            settings(ratePlans=PLANS, clientsFile=clients("gold", everybody="gold")),
            settings(),
        ),
        # The deployed API asks for a key before the plans of its stage can exist.
        (("update Stage", "create UsagePlanKey"),),
    ),
    Scenario(
        "the signing key is rotated",
        (
            settings(),
            settings(signingKeys=["a", "b"], signingKey="a"),
            settings(signingKeys=["a", "b"], signingKey="b"),
            settings(signingKeys=["b"], signingKey="b"),
        ),
    ),
    Scenario("the registry moves to a table", (settings(), settings(registry="dynamodb"))),
    Scenario(
        "resources are protected",
        (
            settings(protect="false", alarmEmails=["a@example.com"]),
            settings(protect="true", alarmEmails=["a@example.com"]),
        ),
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_an_update_ends_as_declared_and_no_state_between_is_open(
    world, scenario, created, states_judged
):
    stack = created(world.config(**scenario.steps[0](world)))
    for step in scenario.steps[1:]:
        update = stack.update(world.program, stack=STACK, config=world.config(**step(world)))
        goal = stack.stand_in.account
        judgement = judge(update, goal=goal, interruptions=scenario.interruptions)
        states_judged.count += judgement.states
        assert judgement.faults == []
        assert differences(goal, update.graph) == []
