"""Which contract is the PetStore's, and the attack matrix's cases for it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

CASES: Final = Path(__file__).with_name("cases")
_OPERATIONS: Final = frozenset(
    {("GET", "/"), ("GET", "/pets"), ("POST", "/pets"), ("GET", "/pets/{petId}")}
)


def is_sample(operations: Iterable[tuple[str, str]]) -> bool:
    """Whether these methods and paths, the key set's left out, are the PetStore's."""
    return frozenset(operations) == _OPERATIONS
