"""A project's own pack judges it; without one, the installed pack does."""

import pytest

from portcullis.analyzer.pack_folder import INSTALLED, pack_of


def test_a_project_s_own_pack_is_taken(tmp_path):
    own = tmp_path / "policies"
    own.mkdir()
    (own / "PulumiPolicy.yaml").touch()
    assert pack_of(tmp_path) == own


@pytest.mark.parametrize("has_folder", [False, True], ids=["no folder", "another package"])
def test_a_project_without_a_pack_is_judged_by_the_installed_one(tmp_path, has_folder):
    if has_folder:
        (tmp_path / "policies").mkdir()
    assert pack_of(tmp_path) == INSTALLED
    assert (INSTALLED / "PulumiPolicy.yaml").is_file()
