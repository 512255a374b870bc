"""A registry file is read as it stands; each fault is named with its line, value and mending."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.registry import ClientStatus, Identity, IdentityKind, RegistryError, load
from tests.portcullis.registry.making import GOOD, SCOPES

CLIENT = "{id: a, match: [{sanUri: 'spiffe://a'}], scopes: [pets:read], status: active}"


def test_a_good_file_is_read(read):
    hotel, shop = read(GOOD).clients
    assert (shop.id, shop.description, shop.rate_plan) == ("pet-shop", "Sells pets", "gold")
    assert shop.scopes == ("pets:write", "pets:read")
    assert shop.pins == ("A" * 43,)
    assert shop.match[0] == Identity(
        kind=IdentityKind.SAN_URI, value="spiffe://portcullis.local/client/pet-shop"
    )
    assert shop.match[1].value == '[["2.5.4.10","Pets"],["2.5.4.10","Shop"],["2.5.4.3","shop"]]'
    assert shop.match[1].issuer.canonical() == '[["2.5.4.3","Issuing CA"]]'
    assert (hotel.id, hotel.status, hotel.rate_plan) == ("pet-hotel", ClientStatus.SUSPENDED, None)


def test_no_clients_are_a_registry_too(read):
    assert read("clients: []").clients == ()


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("id: pet-shop", "id: Pet Shop", 2, "clients[0], id: is 'Pet Shop', but must be 1 to 64"),
        ("id: pet-shop", "id: -shop", 2, "clients[0], id: is '-shop'"),
        ("id: pet-shop", "id: [a]", 2, "clients[0], id: must be a string"),
        ("id: pet-shop", "id:", 2, "clients[0], id: has no value"),
        ("id: pet-shop", "name: pet-shop", 2, "does not know 'name'; accepted: description, id,"),
        ("id: pet-hotel", "id: pet-shop", 12, "clients[1], id: 'pet-shop' is already taken"),
        ("Sells pets", '"Sells\\npets"', 3, "client pet-shop, description: holds a control"),
        ("Sells pets", "[]", 3, "client pet-shop, description: must be a string"),
        ("sanUri: spiffe", "sanUrl: spiffe", 5, "match[0]: does not know 'sanUrl'"),
        ("sanUri: spiffe://portcullis.local", "sanUri: portcullis.local", 5, "must be a URI"),
        ("sanUri: spiffe:", "sanUri: spiffe :", 5, "must be a URI"),
        ("issuer: {CN: Issuing CA}\n    pins", "sanDns: a.b\n    pins", 6, "exactly one of"),
        ("        issuer: {CN: Issuing CA}\n    pins", "    pins", 6, "needs its issuer"),
        ("{CN: shop, O:", "{CN: shop, XY:", 6, "does not know the attribute 'XY'; accepted: CN"),
        ("{CN: shop, O:", "{CN: shop, CN:", 6, "has CN twice"),
        ("{CN: shop, O: [Shop, Pets]}", "{}", 6, "must be a mapping such as"),
        ("{CN: shop, O: [Shop, Pets]}", "CN=shop", 6, "must be a mapping such as"),
        ("{CN: shop, O: [Shop, Pets]}", "{CN: ''}", 6, "must be a string that is not empty"),
        ("pins: [AAA", "pins: [A:A", 8, "pins[0]: is 'A:A"),
        ("pins: [AAA", "pins: AAA", 8, None),
        ("scopes: [pets:write", "scopes: [pets:wirte", 9, "scopes[0]: is 'pets:wirte'"),
        ("scopes: [pets:write", "scopes: [pets:read", 9, "names 'pets:read' twice"),
        ("scopes: [pets:write, pets:read]", "scopes: []", 9, "set status: suspended"),
        ("scopes: [pets:write, pets:read]", "scopes: pets:read", 9, "scopes: must be a list"),
        ("scopes: [pets:write, pets:read]", "scopes: '*'", 9, "scopes: must be a list"),
        ("scopes: [pets:write, pets:read]", "scopes: ['*']", 9, "scopes[0]: is '*'"),
        ("status: active", "status: aktive", 10, "status: is 'aktive', but must be active or"),
        ("status: active", "status: yes", 10, "status: is 'yes', but must be active or"),
        ("    status: active\n", "", 2, "client pet-shop: has no status: active or suspended"),
        ("    scopes: [pets:write, pets:read]\n", "", 2, "client pet-shop: has no scopes"),
        ("    match: [{sanDns: hotel.example}]\n", "", 12, "client pet-hotel: has no match"),
        ("[{sanDns: hotel.example}]", "[]", 13, "match: is empty"),
        ("[{sanDns: hotel.example}]", "{sanDns: a.b}", 13, "match: must be a list"),
        ("hotel.example", "'*.example'", 13, "sanDns: is '*.example', but must be a DNS name"),
        ("hotel.example", "Hotel.Example", 13, "in lower case"),
        ("ratePlan: gold", "ratePlan: go ld", 11, "ratePlan: is 'go ld'"),
        ("thumbprint: BBB", "thumbprint: BB", 17, "revoked[0], thumbprint: is 'BB"),
        ("thumbprint:", "serialNumber:", 17, None),
        ("serialNumber: 00", "serialNumber: xx", 20, "must be hexadecimal"),
        ("    serialNumber: 00:0A:1b\n", "", 19, "must hold thumbprint, or issuer and serial"),
        ("revoked:", "revokt:", 16, "the file: does not know 'revokt'; accepted: clients, revoked"),
        ("clients:", "client:", 1, "the file: does not know 'client'"),
        ("    status: suspended", "    status: suspended\n    status: active", 16, "status twice"),
    ],
)
def test_a_fault_is_named_where_it_stands(problems, before, after, line, message):
    assert GOOD.count(before) >= 1
    found = problems(GOOD.replace(before, after, 1))
    if message is not None:
        assert any(at == line and message in said for at, said in found), found
    assert any(at == line for at, _ in found), found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{sanUri: 'x:a'}", "{sanUri: 'x:a'}"),
        ("{sanDns: a.b}", "{sanDns: a.b}"),
        ("{sanUri: 'x:a'}", "{sanUri: 'x:a', issuer: {CN: CA}}"),
        ("{sanUri: 'x:a', issuer: {CN: CA}}", "{sanUri: 'x:a', issuer: {CN: CA}}"),
        (
            "{subject: {CN: a, O: b}, issuer: {CN: CA}}",
            "{subject: {O: b, CN: a}, issuer: {CN: CA}}",
        ),
    ],
)
@pytest.mark.parametrize("of_one_client", [True, False])
def test_an_identity_that_stands_twice_is_refused(problems, first, second, of_one_client):
    rest = "scopes: [pets:read], status: active"
    text = (
        f"clients: [{{id: a, match: [{first}, {second}], {rest}}}]"
        if of_one_client
        else f"clients: [{{id: a, match: [{first}], {rest}}}, {{id: b, match: [{second}], {rest}}}]"
    )
    assert "already stands for client a" in problems(text)[0][1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{sanUri: 'x:a', issuer: {CN: CA 1}}", "{sanUri: 'x:a', issuer: {CN: CA 2}}"),
        ("{sanUri: 'x:a'}", "{sanUri: 'x:A'}"),
        ("{sanUri: 'a.b:c'}", "{sanDns: a.b}"),
    ],
)
def test_identities_that_no_certificate_can_mix_up_stand_side_by_side(read, first, second):
    rest = "scopes: [pets:read], status: active"
    text = f"clients: [{{id: a, match: [{first}], {rest}}}, {{id: b, match: [{second}], {rest}}}]"
    assert len(read(text).clients) == 2


def test_a_pin_of_two_clients_is_refused(problems):
    rest = f"scopes: [pets:read], status: active, pins: [{'P' * 43}]"
    found = problems(
        f"""\
        clients:
          - {{id: a, match: [{{sanUri: 'x:a'}}], {rest}}}
          - {{id: b, match: [{{sanUri: 'x:b'}}], {rest}}}
        """
    )
    assert found == [(3, "client b, pins[0]: is already a pin of client a.")]


def test_a_rate_plan_that_the_stack_does_not_have_is_refused(problems, read):
    assert "must be one of silver" in problems(GOOD, known_rate_plans=["silver"])[0][1]
    assert "the stack has no rate plans" in problems(GOOD, known_rate_plans=[])[0][1]
    assert read(GOOD, known_rate_plans=["gold"]).clients


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_registry_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("registry") / "clients.yaml"
    for content in (text, f"clients: {text}", f"clients: [{CLIENT}, {text}]"):
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        try:
            registry = load(path, known_scopes=SCOPES)
        except RegistryError:
            continue
        assert {client.id for client in registry.clients} <= {"a"}


@given(st.sampled_from(GOOD.splitlines()), st.text(max_size=12))
def test_no_damaged_line_raises_anything_but_a_registry_error(tmp_path_factory, line, damage):
    path = tmp_path_factory.mktemp("registry") / "clients.yaml"
    for broken in (damage + line, line + damage, line[: len(line) // 2] + damage):
        path.write_bytes(GOOD.replace(line, broken, 1).encode("utf-8", "surrogatepass"))
        with contextlib.suppress(RegistryError):  # anything else fails the test
            load(path, known_scopes=SCOPES)
