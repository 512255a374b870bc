"""AWS WAF rule statements, compiled once into functions of an inspection.

Source: AWS WAF Developer Guide, "Rule statements list"; property names as Pulumi spells them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.fields import Component, compile_field
from portcullis.gateway.waf.injection import CROSS_SITE_SCRIPTING, SQL_INJECTION
from portcullis.gateway.waf.inspection import Inspection
from portcullis.gateway.waf.ip_set import Address, IpSet, parse_address
from portcullis.gateway.waf.patterns import Pattern
from portcullis.gateway.waf.rate import MIN_LIMIT, WINDOWS_SECONDS, RateCounter

Matches = Callable[[Inspection], bool]
MAX_FORWARDED_ADDRESSES = 10  # of a header with more, AWS WAF inspects the last ten

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


@dataclass(frozen=True, kw_only=True)
class StatementContext:
    """What a statement may refer to: the graph's sets by ARN, the clock, its labels' prefix."""

    ip_sets: Mapping[str, IpSet]
    pattern_sets: Mapping[str, Pattern]
    clock: Callable[[], float]
    label_prefix: str  # "awswaf:<account>:webacl:<name>:"


def compile_statement(
    statement: Block, context: StatementContext, *, nested: bool = False
) -> Matches:
    """Raises UnsupportedError for what is not emulated; the block knows rule and statement."""
    kinds = statement.names()
    if len(kinds) != 1:
        raise UnsupportedError(
            statement.place, f"a statement has one kind, but this has {', '.join(kinds) or 'none'}"
        )
    kind = kinds[0]
    if kind not in _COMPILERS:
        raise UnsupportedError(statement.place, f"{kind} is not emulated")
    if nested and kind == "rateBasedStatement":
        raise UnsupportedError(statement.place, f"AWS WAF does not let {kind} stand inside another")
    return _COMPILERS[kind](statement.required_block(kind), context)


def _and(block: Block, context: StatementContext) -> Matches:
    parts = _parts(block, context)
    return lambda inspection: all(part(inspection) for part in parts)


def _or(block: Block, context: StatementContext) -> Matches:
    parts = _parts(block, context)
    return lambda inspection: any(part(inspection) for part in parts)


def _parts(block: Block, context: StatementContext) -> tuple[Matches, ...]:
    statements = block.blocks("statements")
    if len(statements) < 2:  # noqa: PLR2004 - AWS WAF API Reference, AndStatement
        raise UnsupportedError(block.place, "AWS WAF wants at least two statements here")
    return tuple(compile_statement(s, context, nested=True) for s in statements)


def _not(block: Block, context: StatementContext) -> Matches:
    inner = block.block("statement")
    if inner is None:
        several = block.blocks("statements")
        if len(several) != 1:
            raise UnsupportedError(block.place, "notStatement holds exactly one statement")
        inner = several[0]
    matches = compile_statement(inner, context, nested=True)
    return lambda inspection: not matches(inspection)


def _ip_set(block: Block, context: StatementContext) -> Matches:
    block.only("arn", "ipSetForwardedIpConfig")
    arn = block.required_text("arn")
    addresses = context.ip_sets.get(arn)
    if addresses is None:
        raise UnsupportedError(block.place, f"no IP set of the graph has the ARN {arn}")
    forwarded = block.block("ipSetForwardedIpConfig")
    if forwarded is None:
        return lambda inspection: inspection.source in addresses
    header = forwarded.required_text("headerName").lower()
    fallback = _fallback(forwarded)
    position = forwarded.required_text("position")
    if position not in {"FIRST", "LAST", "ANY"}:
        raise UnsupportedError(forwarded.place, f"position {position} is not emulated")

    def matches(inspection: Inspection) -> bool:
        values = inspection.header(header)
        if not values:
            return False  # without the header the rule is not applied at all
        listed = [_listed_address(a) for a in ",".join(values).split(",")]
        chosen = {
            "FIRST": listed[:1],
            "LAST": listed[-1:],
            "ANY": listed[-MAX_FORWARDED_ADDRESSES:],
        }[position]
        if None in chosen:
            return fallback
        return any(address in addresses for address in chosen)

    return matches


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
        raise UnsupportedError(block.place, f"AWS WAF wants a limit of at least {MIN_LIMIT}")
    if window not in WINDOWS_SECONDS:
        raise UnsupportedError(block.place, f"AWS WAF has no window of {window} seconds")
    narrower = block.block("scopeDownStatement")
    counts = None if narrower is None else compile_statement(narrower, context, nested=True)
    aggregate = block.text("aggregateKeyType") or "IP"
    counter = RateCounter(limit, window, context.clock)

    if aggregate == "FORWARDED_IP":
        forwarded = block.required_block("forwardedIpConfig")
        header = forwarded.required_text("headerName").lower()
        fallback = _fallback(forwarded)

        def over_limit(inspection: Inspection) -> bool:
            values = inspection.header(header)
            if not values:
                return False
            address = _listed_address(values[0].split(",")[0])
            return fallback if address is None else counter.exceeded(address)
    elif aggregate == "IP":

        def over_limit(inspection: Inspection) -> bool:
            return counter.exceeded(inspection.source or inspection.request.source_ip)
    elif aggregate == "CONSTANT":
        if counts is None:
            raise UnsupportedError(block.place, "CONSTANT needs a scopeDownStatement")

        def over_limit(inspection: Inspection) -> bool:  # noqa: ARG001 - the others need it
            return counter.exceeded("every source")
    else:
        raise UnsupportedError(block.place, f"aggregateKeyType {aggregate} is not emulated")

    if counts is None:
        return over_limit
    return lambda inspection: counts(inspection) and over_limit(inspection)


def _byte_match(block: Block, _context: StatementContext) -> Matches:
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
    return _any_value(compile_field(block), tests[where])


def _regex_match(block: Block, _context: StatementContext) -> Matches:
    block.only("regexString", *_FIELD)
    pattern = Pattern(block.place, [block.required_text("regexString")])
    return _any_value(compile_field(block), pattern.found_in)


def _regex_set(block: Block, context: StatementContext) -> Matches:
    block.only("arn", *_FIELD)
    arn = block.required_text("arn")
    if arn not in context.pattern_sets:
        raise UnsupportedError(block.place, f"no regex pattern set of the graph has the ARN {arn}")
    return _any_value(compile_field(block), context.pattern_sets[arn].found_in)


def _size_constraint(block: Block, _context: StatementContext) -> Matches:
    block.only("comparisonOperator", "size", *_FIELD)
    operator = block.required_text("comparisonOperator")
    if operator not in _COMPARISONS:
        raise UnsupportedError(block.place, f"comparisonOperator {operator} is not emulated")
    compare, size = _COMPARISONS[operator], block.required_integer("size")
    return _any_value(compile_field(block), lambda text: compare(len(text), size))


def _sql_injection(block: Block, _context: StatementContext) -> Matches:
    block.only("sensitivityLevel", *_FIELD)
    level = block.text("sensitivityLevel") or "LOW"
    if level not in SQL_INJECTION:
        raise UnsupportedError(block.place, f"sensitivityLevel {level} is not emulated")
    return _any_value(compile_field(block), SQL_INJECTION[level].found_in)


def _cross_site_scripting(block: Block, _context: StatementContext) -> Matches:
    block.only(*_FIELD)
    return _any_value(compile_field(block), CROSS_SITE_SCRIPTING.found_in)


def _label(block: Block, context: StatementContext) -> Matches:
    block.only("scope", "key")
    scope, key = block.required_text("scope"), block.required_text("key")
    tests: dict[str, Callable[[str], bool]] = {
        "LABEL": lambda label: label_is(label, key, context.label_prefix),
        "NAMESPACE": lambda label: label_is_in(label, key, context.label_prefix),
    }
    if scope not in tests:
        raise UnsupportedError(block.place, f"scope {scope} is not emulated")
    test = tests[scope]
    return lambda inspection: any(test(label) for label in inspection.labels)


def label_is(label: str, key: str, prefix: str) -> bool:
    """Source: AWS WAF Developer Guide, "Label match rule statement": the end of the label."""
    if key.startswith("awswaf:"):
        return label == key
    own = label.removeprefix(prefix)
    return own != label and (own == key or own.endswith(f":{key}"))


def label_is_in(label: str, key: str, prefix: str) -> bool:
    """Namespaces are contiguous parts of a label before its name; the key ends with a colon."""
    namespace = label[: label.rfind(":") + 1]
    if key.startswith("awswaf:"):
        return namespace.startswith(key)
    own = namespace.removeprefix(prefix)
    return own != namespace and f":{key}" in f":{own}"


def _any_value(component: Component, test: Callable[[bytes], bool]) -> Matches:
    key, extract = component.key, component.extract

    def matches(inspection: Inspection) -> bool:
        extracted = inspection.extracted.get(key)
        if extracted is None:
            extracted = inspection.extracted[key] = extract(inspection)
        if isinstance(extracted, bool):
            return extracted
        for value in extracted:  # noqa: SIM110 - any() and its generator cost more than most tests
            if test(value):
                return True
        return False

    return matches


def _contains_word(wanted: bytes, text: bytes) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        starts = at == 0 or text[at - 1] not in _WORD
        if starts and (end == len(text) or text[end] not in _WORD):
            return True
        at = text.find(wanted, at + 1)
    return False


def _listed_address(text: str) -> Address | None:
    return parse_address(text.strip())


def _fallback(forwarded: Block) -> bool:
    behaviour = forwarded.required_text("fallbackBehavior")
    if behaviour not in {"MATCH", "NO_MATCH"}:
        raise UnsupportedError(forwarded.place, f"fallbackBehavior {behaviour} is not emulated")
    return behaviour == "MATCH"


_COMPILERS: dict[str, Callable[[Block, StatementContext], Matches]] = {
    "andStatement": _and,
    "byteMatchStatement": _byte_match,
    "ipSetReferenceStatement": _ip_set,
    "labelMatchStatement": _label,
    "notStatement": _not,
    "orStatement": _or,
    "rateBasedStatement": _rate_based,
    "regexMatchStatement": _regex_match,
    "regexPatternSetReferenceStatement": _regex_set,
    "sizeConstraintStatement": _size_constraint,
    "sqliMatchStatement": _sql_injection,
    "xssMatchStatement": _cross_site_scripting,
}
SUPPORTED_STATEMENTS = tuple(sorted(_COMPILERS))
UNSUPPORTED_STATEMENTS = ("asnMatchStatement", "geoMatchStatement")
