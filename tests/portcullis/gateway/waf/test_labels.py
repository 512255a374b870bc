"""Labels: a rule matches by the end of a label, or by a part of its namespace."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.labels import label_is, label_is_in
from tests.portcullis.gateway.waf.written import (
    labelled,
    rule,
)

PREFIX = "awswaf:111122223333:webacl:shield:"


def test_a_label_is_seen_by_later_rules_only(web_acl, request_of):
    sets = rule("pets", 1, "count", ruleLabels=[{"name": "team:pets"}])
    reads = rule("reads", 2, statement=labelled("team:pets"))
    assert not web_acl(sets, reads).evaluate(request_of("/pets")).allowed
    assert web_acl(sets, reads).evaluate(request_of("/dogs")).allowed
    before = {**reads, "priority": 0}
    assert web_acl(sets, before).evaluate(request_of("/pets")).allowed


@pytest.mark.parametrize(
    ("label", "key", "expected"),
    [
        (PREFIX + "a:b:name", "name", True),
        (PREFIX + "a:b:name", "b:name", True),
        (PREFIX + "a:b:name", PREFIX + "a:b:name", True),
        (PREFIX + "a:b:name", "a:b", False),
        (PREFIX + "a:b:name", "ame", False),
        (PREFIX + "a:b:name", "Name", False),
        ("awswaf:managed:aws:x:name", "name", False),
        ("awswaf:managed:aws:x:name", "awswaf:managed:aws:x:name", True),
    ],
)
def test_a_label_matches_by_its_end_or_as_a_whole(label, key, expected):
    assert label_is(label, key, PREFIX) is expected


@pytest.mark.parametrize(
    ("label", "key", "expected"),
    [
        (PREFIX + "a:b:name", "a:", True),
        (PREFIX + "a:b:name", "a:b:", True),
        (PREFIX + "a:b:name", "b:", True),
        (PREFIX + "a:b:name", "name:", False),
        (PREFIX + "ba:name", "a:", False),
        (PREFIX + "a:b:name", PREFIX + "a:", True),
        ("awswaf:managed:aws:x:name", "aws:", False),
        ("awswaf:managed:aws:x:name", "awswaf:managed:aws:x:", True),
    ],
)
def test_a_namespace_matches_within_the_label(label, key, expected):
    assert label_is_in(label, key, PREFIX) is expected


def test_a_scope_that_aws_does_not_have_stops_the_start(matches):
    with pytest.raises(UnsupportedError, match="scope WORLD"):
        matches(labelled("x", "WORLD"))
