"""One certificate leads to one client, to none, or to a refusal; the size does not matter."""

import json

import pytest

from authorizer import certificate as certificates
from authorizer.reasons import FailedError, Reason, RefusedError
from authorizer.registry import PackagedRegistry, RegistrationStatus
from tests.authorizer.making import (
    ISSUER,
    SHOP_URI,
    VIEWER_URI,
    certificate,
    entry,
    name,
    pem,
    registry_document,
)

OTHER_ISSUER = name(CN="Another CA")


def read(**changes):
    return certificates.parse(pem(certificate(**changes)))


def registered(kind, value, client="pet-shop", issuer=None):
    document = registry_document()
    document["identities"] = {"sanUri": {}, "sanDns": {}, "subject": {}}
    document["identities"][kind][value] = [
        {"client": client, "issuer": certificates.canonical(issuer) if issuer else None}
    ]
    return PackagedRegistry(document)


def refusal(registry, shown):
    with pytest.raises(RefusedError) as caught:
        registry.identify(shown)
    return caught.value.reason


def test_a_registered_uri_leads_to_its_client():
    client = PackagedRegistry(registry_document()).identify(read(uris=(SHOP_URI,)))
    assert client.id == "pet-shop"
    assert client.scopes == ("pets:read", "pets:write")
    assert client.status is RegistrationStatus.ACTIVE
    assert client.pins == frozenset()


def test_a_registered_dns_name_leads_to_its_client_in_any_case():
    registry = registered("sanDns", "shop.example")
    assert registry.identify(read(uris=(), dns_names=("SHOP.example",))).id == "pet-shop"


def test_a_registered_subject_leads_to_its_client_for_its_issuer():
    registry = registered("subject", certificates.canonical(name(CN="shop", O="S")), issuer=ISSUER)
    assert registry.identify(read(uris=(), subject=name(O="S", CN="shop"))).id == "pet-shop"


@pytest.mark.parametrize(
    "shown",
    [
        {"uris": (), "subject": name(CN="shop")},
        {"uris": (), "subject": name(CN="shop", O="S", OU="more")},
        {"uris": (), "subject": name(CN="Shop", O="S")},
        {"uris": (), "subject": name(CN="shop", O="S"), "issuer": OTHER_ISSUER},
        {"uris": (), "dns_names": ("shop",), "subject": name(CN="other", O="S")},
    ],
    ids=["less", "more", "another case", "another issuer", "another name"],
)
def test_a_subject_that_differs_in_anything_is_unknown(shown):
    registry = registered("subject", certificates.canonical(name(CN="shop", O="S")), issuer=ISSUER)
    assert refusal(registry, read(**shown)) is Reason.UNKNOWN_CLIENT


@pytest.mark.parametrize(
    "uri",
    [
        "spiffe://portcullis.local/client/stranger",
        SHOP_URI + "/",
        SHOP_URI.upper(),
        SHOP_URI + "%00",
        SHOP_URI[:-1],
        "spiffe://portcullis.local/client/pet-shop?x",
    ],
)
def test_a_uri_that_differs_in_anything_is_unknown(uri):
    assert refusal(PackagedRegistry(registry_document()), read(uris=(uri,))) is (
        Reason.UNKNOWN_CLIENT
    )


def test_the_same_issuer_is_not_enough():
    assert refusal(PackagedRegistry(registry_document()), read(uris=())) is Reason.UNKNOWN_CLIENT


def test_a_common_name_that_equals_a_registered_uri_is_unknown():
    shown = read(uris=(), subject=name(CN=SHOP_URI))
    assert refusal(PackagedRegistry(registry_document()), shown) is Reason.UNKNOWN_CLIENT


def test_a_uri_in_the_place_of_a_dns_name_is_unknown():
    assert refusal(registered("sanDns", "shop.example"), read(uris=("shop.example",))) is (
        Reason.UNKNOWN_CLIENT
    )


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("sanUri", SHOP_URI, {}),
        ("sanDns", "shop.example", {"uris": (), "dns_names": ("shop.example",)}),
    ],
    ids=["uri", "dns name"],
)
def test_an_identity_with_an_issuer_refuses_the_same_name_from_another(kind, value, shown):
    registry = registered(kind, value, issuer=ISSUER)
    assert registry.identify(read(**shown)).id == "pet-shop"
    assert refusal(registry, read(**shown, issuer=OTHER_ISSUER)) is Reason.UNKNOWN_CLIENT


def test_the_same_name_may_belong_to_two_clients_of_two_issuers():
    document = registry_document()
    document["identities"]["sanUri"] = {
        SHOP_URI: [
            {"client": "pet-shop", "issuer": certificates.canonical(ISSUER)},
            {"client": "pet-viewer", "issuer": certificates.canonical(OTHER_ISSUER)},
        ]
    }
    registry = PackagedRegistry(document)
    assert registry.identify(read()).id == "pet-shop"
    assert registry.identify(read(issuer=OTHER_ISSUER)).id == "pet-viewer"


def test_names_of_two_clients_in_one_certificate_are_ambiguous():
    shown = read(uris=(SHOP_URI, VIEWER_URI))
    assert refusal(PackagedRegistry(registry_document()), shown) is Reason.AMBIGUOUS


def test_two_names_of_one_client_are_one_client():
    document = registry_document()
    document["identities"]["sanDns"] = {"shop.example": [{"client": "pet-shop", "issuer": None}]}
    shown = read(uris=(SHOP_URI,), dns_names=("shop.example", "unregistered.example"))
    assert PackagedRegistry(document).identify(shown).id == "pet-shop"


def test_a_revoked_thumbprint_is_revoked_and_no_other():
    shown, other = read(), read()
    document = registry_document()
    document["revoked"]["thumbprints"] = {shown.thumbprint: 1}
    registry = PackagedRegistry(document)
    assert registry.is_revoked(shown)
    assert not registry.is_revoked(other)


def test_a_revoked_serial_number_counts_for_its_issuer_alone():
    document = registry_document()
    document["revoked"]["serialNumbers"] = {certificates.canonical(ISSUER): {"abc": 1}}
    registry = PackagedRegistry(document)
    assert registry.is_revoked(read(serial_number=0xABC))
    assert not registry.is_revoked(read(serial_number=0xABD))
    assert not registry.is_revoked(read(serial_number=0xABC, issuer=OTHER_ISSUER))


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"scopes": ["pets:read"], "status": "active", "pins": []},
        entry("pets:read") | {"status": "actve"},
        entry("pets:read") | {"status": None},
        entry("pets:read") | {"scopes": None},
        entry("pets:read") | {"scopes": ["pets:read admin"]},
        pytest.param(entry("pets:read") | {"scopes": ["pets:read\r\nX-Admin: 1"]}, id="two lines"),
        entry("pets:read") | {"scopes": [1]},
        entry("pets:read") | {"scopes": "pets:read!"},
        entry("pets:read") | {"pins": None},
        None,
        [],
        "active",
    ],
    ids=repr,
)
def test_a_client_whose_entry_is_broken_is_no_client(broken):
    document = registry_document()
    document["clients"]["pet-shop"] = broken
    with pytest.raises(FailedError) as caught:
        PackagedRegistry(document).identify(read())
    assert caught.value.reason is Reason.REGISTRY_FAILED


@pytest.mark.parametrize("client_id", ["nobody", "pet shop", "x\r\ny", "", "ü", "X", "a" * 65])
def test_an_identity_that_leads_to_no_fit_client_fails(client_id):
    document = registry_document()
    if client_id != "nobody":
        document["clients"][client_id] = entry("pets:read")
    document["identities"]["sanUri"][SHOP_URI] = [{"client": client_id, "issuer": None}]
    with pytest.raises(FailedError):
        PackagedRegistry(document).identify(read())


@pytest.mark.parametrize("entries", [1, "pet-shop", ["pet-shop"], [{"client": "pet-shop"}], {}])
def test_an_identity_whose_entry_is_broken_leads_to_nobody(entries):
    document = registry_document()
    document["identities"]["sanUri"][SHOP_URI] = entries
    with pytest.raises((FailedError, RefusedError)) as caught:
        PackagedRegistry(document).identify(read())
    assert caught.value.reason in {Reason.REGISTRY_FAILED, Reason.UNKNOWN_CLIENT}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        json.dumps(registry_document(version=2)).encode(),
        json.dumps(registry_document(clients=[])).encode(),
        json.dumps(registry_document(identities=None)).encode(),
        json.dumps(registry_document(revoked={})).encode(),
        None,
    ],
    ids=[
        "empty",
        "null",
        "list",
        "object",
        "binary",
        "version",
        "clients",
        "ids",
        "revoked",
        "gone",
    ],
)
def test_a_registry_file_that_is_not_ours_stops_the_start(tmp_path, content):
    path = tmp_path / "clients.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FailedError) as caught:
        PackagedRegistry.load(path)
    assert caught.value.reason is Reason.REGISTRY_FAILED
    assert "clients.json" in caught.value.detail
