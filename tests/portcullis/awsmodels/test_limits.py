"""The table of limits names functions, and each function of the checks is in it."""

from pathlib import Path

import yaml

from portcullis.awsmodels import checks, limits

ROWS = yaml.safe_load(Path(limits.__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
NO_CHECK = {"known"}  # what checks ask


def test_every_check_is_in_the_table_of_limits():
    public = {
        name
        for name, value in vars(checks).items()
        if getattr(value, "__module__", "") == checks.__name__
    }
    named = {row["check"] for row in ROWS if "check" in row}
    assert named == {name for name in public if not name.startswith("_")} - NO_CHECK
