"""Reason codes are documented, and nothing else leaves the handler with an error."""

from pathlib import Path

import pytest

from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError

PAGE = (Path(__file__).parents[2] / "docs" / "authorizer.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", Reason)
def test_every_code_is_in_the_documentation(reason):
    assert f"`{reason}`" in PAGE


def test_the_error_that_leaves_the_handler_is_its_code_alone():
    assert str(AuthorizerError(Reason.SIGNING_FAILED)) == "signing_failed"


def test_a_detail_stands_beside_the_code_in_other_errors():
    assert str(FailedError(Reason.SIGNING_FAILED, "why")) == "signing_failed: why"
    assert str(RefusedError(Reason.REVOKED)) == "revoked"
