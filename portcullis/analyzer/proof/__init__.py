"""The proof that the pack refuses: break one guard of a stack at a time and see who notices.

Each mutant is the stack's own graph with one thing broken. It is judged like the stack itself, in
preview semantics, and a mutant that no mandatory rule refuses is a survivor: a hole in the pack.
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
