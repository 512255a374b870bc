"""Waiting times and labels of a rotation; the steps themselves are in cli/test_keys.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.api_body import JWKS_MAX_AGE_SECONDS
from portcullis.settings import key_rotation
from portcullis.settings.key_rotation import following


def test_the_waiting_time_is_the_one_that_the_key_set_is_sent_with():
    assert key_rotation.JWKS_MAX_AGE_SECONDS == JWKS_MAX_AGE_SECONDS


@pytest.mark.parametrize(
    ("label", "expected"),
    [("a", "b"), ("z", "aa"), ("az", "ba"), ("k1", "k2"), ("k9", "k10"), ("2026", "2027")],
)
def test_a_new_label_was_not_used_lately(label, expected):
    assert following(label) == expected


@given(st.from_regex(r"[a-z0-9]{1,10}", fullmatch=True))
def test_every_label_has_a_following_one_that_the_settings_accept(label):
    new = following(label)
    assert new != label
    assert 1 <= len(new) <= 10
    assert new.isalnum()
    assert new == new.lower()
