"""The list of mutants is large, without duplicates and stable."""

from portcullis.analyzer.proof.mutants import mutants


def test_a_stack_yields_many_different_mutants_and_the_same_ones_again(stack):
    first, second = (list(mutants(stack)) for _ in range(2))
    assert len(first) >= 60
    assert len({str(mutant) for mutant in first}) == len(first)
    assert [str(mutant) for mutant in first] == [str(mutant) for mutant in second]


def test_every_mutant_differs_from_the_stack(stack):
    for mutant in mutants(stack):
        assert mutant.graph != stack, mutant


def test_making_mutants_leaves_the_stack_as_it_was(stack):
    before = repr(stack)
    list(mutants(stack))
    assert repr(stack) == before
