"""The screen of a managed group: never False where one of its rules matches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.waf.component_matches import ComponentMatch
from portcullis.gateway.waf.fields import SUPPORTED_FIELDS
from portcullis.gateway.waf.inspection import Inspection
from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.patterns import InspectionTimeoutError
from portcullis.gateway.waf.screen import REMEMBERED_LENGTH, REMEMBERED_PARTS, screen
from portcullis.gateway.waf.statement_context import StatementContext
from portcullis.gateway.waf.statements import compile_statement
from tests.portcullis.gateway.fakes import make_request
from tests.portcullis.gateway.waf.written import PATH, contains

BODY = {"body": {"oversizeHandling": "MATCH"}}
CONTEXT = StatementContext(ip_sets={}, pattern_sets={}, clock=float, label_prefix="p:")


def compiled(statement):
    return compile_statement(Block(statement, "a test"), CONTEXT)


MANAGED = [
    tuple(compiled(rule.statement) for rule in group.rules if rule.statement is not None)
    for group in GROUPS.values()
]
SCREENS = [screen(statements) for statements in MANAGED]
PIECES = st.lists(
    st.sampled_from(
        [
            *("a", " ", "/", "=", "&", "%27", "'", "or 1=1", "--", "<script>", "%3Cscript%3E"),
            *("../../etc/passwd", "169.254.169.254", "${jndi:ldap://x}", "union select 1,2"),
            *(".env", "java.lang.runtime", "$(id)", "x" * 3000),
        ]
    ),
    max_size=4,
).map("".join)


@settings(max_examples=60)
@given(path=PIECES, query=PIECES, cookie=PIECES, agent=st.none() | PIECES, body=PIECES)
def test_a_screen_is_true_exactly_where_a_rule_of_the_group_matches(
    path, query, cookie, agent, body
):
    headers = [("Cookie", cookie)] + ([("User-Agent", agent)] if agent is not None else [])
    request = make_request(f"/{path}?{query}", headers=tuple(headers), body=body.encode())
    for statements, may_match in zip(MANAGED, SCREENS, strict=True):
        expected = any(matches(Inspection(request)) for matches in statements)
        assert may_match(Inspection(request)) is expected
        assert may_match(Inspection(request)) is expected  # remembered


def test_an_oversize_component_that_matches_passes_the_screen():
    may_match = screen([compiled(contains("x", BODY))])
    assert may_match(Inspection(make_request("/", body=b"a" * 20_000)))
    assert not may_match(Inspection(make_request("/", body=b"a")))


def test_a_pattern_that_takes_too_long_leaves_the_decision_to_the_rules():
    def never_ends(_inspection):
        raise InspectionTimeoutError

    assert screen([never_ends])(Inspection(make_request("/")))


@pytest.mark.parametrize(("size", "tested"), [(10, 1), (REMEMBERED_LENGTH, 2)])
def test_only_short_parts_are_remembered(size, tested):
    texts = []
    path = compiled(contains("secret", PATH)).component
    may_match = screen([ComponentMatch(path, lambda text: texts.append(text) or False)])
    for _ in range(2):
        assert not may_match(Inspection(make_request("/" + "a" * size)))
    assert len(texts) == tested


def test_only_so_many_parts_are_remembered():
    texts = []
    path = compiled(contains("secret", PATH)).component
    may_match = screen([ComponentMatch(path, lambda text: texts.append(text) or False)])
    for number in (*range(REMEMBERED_PARTS + 1), 0):
        may_match(Inspection(make_request(f"/{number}")))
    assert texts[-1] == b"/0"


FIELDS = {
    "allQueryArguments": {},
    "body": {"oversizeHandling": "CONTINUE"},
    "cookies": {
        "matchPatterns": [{"all": {}}], "matchScope": "ALL", "oversizeHandling": "CONTINUE",
    },
    "headers": [{"matchPattern": {"all": {}}, "matchScope": "ALL", "oversizeHandling": "CONTINUE"}],
    "jsonBody": {"matchPattern": {"all": {}}, "matchScope": "ALL"},
    "method": {},
    "queryString": {},
    "singleHeader": {"name": "cookie"},
    "singleQueryArgument": {"name": "a"},
    "uriPath": {},
}  # fmt: skip


@pytest.mark.parametrize("field", SUPPORTED_FIELDS)
def test_a_change_in_the_part_of_a_field_is_seen(field):
    """What was remembered of the other parts, which stay the same, does not stand for it."""
    may_match = screen([compiled(contains("EVIL", {field: FIELDS[field]}))])
    harmless = {"target": "/x?a=b", "method": "GET", "headers": (("Cookie", "a=b"),), "body": b"{}"}
    body, headers = {"body": b'{"a":"EVIL"}'}, {"headers": (("Cookie", "a=EVIL"),)}
    changes = {
        "method": {"method": "EVIL"},
        "uriPath": {"target": "/EVIL?a=b"},
        "body": body,
        "jsonBody": body,
        "cookies": headers,
        "headers": headers,
        "singleHeader": headers,
    }
    changed = harmless | changes.get(field, {"target": "/x?a=EVIL"})
    assert not may_match(Inspection(make_request(**harmless)))
    assert may_match(Inspection(make_request(**changed)))
