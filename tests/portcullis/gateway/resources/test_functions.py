"""Lambda functions as the runtime invokes them."""

from pathlib import Path

import pytest

from portcullis.gateway.resources.functions import function_specs
from portcullis.gateway.resources.specs import FunctionSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import ARCHIVE, SIGNATURE


def test_a_function_brings_code_environment_limits_and_qualifiers(good):
    assert function_specs(good.graph()) == (
        FunctionSpec(
            name="authorizer",
            handler="authorizer.handler.handler",
            code=Path("authorizer.zip"),
            environment={"PORTCULLIS_AUDIENCE": "petstore"},
            timeout_seconds=5.0,
            memory_mb=512,
            concurrency=None,
            qualifiers=frozenset({"$LATEST", "3", "live"}),
        ),
    )


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"publish": False}, {"qualifiers": {"$LATEST", "live"}}),
        ({"timeout": None, "memorySize": None}, {"timeout_seconds": 3.0, "memory_mb": 128}),
        ({"reservedConcurrentExecutions": 5.0}, {"concurrency": 5}),
        ({"reservedConcurrentExecutions": 0}, {"concurrency": 0}),
        ({"reservedConcurrentExecutions": -1}, {"concurrency": None}),
        ({"environment": None}, {"environment": {}}),
    ],
)
def test_aws_defaults_stand_in_for_what_is_not_set(good, properties, expected):
    (spec,) = function_specs(good.set("function", **properties).graph())
    assert {name: getattr(spec, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("function", {"runtime": "nodejs22.x"}, "nodejs22.x"),
        ("function", {"code": None}, "a file on this machine"),
        ("function", {"handler": None}, "handler"),
        ("function", {"timeout": "soon"}, "a number"),
        (
            "function",
            {"code": {SIGNATURE: ARCHIVE, "uri": "https://example.test"}},
            "a file on this machine",
        ),
        ("alias", {"functionVersion": "2"}, "functionVersion is 2, but .* version 3"),
    ],
)
def test_a_function_that_cannot_run_here_stops_the_start(good, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        function_specs(good.set(resource, **properties).graph())


def test_an_alias_of_another_function_is_no_qualifier(good):
    good.add("other", "aws:lambda/alias:Alias", functionName="another", name="blue")
    arn = "arn:aws:lambda:eu-central-1:111122223333:function:authorizer"
    good.add("green", "aws:lambda/alias:Alias", functionName=arn, name="green")
    (spec,) = function_specs(good.graph())
    assert spec.qualifiers == {"$LATEST", "3", "live", "green"}
