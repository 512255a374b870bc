"""How busy the machine is, from /proc/stat."""

import pytest

from benchmarks import machine

pytestmark = pytest.mark.skipif(not machine.STAT.exists(), reason="there is no /proc/stat here")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param("cpu 100 0 0 900 0 0 0 0 0 0", 0.0, id="idle"),
        pytest.param("cpu 150 0 0 850 0 0 0 0 0 0", 0.5, id="half"),
        pytest.param("cpu 100 0 0 850 50 0 0 0 0 0", 0.0, id="waiting for disks"),
        pytest.param("cpu 100 0 0 800 0 0 0 100 0 0", 1.0, id="taken by the host"),
    ],
)
def test_the_share_is_of_the_time_between_two_looks(tmp_path, monkeypatch, after, expected):
    stat = tmp_path / "stat"
    monkeypatch.setattr(machine, "STAT", stat)
    stat.write_text("cpu 100 0 0 800 0 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    monkeypatch.setattr(machine.time, "sleep", lambda _: stat.write_text(f"{after}\n"))
    assert machine.busy_share() == expected
