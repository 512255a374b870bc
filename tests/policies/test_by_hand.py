"""The pack judges any program: what it asks for can be written without our components."""

import pytest

from tests.policies import by_hand

PROGRAMS = [by_hand.from_a_body, by_hand.from_methods]
BY_NAME = {"ids": ["body", "methods"]}


@pytest.mark.parametrize("program", PROGRAMS, **BY_NAME)
def test_a_stack_with_every_guard_passes(judged, program):
    assert judged(program) == ()


@pytest.mark.parametrize("program", PROGRAMS, **BY_NAME)
@pytest.mark.parametrize(
    ("guard", "rules"),
    [
        (
            "mutual TLS",
            {"apigateway-domain-requires-mtls", "apigateway-mapping-leads-to-guarded-stage"},
        ),
        (
            "web ACL",
            {"apigateway-stage-requires-web-acl", "apigateway-mapping-leads-to-guarded-stage"},
        ),
    ],
    ids=["mutual TLS", "web ACL"],
)
def test_a_stack_without_one_of_the_gates_is_refused(judged, program, guard, rules):
    assert {v.rule for v in judged(lambda: program(without=guard))} == rules
