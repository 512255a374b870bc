"""Rewrites the assertions of each test module in one worker of pytest-xdist and keeps the result.

pytest does this in every worker, half of the time that collecting takes, and keeps nothing with
PYTHONDONTWRITEBYTECODE, which many images for CI set.
"""

import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

TESTS = Path(__file__).parent


def rewrite_share(config: pytest.Config) -> None:
    """Keep this worker's share of the rewritten modules; the others rewrite theirs meanwhile."""
    sys.dont_write_bytecode = False  # in this process alone
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for path in sorted(TESTS.rglob("test_*.py"))[number::workers]:
        _keep(path, config)


def _keep(path: Path, config: pytest.Config) -> None:
    state = config.stash[rewrite.assertstate_key]
    folder = rewrite.get_cache_dir(path)
    kept = folder / (path.stem + rewrite.PYC_TAIL)
    if rewrite.try_makedirs(folder) and rewrite._read_pyc(path, kept) is None:
        source_hash, code = rewrite._rewrite_test(path, config)
        rewrite._write_pyc(state, code, source_hash, kept)
