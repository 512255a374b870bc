"""Each guarding property is weakened, removed and hidden."""

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import GONE, value_at
from portcullis.analyzer.proof.properties import property_mutants
from portcullis.graph.resource import UNKNOWN


def mutants_of(stack, name):
    return {m.what: m.graph for m in property_mutants(stack) if m.target == name}


def test_a_guard_is_weakened_removed_and_hidden(stack):
    (domain,) = stack.of_type(types.DOMAIN)
    found = mutants_of(stack, domain.name)
    values = {
        what: value_at(graph.of_type(types.DOMAIN)[0].inputs, ("securityPolicy",))
        for what, graph in found.items()
        if what.startswith("securityPolicy")
    }
    assert values == {
        "securityPolicy = 'TLS_1_0'": "TLS_1_0",
        "securityPolicy = 'SecurityPolicy_TLS13_1_3_2025_09'": "SecurityPolicy_TLS13_1_3_2025_09",
        "securityPolicy removed": GONE,
        "securityPolicy unknown in a preview": UNKNOWN,
    }


def test_a_resource_that_guards_is_removed(stack):
    (association,) = stack.of_type(types.ASSOCIATION)
    graph = mutants_of(stack, association.name)["not declared"]
    assert graph.of_type(types.ASSOCIATION) == ()


def test_changes_of_a_guard_are_ignored(stack):
    (domain,) = stack.of_type(types.DOMAIN)
    ignoring = [g for w, g in mutants_of(stack, domain.name).items() if w.endswith("ignored")]
    (graph,) = ignoring
    (changed,) = graph.of_type(types.DOMAIN)
    assert changed.flags.ignore_changes == ("endpointConfiguration",)


def test_a_value_that_is_already_weak_is_not_a_mutant(stack):
    for mutant in property_mutants(stack):
        assert mutant.graph != stack, mutant
