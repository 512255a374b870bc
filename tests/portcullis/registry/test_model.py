"""The JSON that the authorizer loads."""

import json

from tests.portcullis.registry.making import GOOD


def test_the_packed_form_is_an_index(read):
    assert json.loads(read(GOOD).to_json()) == {
        "version": 1,
        "clients": {
            "pet-shop": {
                "pins": ["A" * 43],
                "ratePlan": "gold",
                "scopes": ["pets:read", "pets:write"],
                "status": "active",
            },
            "pet-hotel": {
                "pins": [],
                "ratePlan": None,
                "scopes": ["pets:read"],
                "status": "suspended",
            },
        },
        "identities": {
            "sanUri": {
                "spiffe://portcullis.local/client/pet-shop": [
                    {"client": "pet-shop", "issuer": None}
                ]
            },
            "sanDns": {"hotel.example": [{"client": "pet-hotel", "issuer": None}]},
            "subject": {
                '[["2.5.4.10","Pets"],["2.5.4.10","Shop"],["2.5.4.3","shop"]]': [
                    {"client": "pet-shop", "issuer": '[["2.5.4.3","Issuing CA"]]'}
                ]
            },
        },
        "revoked": {
            "thumbprints": {"B" * 43: 1},
            "serialNumbers": {'[["2.5.4.3","Issuing CA"]]': {"a1b": 1}},
        },
    }


def test_the_packed_form_does_not_depend_on_the_order_in_the_file(read):
    first = "clients: [{id: a, match: [{sanUri: 'x:a'}], scopes: [pets:read], status: active}, "
    second = "{id: b, match: [{sanUri: 'x:b'}], scopes: [pets:read], status: active}]"
    swapped = (
        "clients: [{status: active, id: b, match: [{sanUri: 'x:b'}], scopes: [pets:read]}, "
        "{id: a, match: [{sanUri: 'x:a'}], scopes: [pets:read], status: active}]"
    )
    assert read(first + second).to_json() == read(swapped).to_json()
