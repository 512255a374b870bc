"""The table of a module is the YAML file beside it."""

import pytest

from portcullis.yaml_table import read_table


def test_the_table_is_read_from_the_file_with_the_module_s_name(tmp_path):
    (tmp_path / "limits.yaml").write_text("name: [1, zwölf]\n", encoding="utf-8")
    assert read_table(str(tmp_path / "limits.py")) == {"name": [1, "zwölf"]}


def test_a_table_cannot_make_python_objects(tmp_path):
    (tmp_path / "limits.yaml").write_text("!!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(Exception, match="could not determine a constructor"):
        read_table(str(tmp_path / "limits.py"))
