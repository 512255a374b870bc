"""Mutation test of a policy pack: breaks one guard of a stack at a time and runs the rules.

Each mutant is the graph of the stack with one change. It is judged in preview semantics, like the
stack itself. A mutant without a mandatory violation is a survivor, which means a gap in the pack.
"""

from portcullis.analyzer.proof.mutant import Mutant
from portcullis.analyzer.proof.mutants import mutants
from portcullis.analyzer.proof.prove import Killed, Proof, UnfitStackError, prove
from portcullis.analyzer.proof.table import ProofFormat, render_proof

__all__ = [
    "Killed",
    "Mutant",
    "Proof",
    "ProofFormat",
    "UnfitStackError",
    "mutants",
    "prove",
    "render_proof",
]
