"""The labels of managed rules are those that the laptop's groups add."""

import pytest

from portcullis.gateway.waf.managed import GROUPS
from portcullis.managed_rules import BODY_SIZE, LABELS


@pytest.mark.parametrize("rule", LABELS)
def test_a_label_is_the_one_that_the_group_adds(rule):
    group, _, name = rule.partition("/")
    (known,) = (one for one in GROUPS[group].rules if one.name == name)
    assert GROUPS[group].label_prefix + known.label == LABELS[rule]


def test_the_body_size_is_one_of_them():
    assert LABELS[BODY_SIZE] == "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
