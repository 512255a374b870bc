"""Each check answers None for an accepted value, and a Problem with the entry for another."""

import pytest

from portcullis.settings.checks import (
    between,
    each,
    file,
    listed,
    matches,
    nearest_name,
    not_empty,
    one_of,
    optional,
)

ABC = matches("[abc]+")
COLOURS = listed(("red", "green"))
LABELS = each("[a-z]", least=1, most=2)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (ABC, "cab"),
        (optional(ABC), ""),
        (not_empty(ABC), "a"),
        (between(1, 3), 1),
        (between(1, 3), 3),
        (one_of((5, 7)), 7),
        (file, "folder/a file.pem"),
        (COLOURS, ("green", "red")),
        (COLOURS, ()),
        (LABELS, ("a", "b")),
    ],
)
def test_an_accepted_value_has_no_problem(check, value):
    assert check(value) is None


@pytest.mark.parametrize(
    ("check", "value", "because", "index"),
    [
        (ABC, "abd", "not of that form", None),
        (ABC, "a\n", "not of that form", None),
        (optional(ABC), "d", "not of that form", None),
        (not_empty(ABC), "", "empty", None),
        (between(1, 3), 0, "below 1", None),
        (between(1, 3), 4, "above 3", None),
        (one_of((5, 7)), 6, "not in the list", None),
        (file, "a\tb", "control character", None),
        (file, "a ", "space", None),
        (COLOURS, ("red", "blue"), "not known", 1),
        (COLOURS, ("red", "red"), "twice", 1),
        (LABELS, (), "empty", 0),
        (LABELS, ("a", "B"), "not of that form", 1),
        (LABELS, ("a", "a"), "twice", 1),
        (LABELS, ("a", "b", "c"), "more than 2", 2),
    ],
)
def test_a_refused_value_is_named_with_its_entry(check, value, because, index):
    problem = check(value)
    assert because in problem.because
    assert problem.index == index


def test_an_unknown_name_is_answered_with_the_nearest_unused_one():
    assert COLOURS(("Greem",)).suggestion == "green"
    assert COLOURS(("green", "Greem")).surplus
    assert COLOURS(("blue",)).surplus


def test_a_shared_beginning_does_not_make_two_names_similar():
    allowed = ["RulesForSql", "RulesForBots", "RulesForLinux"]
    assert nearest_name("rulesforbot", allowed) == "RulesForBots"
    assert nearest_name("RulesForWords", allowed) is None


@pytest.mark.parametrize(
    ("check", "value", "suggestion"),
    [
        (ABC, " CAB ", "cab"),
        (matches("[A-Z]+"), "cab", "CAB"),
        (matches("[abc]+", lambda text: text.replace("x", "")), "axb", "ab"),
        (ABC, "xyz", None),
        (between(1, 3), 0, "1"),
        (between(1, 3), 9, "3"),
        (one_of((60, 300)), 100, "60"),
        (file, " a b ", "a b"),
        (LABELS, ("A",), "a"),
    ],
)
def test_a_suggestion_keeps_the_meaning_of_the_value(check, value, suggestion):
    assert check(value).suggestion == suggestion
