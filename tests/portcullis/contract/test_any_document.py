"""No document ends in a traceback: it is taken, with a body the laptop reads, or refused."""

import copy
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.api_body import BodyInputs, build_body
from portcullis.contract.contract import Contract
from portcullis.contract.faults import ContractError
from portcullis.gateway.resources.openapi import read_body
from tests.portcullis.contract.contracts import ORDERS

INPUTS = BodyInputs(
    title="portcullis-dev",
    public_url="https://api.example.com",
    backend_url="https://orders.example.com",
    backend_timeout_seconds=29,
    authorizer_uri="arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:111122223333:function:f:live/invocations",
    authorizer_cache_seconds=0,
    signing_key_count=1,
    has_rate_plans=False,
)
# Every member that a reader looks at, with each kind of value.
FULL = yaml.safe_load(ORDERS)
FULL["paths"]["/v1/orders"]["post"] |= {
    "callbacks": {},
    "servers": [],
    "security": [{"login": ["orders:write"]}],
    "requestBody": {"$ref": "#/components/requestBodies/New"},
}
FULL["components"] |= {
    "requestBodies": {"New": {"required": True, "content": {"application/json": {"schema": {}}}}},
    "headers": {"Count": {"description": "How many.", "schema": {"type": "integer"}}},
}
FULL["components"]["securitySchemes"]["login"] = {"type": "oauth2", "flows": {}}
FULL["paths"]["/v1/orders"]["get"]["responses"]["200"]["headers"] = {
    "Count": {"$ref": "#/components/headers/Count"}
}
VALUES = [None, True, 0, "a", "#/components/schemas/Order", [], {}, {"$ref": 1}]


def places(value, at=()):
    yield at
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*at, key))


PLACES = [place for place in places(FULL) if place]


def changed(place, value):
    document = copy.deepcopy(FULL)
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return document


def take_or_refuse(file):
    try:
        contract = Contract.load(file)
    except ContractError as error:
        refused = error
    else:
        return read_body(build_body(contract, INPUTS), "api")
    assert all(line.startswith(f"{file}:") for line in str(refused).splitlines())
    return None


def test_the_document_itself_is_taken(tmp_path):
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(FULL))
    assert len(take_or_refuse(file).operations) == 5


@pytest.mark.parametrize("value", VALUES, ids=map(str, VALUES))
def test_any_value_at_any_place_is_taken_or_refused(tmp_path, value):
    file = tmp_path / "contract.json"
    for place in PLACES:
        file.write_text(json.dumps(changed(place, value)))
        take_or_refuse(file)


@pytest.mark.parametrize("extra", ["$ref", "x-amazon-apigateway-auth", "", "nullable", "1"])
def test_any_member_at_any_place_is_taken_or_refused(tmp_path, extra):
    file = tmp_path / "contract.json"
    for place in PLACES:
        document = copy.deepcopy(FULL)
        holder = document
        for key in place:
            holder = holder[key]
        if isinstance(holder, dict):
            holder[extra] = "a"
            file.write_text(json.dumps(document))
            take_or_refuse(file)


@given(st.data())
@settings(max_examples=150)
def test_any_text_is_taken_or_refused(tmp_path_factory, data):
    """A cut, and one character changed."""
    file = tmp_path_factory.getbasetemp() / "any-contract.yaml"
    position = data.draw(st.integers(0, len(ORDERS) - 1))
    character = data.draw(st.sampled_from(list("\t\n :-{}[]&*!|>%@'\"#,?\x00\x85\ufeff~é")))
    end = data.draw(st.sampled_from([len(ORDERS), position + 1]))
    text = ORDERS[:position] + character + ORDERS[position + 1 : end]
    file.write_bytes(text.encode("utf-8"))
    take_or_refuse(file)
