"""The harness drives any pack through its own service, and never lets silence pass as consent."""

import pytest

from portcullis.analyzer import Level, judge
from portcullis.analyzer.harness import AnalyzerError
from portcullis.graph.resource import UNKNOWN, SourcePosition
from tests.portcullis.analyzer.strange_pack import PACK, graph, thing, write_pack


def test_a_graph_that_keeps_the_rules_is_compliant(strange):
    verdict = strange.judge(graph(thing("a")), preview=True)
    # The root of the stack is shown to rules as well, as the engine does.
    assert [v.resource_name for v in verdict.violations] == ["shop-dev"]
    assert verdict.mandatory == ()
    assert [r.name for r in verdict.compliant] == ["breaks", "not-crowded", "reads-size"]
    assert verdict.pack == "strange"


def test_a_violation_says_everything_about_itself(strange):
    bare = thing("bare")
    inputs = {k: v for k, v in bare.inputs.items() if k != "colour"}
    verdict = strange.judge(graph(type(bare)(**{**vars(bare), "inputs": inputs})), preview=True)
    (violation,) = [v for v in verdict.violations if v.resource_name == "bare"]
    assert violation.rule == "has-colour"
    assert violation.resource_urn == bare.urn
    assert violation.level is Level.ADVISORY
    assert violation.severity == "low"
    assert violation.message == "has no colour"
    assert violation.remediation == "paint it"
    assert violation.url == "https://example.com/colour"
    assert violation.source == SourcePosition(path="__main__.py", line=7)


def test_a_rule_that_an_unknown_kept_from_running_is_a_mandatory_violation(strange):
    verdict = strange.judge(graph(thing("vague", size=UNKNOWN)), preview=True)
    (violation,) = verdict.mandatory
    assert violation.rule == "reads-size"
    assert violation.resource_name == "vague"
    assert ".size can't be known during preview" in violation.message


def test_an_advisory_rule_that_could_not_run_is_mandatory_too(strange):
    config = {"reads-size": "advisory"}
    verdict = strange.judge(graph(thing("vague", size=UNKNOWN)), preview=True, config=config)
    assert [v.rule for v in verdict.mandatory] == ["reads-size"]


def test_rules_see_property_dependencies(strange):
    owned = [thing("king"), thing("land", owner="king"), thing("sea", owner="king")]
    verdict = strange.judge(graph(*owned), preview=True)
    (violation,) = verdict.mandatory
    assert (violation.rule, violation.resource_name) == ("not-crowded", "king")
    assert violation.message == "owns 2"


def test_settings_reach_the_rule_and_leave_its_level_alone(strange):
    owned = [thing("king"), thing("land", owner="king"), thing("sea", owner="king")]
    lenient = strange.judge(graph(*owned), preview=True, config={"not-crowded": {"limit": 2}})
    assert lenient.mandatory == ()
    strict = strange.judge(graph(*owned), preview=True, config={"not-crowded": {"limit": 0}})
    assert [v.level for v in strict.mandatory] == [Level.MANDATORY]


def test_what_is_known_to_be_good_is_asked_about_as_part_of_the_stack_only(strange):
    crowd = graph(thing("king", size="big"), thing("a", owner="king"), thing("b", owner="king"))
    verdict = strange.judge(crowd, preview=True, known_good={crowd.resources[0].urn})
    assert [v.rule for v in verdict.mandatory] == ["not-crowded"]


def test_one_judgement_does_not_configure_the_next(strange):
    owned = [thing("king"), thing("land", owner="king"), thing("sea", owner="king")]
    strange.judge(graph(*owned), preview=True, config={"all": "disabled"})
    assert len(strange.judge(graph(*owned), preview=True).mandatory) == 1


def test_a_disabled_rule_is_neither_violated_nor_compliant(strange):
    verdict = strange.judge(graph(thing("a", size="big")), preview=True, config={"all": "disabled"})
    assert verdict.violations == ()
    assert verdict.compliant == ()
    assert {r.level for r in verdict.rules} == {Level.DISABLED}


def test_a_rule_that_breaks_gives_no_verdict(strange):
    with pytest.raises(AnalyzerError, match="the rule is broken") as caught:
        strange.judge(graph(thing("breaker")), preview=True)
    assert "breaker" in str(caught.value)


def test_the_order_of_violations_is_the_same_each_time(strange):
    crowd = [thing(f"t{i}", size="big") for i in range(5)]
    first = strange.judge(graph(*crowd), preview=True)
    second = strange.judge(graph(*reversed(crowd)), preview=True)
    assert first.violations == second.violations


def test_judge_starts_and_stops_a_pack_of_its_own(tmp_path):
    pack = write_pack(tmp_path, PACK)
    assert judge(graph(thing("a", size="big")), pack=pack, preview=False).mandatory
