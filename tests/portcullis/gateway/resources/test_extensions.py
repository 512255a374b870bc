"""Extensions of an OpenAPI object: unknown ones of API Gateway are refused."""

import pytest

from portcullis.gateway.resources.extensions import check_extensions
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.resources.bodies import body, extended, only, operation, read


@pytest.mark.parametrize("name", ["x-amazon-apigateway-auth", "x-scope", "get", "x-amzn-other"])
def test_a_known_extension_and_those_of_others_are_accepted(name):
    check_extensions(Block({name: {}}, "api"), {"auth"})


@pytest.mark.parametrize("name", ["x-amazon-apigateway-cors", "x-amazon-something"])
def test_an_unknown_extension_of_amazon_is_refused(name):
    with pytest.raises(UnsupportedError, match=f"api: the extension {name} is not emulated"):
        check_extensions(Block({name: {}}, "api"), {"auth"})


@pytest.mark.parametrize(
    "document",
    [
        extended("apigateway-policy", {}),
        extended("apigateway-cors", {}),
        extended("something", 1),
        extended("apigateway-something", 1, "operation"),
        body({"/": {"x-amazon-apigateway-other": 1, "get": operation()}}),
    ],
    ids=["policy", "cors", "other service", "operation", "path item"],
)
def test_root_path_item_and_operation_are_checked(document):
    with pytest.raises(UnsupportedError, match=r"the extension .* is not emulated"):
        read(document)


def test_extensions_of_others_are_left_alone():
    document = body({"/": {"get": operation(**{"x-scope": "a"})}, "x-mine": {}}, **{"x-other": 1})
    assert only(document).method == "GET"
