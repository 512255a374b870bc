"""Mutation test of a policy pack: breaks one guard of a stack at a time and runs the rules.

Each mutant is the graph of the stack with one change. It is judged in preview semantics, like the
stack itself. A mutant without a mandatory violation is a survivor, which means a gap in the pack.
"""

from enum import StrEnum


class ProofFormat(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
