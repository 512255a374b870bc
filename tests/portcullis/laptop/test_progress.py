"""A step is shown when it begins, and again only if it succeeded."""

import pytest

from portcullis.laptop.progress import Progress


def test_a_step_is_shown_twice_with_its_detail_and_duration():
    shown = []
    with Progress(lambda step: shown.append((step.name, step.detail, step.seconds))).step(
        "plan", "Running"
    ) as step:
        step.detail = "62 resources"
    (begun, ended) = shown
    assert begun == ("plan", "", None)
    assert ended[:2] == ("plan", "62 resources")
    assert ended[2] >= 0


def test_a_step_that_fails_is_not_shown_as_done():
    shown = []
    with pytest.raises(ValueError, match="no"), Progress(shown.append).step("plan", "Running"):
        raise ValueError("no")
    assert len(shown) == 1
    assert shown[0].seconds is None
