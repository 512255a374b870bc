"""Where dates are judged, the time is a parameter, and one module reads the system's."""

import ast
from datetime import UTC, datetime
from pathlib import Path

from portcullis.pki.clock import moment
from tests.source_tree import parsed

PACKAGE = Path(__file__).parents[3] / "portcullis"
JUDGES = ("pki", "doctor", "registry/revocation_lists")
READERS = {
    "pki/clock.py",
    "doctor/identity.py",  # compares the system's clock with that of AWS
}


def test_a_given_moment_is_kept():
    given = datetime(2031, 1, 1, tzinfo=UTC)
    assert moment(given) == given


def test_one_module_reads_the_systems_time():
    files = [file for folder in JUDGES for file in (PACKAGE / folder).rglob("*.py")]
    readers = {file.relative_to(PACKAGE).as_posix() for file in files if reads_the_time(file)}
    assert readers == READERS


def reads_the_time(file):
    calls = [node.func for node in ast.walk(parsed(file.read_text())) if isinstance(node, ast.Call)]
    return any(ast.unparse(call) in {"datetime.now", "time.time"} for call in calls)
