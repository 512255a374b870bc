"""A mutant without a mandatory violation is a survivor."""

import pytest

from portcullis.analyzer.proof.mutant import Mutant, without
from portcullis.analyzer.proof.mutants import mutants
from portcullis.analyzer.proof.prove import Killed, UnfitStackError, prove
from tests.policies.running import PACK
from tests.portcullis.analyzer.proof.sized import sized
from tests.portcullis.analyzer.strange_pack import graph, thing


def test_refused_mutants_and_survivors_are_told_apart(permissive):
    progress = []
    proof = prove(
        graph(thing("a")),
        [sized("giant"), sized("big")],
        pack=permissive,
        progress=progress.append,
    )
    assert [m.rules for m in proof.mutants] == [("no-giants",), ()]
    assert [m.what for m in proof.survivors] == ["size = big"]
    assert proof.idle == ("idle",)
    assert len(progress) == 2


def test_a_resource_that_a_mutant_left_alone_is_not_judged_anew(permissive):
    plain = graph(thing("a"), thing("b"))
    mutant = Mutant(target="a", what="gone", graph=without(plain, plain.resources[0]))
    assert prove(plain, [mutant], pack=permissive).survivors == (
        Killed(target="a", what="gone", rules=()),
    )


def test_a_stack_that_is_refused_already_proves_nothing(permissive):
    with pytest.raises(UnfitStackError, match="no-giants on a"):
        prove(sized("giant").graph, [], pack=permissive)


def test_five_guards_of_a_program_by_hand_are_missed_when_they_are_broken(stack):
    """The whole proof runs on the project's own stack, in tests/policies."""
    wanted = {
        "domain: mutualTlsAuthentication removed",
        "association: not declared",
        "api: GET /pets: no security",
        "acl: rule outside counts",
        "permission: sourceArn = '*'",
    }
    chosen = [mutant for mutant in mutants(stack) if str(mutant) in wanted]
    assert len(chosen) == len(wanted)
    assert prove(stack, chosen, pack=PACK).survivors == ()
