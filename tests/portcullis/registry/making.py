"""A registry file, and clients to add to it."""

from portcullis.registry import (
    Client,
    ClientStatus,
    Identity,
    IdentityKind,
)

SCOPES = {"pets:read", "pets:write"}


FILE = """\
# Who may call.
clients:
  # the first one
  - id: pet-shop   # sells
    match:
      - sanUri: spiffe://a/pet-shop
    scopes: [pets:read]
    status: active   # paid

  # the second one
  - id: pet-hotel
    match: [{sanUri: "spiffe://a/pet-hotel"}]
    scopes:
      - pets:read
    status: suspended
# the end
"""


def client(client_id="new", **changes):
    values = {
        "id": client_id,
        "description": "",
        "match": (Identity(kind=IdentityKind.SAN_URI, value=f"spiffe://a/{client_id}"),),
        "pins": (),
        "scopes": ("pets:read",),
        "status": ClientStatus.ACTIVE,
    }
    return Client(**(values | changes))


GOOD = """\
clients:
  - id: pet-shop
    description: Sells pets
    match:
      - sanUri: spiffe://portcullis.local/client/pet-shop
      - subject: {CN: shop, O: [Shop, Pets]}
        issuer: {CN: Issuing CA}
    pins: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
    scopes: [pets:write, pets:read]
    status: active
    ratePlan: gold
  - id: pet-hotel
    match: [{sanDns: hotel.example}]
    scopes: [pets:read]
    status: suspended
revoked:
  - thumbprint: BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
    reason: the laptop was stolen
  - issuer: {CN: Issuing CA}
    serialNumber: 00:0A:1b
"""
