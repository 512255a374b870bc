"""Checks with one lookup per request component whether a statement of managed groups can match.

Most requests match no rule, and most components repeat: then a few lookups stand for the statements
of all these groups. Where the answer is yes, the rules are evaluated one by one, in their order.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from portcullis.gateway.waf.component_matches import ComponentMatch
from portcullis.gateway.waf.inspection import REMEMBERED_REQUESTS, Extracted, Inspection, Matches
from portcullis.gateway.waf.patterns import InspectionTimeoutError

Search = Callable[[Extracted], bool]


def screen(statements: Iterable[Matches]) -> Matches:
    """False only if none of the statements matches, in whatever order they are evaluated.

    The statements must not have side effects: a rate-based statement counts. A pattern that takes
    too long gives True, so that the rules are evaluated in order and the one before it decides.
    """
    by_field: dict[str, list[ComponentMatch]] = {}
    others: list[Matches] = []
    for statement in statements:
        if isinstance(statement, ComponentMatch):
            by_field.setdefault(statement.component.field_key, []).append(statement)
        else:
            others.append(statement)
    looks = [(each[0].component.extract, *_searches(each)) for each in by_field.values()]

    def look(inspection: Inspection) -> bool:
        is_short = inspection.is_short
        try:
            for extract, search, remembered in looks:
                extracted = extract(inspection)
                if remembered(extracted) if is_short else search(extracted):
                    return True
            return any(other(inspection) for other in others)
        except InspectionTimeoutError:
            return True

    def may_match(inspection: Inspection) -> bool:
        if inspection.may_match is None:
            inspection.may_match = look(inspection)
        return inspection.may_match

    return may_match


def _searches(statements: list[ComponentMatch]) -> tuple[Search, Search]:
    """Whether a statement on one field matches: searched, and remembered if it was before."""
    by_component: dict[str, list[ComponentMatch]] = {}
    for statement in statements:
        by_component.setdefault(statement.component.key, []).append(statement)
    groups = tuple((each[0].component, tuple(each)) for each in by_component.values())

    def search(extracted: Extracted) -> bool:
        for component, same in groups:
            values = component.transformed(extracted)
            if any(statement.found_in(values) for statement in same):
                return True
        return False

    return search, lru_cache(maxsize=REMEMBERED_REQUESTS)(search)
