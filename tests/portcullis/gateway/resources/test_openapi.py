"""The body as API Gateway imports it, and what it may not contain here."""

import pytest

from portcullis.gateway.resources.openapi import ANY, read_body
from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.resources.bodies import body, extended, only, operation, read


def test_every_method_of_a_path_is_an_operation():
    methods = ("get", "put", "post", "delete", "options", "head", "patch")
    found = read(body({"/a": dict.fromkeys(methods, operation())})).operations
    assert {o.method for o in found} == {m.upper() for m in methods}


def test_any_method_is_an_operation_for_all():
    any_method = {"x-amazon-apigateway-any-method": operation()}
    assert only(body({"/a/{proxy+}": any_method})).method == ANY


REFUSED = [
    ([], "must be an OpenAPI 3.0"),
    ({"swagger": "2.0", "paths": {}}, "must be an OpenAPI 3.0"),
    ({"openapi": "3.1.0", "paths": {}}, "must be an OpenAPI 3.0"),
    ({"openapi": "3.0.1"}, "no paths"),
    (body({"/": {"get": {}}}), "no integration"),
    (body({"/": {"trace": operation()}}), "TRACE"),
    (body({"/a b": {"get": operation()}}), "path segment"),
    (body({"/a{id}": {"get": operation()}}), "path segment"),
    (body({"/": {"$ref": "other.yaml"}}), r"\$ref"),
    (extended("apigateway-binary-media-types", ["*/*"]), "binary media types"),
]


@pytest.mark.parametrize(("document", "words"), REFUSED)
def test_a_body_that_is_not_emulated_is_refused(document, words):
    with pytest.raises(UnsupportedError, match=words):
        read(document)


def test_a_body_that_is_not_json_is_refused():
    with pytest.raises(UnsupportedError, match=r"not JSON\. Write the OpenAPI document as JSON"):
        read_body("openapi: 3.0.1", "api")


@pytest.mark.parametrize("source", [None, "HEADER", "AUTHORIZER"])
def test_the_source_of_api_keys_is_read(source):
    extension = {} if source is None else {"x-amazon-apigateway-api-key-source": source}
    assert read(body(**extension)).api_key_source == source
