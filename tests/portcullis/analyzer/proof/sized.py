"""A mutant of a stack with one resource."""

from portcullis.analyzer.proof.mutant import Mutant, with_value
from tests.portcullis.analyzer.strange_pack import graph, thing


def sized(size: str) -> Mutant:
    plain = graph(thing("a"))
    (resource,) = plain.resources
    broken = with_value(plain, resource, ("size",), size)
    return Mutant(target="a", what=f"size = {size}", graph=broken)
