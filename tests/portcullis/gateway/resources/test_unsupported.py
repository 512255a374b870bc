"""The error for a feature that is not emulated."""

import pytest

from portcullis.gateway.resources.functions import function_specs
from portcullis.gateway.resources.unsupported import UnsupportedError


def test_every_refusal_names_the_resource_and_the_next_step(good):
    with pytest.raises(UnsupportedError) as caught:
        function_specs(good.set("function", runtime="go1.x").graph())
    assert "aws:lambda/function:Function 'function'" in str(caught.value)
    assert caught.value.exit_code == 2
    assert str(caught.value).endswith("Remove it from the program, or test this stack on AWS.")


def test_a_remedy_of_its_own_replaces_the_general_one():
    error = UnsupportedError("The graph", "it has no REST API", "Add one.")
    assert str(error) == "The graph: it has no REST API. Add one."
    assert (error.resource, error.feature) == ("The graph", "it has no REST API")
