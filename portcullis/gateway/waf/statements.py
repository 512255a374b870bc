"""Compiles statements of rules; holds the logical and the rate-based kinds.

Source: AWS WAF Developer Guide, "Rule statements list"; property names as Pulumi spells them.
"""

from collections.abc import Callable
from dataclasses import replace

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.addresses import fallback_of, ip_set_match, listed_address
from portcullis.gateway.waf.component_matches import (
    ComponentMatch,
    byte_match,
    cross_site_scripting,
    regex_match,
    regex_set,
    size_constraint,
    sql_injection,
)
from portcullis.gateway.waf.inspection import Inspection, Matches
from portcullis.gateway.waf.labels import label_match
from portcullis.gateway.waf.rate import MIN_LIMIT, WINDOWS_SECONDS, RateCounter
from portcullis.gateway.waf.statement_context import StatementContext


def compile_statement(
    statement: Block, context: StatementContext, *, nested: bool = False
) -> Matches:
    """Raises UnsupportedError, whose message names rule and statement."""
    kinds = statement.names()
    if len(kinds) != 1:
        raise UnsupportedError(
            statement.place, f"a statement must have one kind, but has {', '.join(kinds) or 'none'}"
        )
    kind = kinds[0]
    if kind not in _COMPILERS:
        raise UnsupportedError(statement.place, f"{kind} is not emulated")
    if nested and kind == "rateBasedStatement":
        raise UnsupportedError(statement.place, f"AWS WAF does not allow {kind} inside another")
    return _COMPILERS[kind](statement.required_block(kind), context)


def _and(block: Block, context: StatementContext) -> Matches:
    parts = _parts(block, context)
    return lambda inspection: all(part(inspection) for part in parts)


def _or(block: Block, context: StatementContext) -> Matches:
    parts = _parts(block, context)
    return lambda inspection: any(part(inspection) for part in parts)


def _parts(block: Block, context: StatementContext) -> tuple[Matches, ...]:
    block.only("statements")
    statements = block.blocks("statements")
    if len(statements) < 2:  # noqa: PLR2004 - AWS WAF API Reference, AndStatement
        raise UnsupportedError(block.place, "AWS WAF requires at least two statements")
    return tuple(compile_statement(s, context, nested=True) for s in statements)


def _not(block: Block, context: StatementContext) -> Matches:
    block.only("statement", "statements")
    inner = block.block("statement")
    if inner is None:
        several = block.blocks("statements")
        if len(several) != 1:
            raise UnsupportedError(block.place, "notStatement must have exactly one statement")
        inner = several[0]
    matches = compile_statement(inner, context, nested=True)
    if isinstance(matches, ComponentMatch):
        return replace(matches, is_negated=not matches.is_negated)
    return lambda inspection: not matches(inspection)


def _rate_based(block: Block, context: StatementContext) -> Matches:
    block.only(
        "limit",
        "aggregateKeyType",
        "evaluationWindowSec",
        "forwardedIpConfig",
        "scopeDownStatement",
    )
    limit = block.required_integer("limit")
    window = block.integer("evaluationWindowSec") or 300
    if limit < MIN_LIMIT:
        raise UnsupportedError(block.place, f"AWS WAF requires a limit of at least {MIN_LIMIT}")
    if window not in WINDOWS_SECONDS:
        raise UnsupportedError(
            block.place, f"evaluationWindowSec must be 60, 120, 300 or 600, not {window}"
        )
    narrower = block.block("scopeDownStatement")
    counts = None if narrower is None else compile_statement(narrower, context, nested=True)
    aggregate = block.text("aggregateKeyType") or "IP"
    counter = RateCounter(limit, window, context.clock)

    if aggregate == "FORWARDED_IP":
        forwarded = block.required_block("forwardedIpConfig")
        forwarded.only("fallbackBehavior", "headerName")
        header = forwarded.required_text("headerName").lower()
        fallback = fallback_of(forwarded)

        def over_limit(inspection: Inspection) -> bool:
            values = inspection.header(header)
            if not values:
                return False
            address = listed_address(values[0].split(",")[0])
            return fallback if address is None else counter.exceeded(address)
    elif aggregate == "IP":

        def over_limit(inspection: Inspection) -> bool:
            return counter.exceeded(inspection.source or inspection.request.source_ip)
    elif aggregate == "CONSTANT":
        if counts is None:
            raise UnsupportedError(block.place, "CONSTANT requires a scopeDownStatement")

        def over_limit(inspection: Inspection) -> bool:  # noqa: ARG001 - has the signature of the others
            return counter.exceeded("every source")
    else:
        raise UnsupportedError(block.place, f"aggregateKeyType {aggregate} is not emulated")

    if counts is None:
        return over_limit
    return lambda inspection: counts(inspection) and over_limit(inspection)


_COMPILERS: dict[str, Callable[[Block, StatementContext], Matches]] = {
    "andStatement": _and,
    "byteMatchStatement": byte_match,
    "ipSetReferenceStatement": ip_set_match,
    "labelMatchStatement": label_match,
    "notStatement": _not,
    "orStatement": _or,
    "rateBasedStatement": _rate_based,
    "regexMatchStatement": regex_match,
    "regexPatternSetReferenceStatement": regex_set,
    "sizeConstraintStatement": size_constraint,
    "sqliMatchStatement": sql_injection,
    "xssMatchStatement": cross_site_scripting,
}
SUPPORTED_STATEMENTS = tuple(sorted(_COMPILERS))
UNSUPPORTED_STATEMENTS = ("asnMatchStatement", "geoMatchStatement")
