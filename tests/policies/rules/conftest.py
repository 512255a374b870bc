"""The rules judge their example programs as if every API of a stack were a partner API.

An example is a few resources and has no domain, so nothing else puts it in scope.
"""

from collections.abc import Callable
from typing import Any

import pytest

from portcullis.analyzer import RunningPack, Violation
from tests.policies.cases import Program
from tests.policies.conftest import agreed_violations
from tests.policies.in_process import pack_in_process
from tests.policies.running import WIDENED, files_with


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> RunningPack:
    return pack_in_process(files_with(tmp_path_factory.mktemp("pack"), WIDENED))


@pytest.fixture
def judged(pack: RunningPack, default_pack: RunningPack) -> Callable[..., tuple[Violation, ...]]:
    """Judge a program, with ``widened=False`` by the pack as it is shipped."""

    def judge(
        program: Program, *, widened: bool = True, stack: str = "test", **options: Any
    ) -> tuple[Violation, ...]:
        return agreed_violations(pack if widened else default_pack, program, stack, options)

    return judge
