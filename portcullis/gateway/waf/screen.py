"""Tells with one look per request component whether any statement of a rule group matches.

Most requests match no rule, and most components repeat: then a few lookups stand for the statements
of a whole group. Where the answer is yes, the rules are evaluated one by one, in their order.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from portcullis.gateway.waf.component_matches import ComponentMatch
from portcullis.gateway.waf.fields import Component
from portcullis.gateway.waf.inspection import REMEMBERED_REQUESTS, Inspection, Matches, Values
from portcullis.gateway.waf.patterns import InspectionTimeoutError

Test = Callable[[bytes], bool]


def screen(statements: Iterable[Matches]) -> Matches:
    """False only if none of the statements matches, in whatever order they are evaluated.

    The statements must not have side effects: a rate-based statement counts. A pattern that takes
    too long gives True, so that the rules are evaluated in order and the one before it decides.
    """
    tests: dict[Component, list[Test]] = {}
    others: list[Matches] = []
    for statement in statements:
        if isinstance(statement, ComponentMatch):
            tests.setdefault(statement.component, []).append(statement.test)
        else:
            others.append(statement)
    looks = [(component.of, *_searches(tuple(each))) for component, each in tests.items()]

    def may_match(inspection: Inspection) -> bool:
        is_short = inspection.is_short
        try:
            for values_of, search, remembered in looks:
                values = values_of(inspection)
                if values is True:
                    return True
                if values and (remembered(values) if is_short else search(values)):
                    return True
            return any(other(inspection) for other in others)
        except InspectionTimeoutError:
            return True

    return may_match


def _searches(tests: tuple[Test, ...]) -> tuple[Callable[[Values], bool], Callable[[Values], bool]]:
    """Whether a test is true for one of the values: searched, and remembered if it was before."""

    def search(values: Values) -> bool:
        return any(test(value) for value in values for test in tests)

    return search, lru_cache(maxsize=REMEMBERED_REQUESTS)(search)
