"""Another service before an authorizer is refused by the rule on it."""

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.fronts import front_mutants
from tests.policies.in_process import refusals


def test_each_is_killed_by_the_rule_on_it(stack):
    (function,) = stack.of_type(types.FUNCTION)
    killed = [{rule for rule, _ in refusals(one.graph)} for one in front_mutants(stack, function)]
    assert killed == [
        {"apigateway-route-changes-no-gate"},
        {"apigateway-backend-has-no-other-front"},
        {"logs-reader-is-trusted"},
    ]
