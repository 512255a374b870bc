"""PetStoreApi: a ContractApi that brings its own contract."""

import json

from components.contract_api import ContractApi, ContractApiArgs
from components.petstore_api import CONTRACT_FILE, PetStoreApi, PetStoreApiArgs

GIVEN = {
    "prefix": "pets-dev",
    "stage_name": "dev",
    "public_url": "https://api.example.com",
    "backend_url": "https://petstore.example.com",
    "authorizer_uri": "arn:aws:apigateway:eu-central-1:lambda:path/x/invocations",
    "authorizer_function": "pets-dev-authorizer",
    "authorizer_alias": "live",
    "published_keys": [{"kid": "k", "x": "x", "y": "y"}],
}


def test_the_sample_names_no_contract(engine, place):
    recorded = engine.preview(lambda: PetStoreApi("api", PetStoreApiArgs(place=place, **GIVEN)))
    assert recorded.one("PetStoreApi").name == "api"
    paths = json.loads(recorded.one("RestApi").inputs["body"])["paths"]
    assert set(paths) == {"/", "/pets", "/pets/{petId}", "/.well-known/jwks.json"}


def test_it_is_the_contract_api_of_that_contract(engine, place):
    args = ContractApiArgs(place=place, contract_file=str(CONTRACT_FILE), **GIVEN)
    named = engine.preview(lambda: ContractApi("api", args))
    sample = engine.preview(lambda: PetStoreApi("api", PetStoreApiArgs(place=place, **GIVEN)))
    assert [(r.name, r.inputs) for r in sample.graph if r.custom] == [
        (r.name, r.inputs) for r in named.graph if r.custom
    ]
