"""OpenAPI bodies for the tests of their readers."""

import json

from portcullis.gateway.resources.openapi import ApiMethod, ImportedApi, read_body
from tests.portcullis.gateway.openapi import document, request_authorizer

MOCK = {"type": "mock"}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
URI = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:111122223333:function:f/invocations"
)
CLIENT = request_authorizer(URI)


def operation(**more):
    return {"x-amazon-apigateway-integration": MOCK, **more}


def body(paths=None, **more):
    schemes = {"client": CLIENT, "key": KEY}
    return document(
        paths or {"/": {"get": operation()}}, components={"securitySchemes": schemes}, **more
    )


def read(written) -> ImportedApi:
    return read_body(json.dumps(written), "api")


def only(written) -> ApiMethod:
    (found,) = read(written).operations
    return found


def extended(name, value, where="root"):
    extension = {f"x-amazon-{name}": value}
    if where == "root":
        return body(**extension)
    return body({"/": {"get": operation(**extension)}})
