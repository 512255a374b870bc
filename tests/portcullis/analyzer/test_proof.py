"""Mutants are really broken, and a mutant that nobody refuses is called a survivor."""

import json

import pytest

from portcullis.analyzer.proof import (
    Killed,
    Mutant,
    ProofFormat,
    UnfitStackError,
    mutants,
    prove,
    render_proof,
)
from portcullis.analyzer.proof.mutant import GONE, changed, twin, with_value, without
from tests.policies import by_hand
from tests.policies.running import PACK, graph_of
from tests.portcullis.analyzer.strange_pack import graph, thing, write_pack

PERMISSIVE = """
from pulumi_policy import *

def no_giants(args, report):
    if args.props.get("size") == "giant":
        report("is a giant", None)

PolicyPack("permissive", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("no-giants", "Nothing is a giant.", no_giants),
    ResourceValidationPolicy("idle", "Never speaks.", lambda args, report: None),
])
"""


@pytest.fixture(scope="module")
def stack():
    return graph_of(by_hand.from_a_body, preview=True)


def sized(size: str) -> Mutant:
    plain = graph(thing("a"))
    (resource,) = plain.resources
    broken = with_value(plain, resource, ("size",), size)
    return Mutant(target="a", what=f"size = {size}", graph=broken)


@pytest.fixture(scope="module")
def permissive(tmp_path_factory):
    return write_pack(tmp_path_factory.mktemp("permissive"), PERMISSIVE)


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


def test_the_tables_show_killers_survivors_and_the_sum(permissive):
    proof = prove(graph(thing("a")), [sized("giant"), sized("big")], pack=permissive)
    text = render_proof(proof, ProofFormat.TEXT)
    assert "refused  a: size = giant  [no-giants]" in text
    assert "SURVIVED a: size = big" in text
    assert "nothing in this stack for: idle" in text
    assert text.endswith("1 of 2 mutants of stack dev refused in a preview, by 1 of 2 rules\n")
    markdown = render_proof(proof, ProofFormat.MARKDOWN)
    assert markdown.startswith("# Proof of the policy pack\n")
    assert "| a | `size = giant` | `no-giants` |" in markdown
    assert "| a | `size = big` | **survived** |" in markdown
    report = json.loads(render_proof(proof, ProofFormat.JSON))
    assert report["survivors"] == 1
    assert report["mutants"][0]["rules"] == ["no-giants"]


def test_edits_reach_inputs_and_outputs_and_nothing_else(stack):
    (domain,) = stack.of_type("aws:apigateway/domainName:DomainName")
    bare = changed(domain, ("mutualTlsAuthentication", "truststoreVersion"), GONE)
    for properties in (bare.inputs, bare.outputs):
        assert set(properties["mutualTlsAuthentication"]) == {"truststoreUri"}
    assert "truststoreVersion" in domain.inputs["mutualTlsAuthentication"]


def test_a_resource_that_is_gone_is_forgotten_by_everybody(stack):
    (bucket,) = stack.of_type("aws:s3/bucket:Bucket")
    rest = without(stack, bucket)
    for resource in rest:
        assert bucket.urn not in resource.dependencies
        assert all(bucket.urn not in urns for urns in resource.property_dependencies.values())


def test_a_twin_has_a_urn_of_its_own(stack):
    (domain,) = stack.of_type("aws:apigateway/domainName:DomainName")
    second = twin(domain, "second", mutualTlsAuthentication=GONE)
    assert second.urn.endswith("::second")
    assert "mutualTlsAuthentication" not in second.inputs
    assert "mutualTlsAuthentication" not in second.property_dependencies


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
