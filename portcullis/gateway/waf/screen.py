"""Checks with one lookup per part of a request whether a statement of managed groups can match.

Most requests match no rule, and most of their parts repeat: then a few lookups stand for the
statements of all these groups. Where the answer is yes, the rules are evaluated one by one, in
their order.
"""

from collections.abc import Iterable

from portcullis.gateway.waf.component_matches import ComponentMatch
from portcullis.gateway.waf.fields import Part
from portcullis.gateway.waf.inspection import Inspection, Matches
from portcullis.gateway.waf.patterns import InspectionTimeoutError

REMEMBERED_PARTS = 256  # of each kind
REMEMBERED_LENGTH = 4096  # below every body limit; all headers together are limited by the listener


def screen(statements: Iterable[Matches]) -> Matches:
    """False only if none of the statements matches, in whatever order they are evaluated.

    The statements must not have side effects: a rate-based statement counts. A pattern that takes
    too long gives True, so that the rules are evaluated in order and the one before it decides.
    """
    by_part: dict[Part, list[ComponentMatch]] = {}
    others: list[Matches] = []
    for statement in statements:
        if isinstance(statement, ComponentMatch):
            by_part.setdefault(statement.component.part, []).append(statement)
        else:
            others.append(statement)
    # With each part, what of it no statement matched.
    looks = [(part, tuple(each), dict[object, None]()) for part, each in by_part.items()]

    def may_match(inspection: Inspection) -> bool:
        try:
            for part, same, unmatched in looks:
                value = part(inspection.request)
                is_remembered = len(value) <= REMEMBERED_LENGTH
                if is_remembered and value in unmatched:
                    continue
                if any(statement(inspection) for statement in same):
                    return True
                if is_remembered:
                    unmatched[value] = None
                    if len(unmatched) > REMEMBERED_PARTS:
                        del unmatched[next(iter(unmatched))]
            return any(other(inspection) for other in others)
        except InspectionTimeoutError:
            return True

    return may_match
