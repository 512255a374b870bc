"""Every statement kind: what it matches, what it must not, and what stops the start."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf import patterns
from portcullis.gateway.waf.fields import SUPPORTED_FIELDS, UNSUPPORTED_FIELDS
from portcullis.gateway.waf.rules import GROUP_STATEMENTS
from portcullis.gateway.waf.statements import SUPPORTED_STATEMENTS, UNSUPPORTED_STATEMENTS

NONE = [{"priority": 0, "type": "NONE"}]
ALLOWED = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/allowed/1"
V6 = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/v6/1"
MANY = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/many/1"


def on(kind, field, transformations=NONE, **properties):
    block = {"fieldToMatch": field, "textTransformations": list(transformations), **properties}
    return {kind: block}


def contains(text, field, where="CONTAINS", transformations=NONE):
    return on(
        "byteMatchStatement",
        field,
        transformations,
        searchString=text,
        positionalConstraint=where,
    )


PATH = {"uriPath": {}}
QUERY = {"queryString": {}}
ARGUMENTS = {"allQueryArguments": {}}
BODY = {"body": {"oversizeHandling": "CONTINUE"}}


@pytest.mark.parametrize(
    ("where", "text", "target", "expected"),
    [
        ("EXACTLY", "/pets", "/pets", True),
        ("EXACTLY", "/pets", "/pets/", False),
        ("EXACTLY", "/pets", "/Pets", False),
        ("STARTS_WITH", "/admin", "/admin/users", True),
        ("STARTS_WITH", "/admin", "/x/admin", False),
        ("ENDS_WITH", ".php", "/index.php", True),
        ("ENDS_WITH", ".php", "/index.php5", False),
        ("CONTAINS", "adm", "/x/admin", True),
        ("CONTAINS", "root", "/x/admin", False),
        ("CONTAINS_WORD", "admin", "/admin", True),
        ("CONTAINS_WORD", "admin", "/x-admin-y", True),
        ("CONTAINS_WORD", "admin", "/admins/admin", True),
        ("CONTAINS_WORD", "admin", "/administrator", False),
        ("CONTAINS_WORD", "admin", "/x_admin", False),
    ],
)
def test_a_byte_match_looks_where_it_is_told(matches, where, text, target, expected):
    assert matches(contains(text, PATH, where), target) is expected


def test_text_transformations_run_in_order_of_their_priority(matches):
    twice = [{"priority": 2, "type": "LOWERCASE"}, {"priority": 1, "type": "URL_DECODE"}]
    assert matches(contains("/admin", PATH, "EXACTLY", twice), "/%41DMIN")
    assert not matches(contains("/admin", PATH, "EXACTLY", twice[:1]), "/%41DMIN")


@pytest.mark.parametrize(
    ("field", "found", "changes", "elsewhere"),
    [
        ({"method": {}}, "PATCH", {"method": "PATCH"}, {"target": "/PATCH"}),
        (PATH, "bad", {"target": "/bad"}, {"target": "/?bad"}),
        (QUERY, "bad", {"target": "/?bad"}, {"target": "/bad"}),
        (ARGUMENTS, "bad", {"target": "/?a=1&b=bad"}, {"target": "/?bad=1"}),
        (
            {"singleQueryArgument": {"name": "User"}},
            "bad",
            {"target": "/?x=1&uSER=good&user=bad"},
            {"target": "/?other=bad"},
        ),
        (
            {"singleHeader": {"name": "X-Evil"}},
            "bad",
            {"headers": (("x-evil", "good"), ("X-EVIL", "bad"))},
            {"headers": (("X-Good", "bad"),)},
        ),
        (BODY, "bad", {"body": b"a bad body"}, {"target": "/bad"}),
    ],
    ids=["method", "path", "query", "arguments", "argument", "header", "body"],
)
def test_a_statement_sees_its_component_and_no_other(matches, field, found, changes, elsewhere):
    assert matches(contains(found, field), **changes)
    assert not matches(contains(found, field), **elsewhere)


def test_a_component_that_is_not_there_does_not_match_and_its_negation_does(matches):
    no_agent = on(
        "sizeConstraintStatement",
        {"singleHeader": {"name": "user-agent"}},
        comparisonOperator="GE",
        size=0,
    )
    assert not matches(no_agent)
    assert matches({"notStatement": {"statement": no_agent}})


@pytest.mark.parametrize(
    ("pattern", "scope", "headers", "expected"),
    [
        ({"all": {}}, "ALL", (("X-Bad", "v"),), True),
        ({"all": {}}, "KEY", (("X-Bad", "v"),), True),
        ({"all": {}}, "VALUE", (("X-Bad", "v"),), False),
        ({"all": {}}, "VALUE", (("X", "Bad"),), True),
        ({"all": {}}, "KEY", (("X", "Bad"),), False),
        ({"includedHeaders": ["x-a"]}, "VALUE", (("X-A", "Bad"),), True),
        ({"includedHeaders": ["x-a"]}, "VALUE", (("X-B", "Bad"),), False),
        ({"excludedHeaders": ["x-a"]}, "VALUE", (("X-A", "Bad"),), False),
        ({"excludedHeaders": ["x-a"]}, "VALUE", (("X-B", "Bad"),), True),
    ],
)
def test_headers_are_chosen_by_pattern_and_scope(matches, pattern, scope, headers, expected):
    block = {"matchPattern": pattern, "matchScope": scope, "oversizeHandling": "CONTINUE"}
    assert matches(contains("Bad", {"headers": [block]}), headers=headers) is expected


@pytest.mark.parametrize(
    ("pattern", "cookie", "expected"),
    [
        ({"all": {}}, "a=1; b=Bad", True),
        ({"includedCookies": ["b"]}, "a=1; b=Bad", True),
        ({"includedCookies": ["B"]}, "a=1; b=Bad", False),
        ({"excludedCookies": ["b"]}, "a=1; b=Bad", False),
        ({"all": {}}, "Bad=1", False),
    ],
)
def test_cookies_are_chosen_by_their_exact_name(matches, pattern, cookie, expected):
    block = {"matchPatterns": [pattern], "matchScope": "VALUE", "oversizeHandling": "CONTINUE"}
    statement = contains("Bad", {"cookies": block})
    assert matches(statement, headers=(("Cookie", cookie),)) is expected


def json_body(pattern, scope="ALL", **properties):
    return {
        "jsonBody": {
            "matchPattern": pattern,
            "matchScope": scope,
            "oversizeHandling": "CONTINUE",
            **properties,
        }
    }


@pytest.mark.parametrize(
    ("pattern", "scope", "body", "expected"),
    [
        ({"all": {}}, "VALUE", b'{"a": {"b": ["x", "Bad"]}}', True),
        ({"all": {}}, "VALUE", b'{"Bad": 1}', False),
        ({"all": {}}, "KEY", b'{"a": {"Bad": 1}}', True),
        ({"all": {}}, "VALUE", b'{"a": "B\\u0061d"}', True),
        ({"all": {}}, "VALUE", b'{"a": "Bad", "a": 1}', True),
        ({"includedPaths": ["/a/b"]}, "VALUE", b'{"a": {"b": {"c": "Bad"}}}', True),
        ({"includedPaths": ["/a/b"]}, "VALUE", b'{"a": {"c": "Bad"}}', False),
        ({"includedPaths": ["/list/1"]}, "VALUE", b'{"list": ["x", "Bad"]}', True),
        ({"includedPaths": ["/a~1b/c~0d"]}, "VALUE", b'{"a/b": {"c~d": "Bad"}}', True),
        ({"all": {}}, "VALUE", b"", False),
    ],
)
def test_a_json_body_is_looked_at_element_by_element(matches, pattern, scope, body, expected):
    assert matches(contains("Bad", json_body(pattern, scope)), body=body) is expected


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [("MATCH", True), ("NO_MATCH", False), ("EVALUATE_AS_STRING", True), (None, True)],
)
@pytest.mark.parametrize("body", [b'{"a": Bad', b'"Bad"', b"[" * 100_000 + b"Bad"])
def test_a_body_that_is_no_json_takes_the_fallback(matches, fallback, expected, body):
    field = json_body({"all": {}}, invalidFallbackBehavior=fallback)
    if len(body) > 1000 and fallback in {"EVALUATE_AS_STRING", None}:
        expected = False  # the word stands behind what is inspected
    assert matches(contains("Bad", field), body=body) is expected


@pytest.mark.parametrize(
    ("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False)]
)
def test_a_body_over_16_kilobytes_is_handled_as_told(matches, handling, expected):
    field = {"body": {"oversizeHandling": handling}}
    padding = b"." * 16 * 1024
    assert matches(contains("Bad", field), body=padding + b"Bad") is expected
    assert not matches(contains("Bad", field), body=padding)
    assert matches(contains("Bad", field), body=padding[:-3] + b"Bad")


def test_the_body_limit_is_the_web_acls(web_acl, request_of):
    rule = {
        "name": "r",
        "priority": 0,
        "action": {"block": {}},
        "statement": contains("Bad", BODY),
    }
    larger = {"requestBodies": [{"apiGateway": {"defaultSizeInspectionLimit": "KB_32"}}]}
    request = request_of(body=b"." * 20_000 + b"Bad")
    assert web_acl(rule).evaluate(request).allowed
    assert not web_acl(rule, associationConfig=larger).evaluate(request).allowed


@pytest.mark.parametrize(
    ("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False)]
)
def test_more_headers_than_are_inspected_are_handled_as_told(matches, handling, expected):
    block = {"matchPattern": {"all": {}}, "matchScope": "ALL", "oversizeHandling": handling}
    many = tuple((f"X-{n}", "v") for n in range(200))
    statement = contains("Bad", {"headers": [block]})
    assert matches(statement, headers=(*many, ("X-Last", "Bad"))) is expected
    assert matches(statement, headers=(("X-Bad", "v"), *many[:199]))
    large = (("X-Large", "v" * 8192), ("X-Last", "Bad"))
    assert matches(statement, headers=large) is expected


@pytest.mark.parametrize(
    ("operator", "sizes"),
    [("EQ", {5}), ("NE", {4, 6}), ("LE", {4, 5}), ("LT", {4}), ("GE", {5, 6}), ("GT", {6})],
)
def test_sizes_compare_as_their_operator_says(matches, operator, sizes):
    statement = on("sizeConstraintStatement", QUERY, comparisonOperator=operator, size=5.0)
    assert {n for n in (4, 5, 6) if matches(statement, "/?" + "x" * n)} == sizes


@pytest.mark.parametrize(
    ("pattern", "target", "expected"),
    [
        (r"^/pets/\d+$", "/pets/42", True),
        (r"^/pets/\d+$", "/pets/x", False),
        (r"(?i)ADMIN", "/x/admin", True),
        (r"\\\.", "/a.b", False),
        (r"[(?>]", "/a", False),
    ],
)
def test_a_regular_expression_is_searched_for(matches, pattern, target, expected):
    assert matches(on("regexMatchStatement", PATH, regexString=pattern), target) is expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(a)\1", "back-reference"),
        (r"(?P<x>a)(?P=x)", "back-reference"),
        (r"(?>a+)b", "atomic group"),
        (r"a++b", "possessive"),
        (r"a{2,3}+b", "possessive"),
        (r"(?(1)a|b)", "conditional"),
        (r"a(?R)?b", "recursion"),
        (r"(*SKIP)a", "verb"),
        (r"a\Kb", "K"),
        (r"(", "does not compile"),
        ("a" * 513, "512"),
    ],
)
def test_a_regular_expression_that_aws_refuses_stops_the_start(matches, pattern, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(on("regexMatchStatement", PATH, regexString=pattern))


def test_a_pattern_that_takes_too_long_blocks_instead_of_hanging(web_acl, request_of, monkeypatch):
    monkeypatch.setattr(patterns, "SEARCH_LIMIT_SECONDS", 0.005)
    slow = on("regexMatchStatement", BODY, regexString=r"^(\w+\s?)*$")
    rule = {"name": "slow", "priority": 0, "action": {"count": {}}, "statement": slow}
    verdict = web_acl(rule).evaluate(request_of(body=b"a" * 5000 + b"!"))
    assert not verdict.allowed
    assert verdict.rule == "slow (a pattern took too long)"


def test_a_pattern_set_matches_where_any_of_its_patterns_does(good, matches):
    arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/regexpatternset/bad/1"
    good.add(
        "patterns",
        "aws:wafv2/regexPatternSet:RegexPatternSet",
        arn=arn,
        regularExpressions=[{"regexString": "^/admin"}, {"regexString": r"\.php$"}],
    )
    statement = on("regexPatternSetReferenceStatement", PATH, arn=arn)
    assert matches(statement, "/index.php")
    assert matches(statement, "/admin/x")
    assert not matches(statement, "/pets")


@pytest.mark.parametrize(
    ("arn", "source", "expected"),
    [
        (ALLOWED, "203.0.113.200", True),
        (ALLOWED, "203.0.114.1", False),
        (ALLOWED, "::ffff:203.0.113.1", True),
        (ALLOWED, "2001:db8::1", False),
        (V6, "2001:db8:ffff::1", True),
        (V6, "::1", True),
        (V6, "::2", False),
        (MANY, "198.51.100.127", True),
        (MANY, "198.51.100.128", False),
        (MANY, "nowhere", False),
    ],
)
def test_an_ip_set_matches_its_addresses(matches, arn, source, expected):
    assert matches({"ipSetReferenceStatement": {"arn": arn}}, source_ip=source) is expected


@pytest.mark.parametrize(
    ("position", "value", "expected"),
    [
        ("FIRST", "203.0.113.1, 192.0.2.1", True),
        ("FIRST", "192.0.2.1, 203.0.113.1", False),
        ("LAST", "192.0.2.1, 203.0.113.1", True),
        ("LAST", "203.0.113.1, 192.0.2.1", False),
        ("ANY", "192.0.2.1, 203.0.113.1, 192.0.2.2", True),
        ("ANY", "192.0.2.1, 192.0.2.2", False),
        ("ANY", "203.0.113.1" + ", 192.0.2.1" * 10, False),
        ("FIRST", "somewhere", False),
        ("FIRST", None, False),
    ],
)
def test_a_forwarded_address_is_read_at_its_position(matches, position, value, expected):
    forwarded = {
        "headerName": "X-Forwarded-For",
        "fallbackBehavior": "NO_MATCH",
        "position": position,
    }
    statement = {"ipSetReferenceStatement": {"arn": ALLOWED, "ipSetForwardedIpConfig": forwarded}}
    headers = () if value is None else (("x-forwarded-for", value),)
    assert matches(statement, headers=headers, source_ip="192.0.2.99") is expected


def test_a_malformed_forwarded_address_takes_the_fallback_and_a_missing_header_does_not(matches):
    forwarded = {"headerName": "X-F", "fallbackBehavior": "MATCH", "position": "ANY"}
    statement = {"ipSetReferenceStatement": {"arn": ALLOWED, "ipSetForwardedIpConfig": forwarded}}
    assert matches(statement, headers=(("X-F", "192.0.2.1; 192.0.2.2"),))
    assert not matches(statement)


A, B = contains("a", PATH), contains("b", PATH)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"andStatement": {"statements": [A, B]}}, {"/ab"}),
        ({"orStatement": {"statements": [A, B]}}, {"/a", "/b", "/ab"}),
        ({"notStatement": {"statement": A}}, {"/b", "/"}),
        ({"notStatement": {"statements": [A]}}, {"/b", "/"}),
        (
            {"andStatement": {"statements": [A, {"notStatement": {"statement": B}}]}},
            {"/a"},
        ),
    ],
    ids=["and", "or", "not", "not as a list", "nested"],
)
def test_statements_combine(matches, statement, expected):
    assert {t for t in ("/a", "/b", "/ab", "/") if matches(statement, t)} == expected


@pytest.mark.parametrize(
    "value", ["1' OR '1'='1", "1 UNION SELECT name FROM users", "x'; DROP TABLE pets--"]
)
def test_sql_injection_is_found_after_decoding(matches, value):
    encoded = "/?q=" + "".join(f"%{b:02x}" for b in value.encode())
    decoded = [{"priority": 0, "type": "URL_DECODE"}]
    assert matches(on("sqliMatchStatement", ARGUMENTS, decoded), encoded)
    assert not matches(on("sqliMatchStatement", ARGUMENTS), encoded)


@pytest.mark.parametrize(
    "harmless",
    ["dog", "it's a dog", "select a pet from the list", "O'Brien and sons", "a--b", "10-20"],
)
def test_sql_injection_leaves_ordinary_words_alone(matches, harmless):
    assert not matches(on("sqliMatchStatement", ARGUMENTS), "/?q=" + harmless)


def test_high_sensitivity_finds_more(matches):
    target = "/?q=select name from users"
    assert not matches(on("sqliMatchStatement", ARGUMENTS), target)
    assert matches(on("sqliMatchStatement", ARGUMENTS, sensitivityLevel="HIGH"), target)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<script>alert(1)</script>", True),
        (b"<img src=x onerror=alert(1)>", True),
        (b"javascript:alert(1)", True),
        (b"a < b and c > d", False),
        (b"on the table = a dog", False),
        (b'{"type": "dog", "price": 1}', False),
    ],
)
def test_cross_site_scripting_is_found_and_ordinary_text_is_not(matches, value, expected):
    assert matches(on("xssMatchStatement", BODY), body=value) is expected


# What stops the start


@pytest.mark.parametrize("kind", UNSUPPORTED_STATEMENTS)
def test_an_unsupported_statement_names_the_rule_and_itself(matches, kind):
    with pytest.raises(UnsupportedError, match=rf"rule 'rule'.*{kind}"):
        matches({kind: {"countryCodes": ["DE"]}})


@pytest.mark.parametrize("field", UNSUPPORTED_FIELDS)
def test_an_unsupported_component_names_the_rule_and_itself(matches, field):
    with pytest.raises(UnsupportedError, match=rf"rule 'rule'.*{field}"):
        matches(contains("x", {field: {}}))


def test_the_supported_lists_are_what_the_provider_offers():
    assert set(SUPPORTED_STATEMENTS) | set(UNSUPPORTED_STATEMENTS) | set(GROUP_STATEMENTS) == {
        "andStatement", "asnMatchStatement", "byteMatchStatement", "geoMatchStatement",
        "ipSetReferenceStatement", "labelMatchStatement", "managedRuleGroupStatement",
        "notStatement", "orStatement", "rateBasedStatement", "regexMatchStatement",
        "regexPatternSetReferenceStatement", "ruleGroupReferenceStatement",
        "sizeConstraintStatement", "sqliMatchStatement", "xssMatchStatement",
    }  # fmt: skip
    assert set(SUPPORTED_FIELDS) | set(UNSUPPORTED_FIELDS) == {
        "allQueryArguments", "body", "cookies", "headerOrders", "headers", "ja3Fingerprint",
        "ja4Fingerprint", "jsonBody", "method", "queryString", "singleHeader",
        "singleQueryArgument", "uriFragment", "uriPath",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({}, "none"),
        ({**A, **{"notStatement": {"statement": B}}}, "one kind"),
        ({"andStatement": {"statements": [A]}}, "at least two"),
        ({"notStatement": {"statements": [A, B]}}, "exactly one"),
        ({"notStatement": {"statement": {"geoMatchStatement": {}}}}, "geoMatchStatement"),
        (
            {"notStatement": {"statement": {"rateBasedStatement": {"limit": 100}}}},
            "inside another",
        ),
        ({"ipSetReferenceStatement": {"arn": "arn:gone"}}, "arn:gone"),
        (on("regexPatternSetReferenceStatement", PATH, arn="arn:gone"), "arn:gone"),
        (contains("x", PATH, "SOMEWHERE"), "SOMEWHERE"),
        (contains("x", PATH, "EXACTLY", [{"priority": 0, "type": "ROT13"}]), "ROT13"),
        (contains("x", {}), "one request component"),
        (on("sizeConstraintStatement", PATH, comparisonOperator="IN", size=1), "IN"),
        (on("sqliMatchStatement", PATH, sensitivityLevel="MEDIUM"), "MEDIUM"),
        (contains("x", {"body": {"oversizeHandling": "GUESS"}}), "GUESS"),
        (contains("x", json_body({})), "neither all nor"),
        (contains("x", json_body({"includedPaths": ["a"]})), "JSON pointer"),
        ({"labelMatchStatement": {"scope": "WORLD", "key": "x"}}, "WORLD"),
        ({"xssMatchStatement": {"surprise": 1, "fieldToMatch": PATH}}, "surprise"),
    ],
)
def test_a_statement_that_cannot_be_evaluated_stops_the_start(matches, statement, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(statement)
