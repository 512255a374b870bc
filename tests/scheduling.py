"""Which test modules run in one worker of pytest-xdist, and in which order.

A worker runs whole modules, and makes each fixture of the session for itself.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

LAPTOP = "tests/portcullis/laptop/test_"
# Their fixture takes longer than their tests, so that one worker runs all of them.
TOGETHER = (
    tuple(
        f"{LAPTOP}{name}.py"
        for name in (
            *("browser", "calling_guide", "crl", "inspector", "kit", "laptop"),
            *("last_hop", "outage", "rate_plans", "revocation"),
        )
    ),
    ("tests/distribution/test_installed", "tests/templates/test_orders_api"),
)

GROUPS = {group[0] for group in TOGETHER}


def group_of(nodeid: str) -> str:
    """The modules that run together with the one of this test, or its own."""
    module = nodeid.partition("::")[0]
    return next((group[0] for group in TOGETHER if module.startswith(group)), module)


class Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False  # else modules with many short tests come first
    return Scheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test of a laptop waits for processes half its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long modules first, those that run together before them: else one worker ends late."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: (group_of(item.nodeid) not in GROUPS, not _is_long(item)))


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("laptop") is not None
