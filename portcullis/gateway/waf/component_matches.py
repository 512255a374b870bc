"""Statements that look at one request component: bytes, patterns, sizes, SQL injection, XSS.

Source: AWS WAF Developer Guide, "Match rule statements".
"""

from collections.abc import Callable
from dataclasses import dataclass

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.cross_site_scripting import CROSS_SITE_SCRIPTING
from portcullis.gateway.waf.fields import Component, compile_field
from portcullis.gateway.waf.inspection import Extracted, Inspection, Matches
from portcullis.gateway.waf.patterns import Pattern
from portcullis.gateway.waf.sql_injection import SQL_INJECTION
from portcullis.gateway.waf.statement_context import StatementContext

_FIELD = ("fieldToMatch", "textTransformations")
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "EQ": int.__eq__,
    "NE": int.__ne__,
    "LE": int.__le__,
    "LT": int.__lt__,
    "GE": int.__ge__,
    "GT": int.__gt__,
}
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def byte_match(block: Block, _context: StatementContext) -> Matches:
    block.only("searchString", "positionalConstraint", *_FIELD)
    wanted = block.required_text("searchString").encode("utf-8", "surrogateescape")
    where = block.required_text("positionalConstraint")
    tests: dict[str, Callable[[bytes], bool]] = {
        "EXACTLY": lambda text: text == wanted,
        "STARTS_WITH": lambda text: text.startswith(wanted),
        "ENDS_WITH": lambda text: text.endswith(wanted),
        "CONTAINS": lambda text: wanted in text,
        "CONTAINS_WORD": lambda text: _contains_word(wanted, text),
    }
    if where not in tests:
        raise UnsupportedError(block.place, f"positionalConstraint {where} is not emulated")
    return ComponentMatch(compile_field(block), tests[where])


def regex_match(block: Block, _context: StatementContext) -> Matches:
    block.only("regexString", *_FIELD)
    pattern = Pattern(block.place, [block.required_text("regexString")])
    return ComponentMatch(compile_field(block), pattern.found_in)


def regex_set(block: Block, context: StatementContext) -> Matches:
    block.only("arn", *_FIELD)
    arn = block.required_text("arn")
    if arn not in context.pattern_sets:
        raise UnsupportedError(block.place, f"no regex pattern set of the graph has the ARN {arn}")
    return ComponentMatch(compile_field(block), context.pattern_sets[arn].found_in)


def size_constraint(block: Block, _context: StatementContext) -> Matches:
    block.only("comparisonOperator", "size", *_FIELD)
    operator = block.required_text("comparisonOperator")
    if operator not in _COMPARISONS:
        raise UnsupportedError(block.place, f"comparisonOperator {operator} is not emulated")
    compare, size = _COMPARISONS[operator], block.required_integer("size")
    return ComponentMatch(compile_field(block), lambda text: compare(len(text), size))


def sql_injection(block: Block, _context: StatementContext) -> Matches:
    block.only("sensitivityLevel", *_FIELD)
    level = block.text("sensitivityLevel") or "LOW"
    if level not in SQL_INJECTION:
        raise UnsupportedError(block.place, f"sensitivityLevel {level} is not emulated")
    return ComponentMatch(compile_field(block), SQL_INJECTION[level].found_in)


def cross_site_scripting(block: Block, _context: StatementContext) -> Matches:
    block.only(*_FIELD)
    return ComponentMatch(compile_field(block), CROSS_SITE_SCRIPTING.found_in)


@dataclass(frozen=True, slots=True)
class ComponentMatch:
    """Matches if the test is true for a value of the component; depends on nothing else.

    ``is_negated`` is a notStatement around it.
    """

    component: Component
    test: Callable[[bytes], bool]
    is_negated: bool = False

    def __call__(self, inspection: Inspection) -> bool:
        return self.found_in(self.component.of(inspection))

    def found_in(self, extracted: Extracted) -> bool:
        """Whether it matches a request with these transformed values."""
        if isinstance(extracted, bool):
            return extracted is not self.is_negated
        test = self.test
        for value in extracted:
            if test(value):
                return not self.is_negated
        return self.is_negated


def _contains_word(wanted: bytes, text: bytes) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        starts = at == 0 or text[at - 1] not in _WORD
        if starts and (end == len(text) or text[end] not in _WORD):
            return True
        at = text.find(wanted, at + 1)
    return False
