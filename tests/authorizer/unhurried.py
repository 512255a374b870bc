"""The function's limits are for AWS; a test on a busy machine must not end at one of them."""

import contextlib
from collections.abc import Iterator

import pytest

SECONDS = 60.0


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """Attempts, lookups and signing may take a minute, where a test does not set a limit itself."""
    from authorizer import aws_json, service  # noqa: PLC0415 - botocore, which few tests need

    with pytest.MonkeyPatch.context() as patched:
        for limit in ("ATTEMPT_SECONDS", "CONNECT_SECONDS"):
            patched.setattr(aws_json, limit, SECONDS)
        for limit in ("REGISTRY_BUDGET_SECONDS", "SIGNING_BUDGET_SECONDS"):
            patched.setattr(service, limit, SECONDS)
        yield
