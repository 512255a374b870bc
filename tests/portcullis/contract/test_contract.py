"""The contract: every operation names its scope, and leaves the rest to the program."""

import re

import pytest
import yaml
from openapi_spec_validator import validate

from portcullis.contract.contract import Contract
from portcullis.contract.faults import ContractError
from tests.portcullis.contract.contracts import PETSTORE

JWKS = "/.well-known/jwks.json"


@pytest.fixture
def document():
    return yaml.safe_load(PETSTORE.read_text(encoding="utf-8"))


def test_the_contract_offers_the_sample_s_routes_with_their_scopes():
    contract = Contract.load(PETSTORE)
    assert [(o.method, o.path, o.scope) for o in contract.operations] == [
        ("GET", "/", "pets:read"),
        ("GET", "/pets", "pets:read"),
        ("POST", "/pets", "pets:write"),
        ("GET", "/pets/{petId}", "pets:read"),
        ("GET", JWKS, None),
    ]
    assert contract.scopes == {"pets:read", "pets:write"}


def test_the_contract_is_valid_openapi(document):
    validate(document)


def load(folder, document):
    file = folder / "contract.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return Contract.load(file)


def drop(key):
    return lambda operation: operation.pop(key)


def put(**extra):
    return lambda operation: operation.update({k.replace("_", "-"): v for k, v in extra.items()})


@pytest.mark.parametrize(
    ("path", "verb", "change"),
    [
        ("/pets", "get", drop("x-scope")),
        (JWKS, "get", drop("x-jwks")),
        (JWKS, "get", put(x_scope="pets:read")),
        ("/pets", "get", put(x_jwks=True)),
        (JWKS, "get", put(x_jwks="yes")),
        ("/pets", "get", put(x_scope="")),
        ("/pets", "get", put(x_scope=["pets:read"])),
        ("/pets", "get", put(x_scope="pets read")),
        ("/pets", "get", put(security=[])),
        ("/pets", "get", put(x_amazon_apigateway_integration={})),
        ("/pets", "get", put(x_amazon_apigateway_auth={"type": "NONE"})),
        ("/pets/{petId}", "get", drop("parameters")),
    ],
    ids=[
        "no scope",
        "neither scope nor key set",
        "scope on the key set",
        "key set with a scope",
        "key set by a text",
        "empty scope",
        "list of scopes",
        "scope with space",
        "security of its own",
        "integration of its own",
        "auth of its own",
        "undeclared path parameter",
    ],
)
def test_an_operation_that_leaves_open_who_may_call_it_is_refused(
    document, path, verb, change, tmp_path
):
    change(document["paths"][path][verb])
    with pytest.raises(ContractError, match=re.escape(f": {verb.upper()} {path}")):
        load(tmp_path, document)


def test_a_contract_without_operations_is_refused(tmp_path):
    document = {"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {}}
    with pytest.raises(ContractError, match="must have an operation"):
        load(tmp_path, document)
