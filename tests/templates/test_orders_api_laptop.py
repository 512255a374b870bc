"""`make up` of a new project starts the whole chain and finds every gate closed."""

import re

import pytest

from tests.templates.generating import generate_installed
from tests.templates.test_orders_api import make

pytestmark = pytest.mark.laptop


def test_make_up_attacks_the_orders_and_finds_every_gate_closed(installed, tmp_path):
    done = make(generate_installed(tmp_path, "My.Orders-X_1", installed), "up")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    count = re.search(r"^(\d+) as expected, 0 differ, 0 skipped$", done.stdout, re.MULTILINE)
    assert count
    assert int(count[1]) > 100
    for case in ("post-orders-missing-scope", "unknown-order", "backend-alg-none"):
        assert f" {case} " in done.stdout
