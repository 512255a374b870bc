"""Clients as a DynamoDB table of the registry holds them."""

import time
from typing import Any

from portcullis.registry import (
    Client,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
)
from tests.authorizer.making import (
    ISSUER,
    SHOP_URI,
    VIEWER_URI,
)

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


ISSUER_NAME = DistinguishedName.of((a.oid.dotted_string, a.value) for a in ISSUER)


def client(client_id, *names, **changes):
    values = {
        "id": client_id,
        "description": "",
        "match": tuple(
            n if isinstance(n, Identity) else Identity(kind=IdentityKind.SAN_URI, value=n)
            for n in names
        ),
        "pins": (),
        "scopes": ("pets:read",),
        "status": ClientStatus.ACTIVE,
    }
    return Client(**(values | changes))


SHOP = client("pet-shop", SHOP_URI, rate_plan="gold")


VIEWER = client("pet-viewer", VIEWER_URI)


def new_table(dynamodb: Any) -> str:
    """The name of an empty table of the registry's form."""
    name = f"portcullis-{time.monotonic_ns()}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return name
