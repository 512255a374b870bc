"""A stage of a traced stack is traced."""

import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-traces")


@CASES.bad("stage", says="must be true in stack prod", stack="prod")
def untraced_in_prod():
    apis.stage_of(apis.rest_api(), xray_tracing_enabled=False)


@CASES.bad("stage", config={CASES.rule: {"stacks": ["test"]}})
def untraced_where_the_pack_is_configured_to():
    apis.stage_of(apis.rest_api())


@CASES.good
def traced():
    apis.stage_of(apis.rest_api(), xray_tracing_enabled=True)


@CASES.passes()
def untraced_in_another_stack():
    apis.stage_of(apis.rest_api())


@CASES.ignored
def an_api_without_a_stage():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
