"""The contract: every operation names its scope, and leaves the rest to the program."""

import re

import pytest
import yaml
from openapi_spec_validator import validate

from components.contract import CONTRACT_FILE, Contract, ContractError, Operation

JWKS = "/.well-known/jwks.json"


@pytest.fixture
def document():
    return yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))


def test_the_contract_offers_the_sample_s_routes_with_their_scopes():
    contract = Contract.load()
    assert contract.operations == (
        Operation(method="GET", path="/", scope="pets:read"),
        Operation(method="GET", path="/pets", scope="pets:read"),
        Operation(method="POST", path="/pets", scope="pets:write"),
        Operation(method="GET", path="/pets/{petId}", scope="pets:read"),
        Operation(method="GET", path=JWKS, scope=None),
    )
    assert contract.scopes == {"pets:read", "pets:write"}


def test_the_contract_is_valid_openapi(document):
    validate(document)


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
def test_an_operation_that_leaves_open_who_may_call_it_is_refused(document, path, verb, change):
    change(document["paths"][path][verb])
    with pytest.raises(ContractError, match=re.escape(f"{verb.upper()} {path} in ")):
        Contract(document)


def test_a_contract_without_operations_is_refused():
    with pytest.raises(ContractError, match="must have an operation"):
        Contract({"openapi": "3.0.1", "paths": {}})
