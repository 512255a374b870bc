"""What the program reads from the engine: its own project, and no key that it does not know."""

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load, require_mended


def test_a_misspelt_key_is_mended_by_the_command_in_its_error():
    require_mended({"portcullis:rateLimt": "100"})


def test_a_misspelt_key_is_named_with_the_key_that_was_meant():
    with pytest.raises(SettingError, match=r"there is portcullis:rateLimit\. .*config rm"):
        load({**GOOD, "portcullis:rateLimt": "100"})


def test_keys_of_other_namespaces_are_left_alone():
    load({**GOOD, "aws:profile": "dev", "other:rateLimt": "1"})


def test_a_renamed_project_is_told_why_nothing_is_set():
    with pytest.raises(SettingError, match=r"^the project's name .* is 'my-gate'"):
        load(GOOD, project="my-gate")
