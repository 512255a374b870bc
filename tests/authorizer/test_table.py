"""The registry in a table: written by the tool, read by the function, through moto's DynamoDB."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from authorizer import certificate as certificates
from authorizer.config import ConfigurationError
from authorizer.item_keys import name_key, revoked_key
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from authorizer.table import TableRegistry
from authorizer.usage import usage_key
from portcullis.pki import facts
from portcullis.registry import (
    ClientRegistry,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedSerialNumber,
)
from portcullis.registry.store import (
    Revocation,
    add,
    remove,
    revoke,
    set_status,
    unrevoke,
    unrevoke_client,
)
from portcullis.registry.table_store import TableStore, items
from tests.authorizer.making import (
    KEY_ARN,
    SHOP_URI,
    VIEWER_URI,
    certificate,
    configuration,
    effects,
    name,
    pem,
)
from tests.authorizer.tables import ISSUER_NAME, KEYS, SHOP, VIEWER, client, new_table
from tests.authorizer.unhurried import unhurried


@pytest.fixture
def table(dynamodb):
    store = TableStore(dynamodb, new_table(dynamodb), known_scopes={"pets:read", "pets:write"})
    store.fill(ClientRegistry(clients=(SHOP, VIEWER)))
    return store


@pytest.fixture
def reader(moto, table):
    def make(cache_seconds=30, endpoint=moto):
        config = configuration(
            registry_table=table.name,
            registry_region="eu-central-1",
            registry_cache_seconds=cache_seconds,
        )
        return TableRegistry(config, {"AWS_ENDPOINT_URL_DYNAMODB": endpoint} | KEYS)

    return make


def parsed(**shown):
    return certificates.parse(pem(certificate(**shown)))


def excerpt(registry, shown, now=0.0):
    return registry.excerpt(shown, now=now, deadline=time.monotonic() + 60)


def outcome(registry, shown, now=0.0):
    found = excerpt(registry, shown, now).registry
    if found.is_revoked(shown):
        return "revoked"
    try:
        return found.identify(shown)
    except RefusedError as refused:
        return str(refused.reason)


def test_a_client_of_the_table_is_known_with_all_that_was_written(reader):
    found = outcome(reader(), parsed())
    assert (found.id, found.scopes, found.status) == ("pet-shop", ("pets:read",), "active")
    assert found.rate_plan == "gold"
    assert outcome(reader(), parsed(uris=("spiffe://nobody",))) == "unknown_client"
    assert outcome(reader(), parsed(uris=(SHOP_URI, VIEWER_URI))) == "ambiguous"


def test_names_count_for_their_issuer_only(table, reader):
    subject = DistinguishedName.of([("2.5.4.3", "seven")])
    table.plan(
        add(
            client(
                "seven",
                Identity(kind=IdentityKind.SUBJECT, value=subject.canonical(), issuer=ISSUER_NAME),
                Identity(kind=IdentityKind.SAN_DNS, value="seven.test", issuer=ISSUER_NAME),
            )
        )
    ).write()
    seven = name(CN="seven")
    assert outcome(reader(), parsed(uris=(), subject=seven)).id == "seven"
    assert outcome(reader(), parsed(uris=(), dns_names=("seven.test",))).id == "seven"
    for shown in ({"subject": seven}, {"dns_names": ("seven.test",)}):
        stranger = parsed(uris=(), issuer=name(CN="another"), **shown)
        assert outcome(reader(), stranger) == "unknown_client"


@pytest.mark.parametrize("by", ["thumbprint", "its twin's thumbprint", "serial number"])
def test_a_revoked_certificate_is_refused(table, reader, by):
    made = certificate()
    shown = certificates.parse(pem(made))
    if by == "thumbprint":
        revoked = facts.thumbprint(made)
    elif by == "its twin's thumbprint":
        revoked = shown.twin
    else:
        revoked = RevokedSerialNumber(issuer=ISSUER_NAME, serial_number=f"{made.serial_number:x}")
    table.plan(revoke(Revocation(certificate=revoked, reason="stolen"))).write()
    registry = reader(300)
    assert outcome(registry, shown) == "revoked"
    assert excerpt(registry, shown).good_until == 5.0
    assert outcome(reader(), parsed()).id == "pet-shop"


@pytest.mark.parametrize("by", ["thumbprint", "serial number", "client"])
def test_a_revocation_is_taken_back(table, reader, by):
    made = certificate()
    number = RevokedSerialNumber(issuer=ISSUER_NAME, serial_number=f"{made.serial_number:x}")
    change, back = {
        "thumbprint": (
            revoke(Revocation(certificate=facts.thumbprint(made))),
            unrevoke(facts.thumbprint(made)),
        ),
        "serial number": (revoke(Revocation(certificate=number)), unrevoke(number)),
        "client": (
            set_status("pet-shop", ClientStatus.REVOKED),
            unrevoke_client("pet-shop"),
        ),
    }[by]
    shown, before = certificates.parse(pem(made)), table.read()
    table.plan(change).write()
    found = outcome(reader(), shown)
    assert found == "revoked" if by != "client" else found.status == "revoked"
    plan = table.plan(back)
    assert any(line.startswith("-  ") for line in plan.diff.splitlines())
    plan.write()
    if by == "client":
        assert outcome(reader(), shown).status == "suspended"
        table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).write()
    assert outcome(reader(), shown).status == "active"
    assert table.read() == before


def test_what_was_read_holds_for_its_time_and_not_longer(table, reader):
    registry, shown = reader(30), parsed()
    assert excerpt(registry, shown, 100.0).good_until == 130.0
    table.plan(set_status("pet-shop", ClientStatus.SUSPENDED)).write()
    reused = excerpt(registry, shown, 129.9)
    assert (reused.is_reused, reused.good_until) == (True, 130.0)
    assert outcome(registry, shown, 129.9).status == "active"
    assert outcome(registry, shown, 130.0).status == "suspended"


def test_nothing_is_remembered_where_that_is_not_wanted(table, reader):
    registry, shown = reader(0), parsed()
    assert outcome(registry, shown).status == "active"
    table.plan(set_status("pet-shop", ClientStatus.SUSPENDED)).write()
    assert outcome(registry, shown).status == "suspended"


def test_a_refusal_is_forgotten_sooner(table, reader):
    registry, shown = reader(300), parsed(uris=("spiffe://new",))
    assert excerpt(registry, shown, 0.0).good_until == 5.0
    table.plan(add(client("new", "spiffe://new"))).write()
    assert outcome(registry, shown, 4.9) == "unknown_client"
    assert outcome(registry, shown, 5.0).id == "new"


def test_a_clock_that_was_set_back_is_not_trusted(table, reader):
    registry, shown = reader(30), parsed()
    excerpt(registry, shown, 100.0)
    assert excerpt(registry, shown, 99.0).is_reused is False


def test_a_signpost_that_is_out_of_date_leads_nowhere(dynamodb, table, reader):
    identity = VIEWER.match[0]
    dynamodb.put_item(
        TableName=table.name,
        Item={
            "pk": {"S": name_key(identity.kind, "spiffe://old", None)},
            "client": {"S": "pet-viewer"},
        },
    )
    assert outcome(reader(), parsed(uris=("spiffe://old",))) == "unknown_client"


@pytest.mark.parametrize("client", [{}, {"client": {"N": "1"}}], ids=["nobody", "a number"])
def test_a_signpost_that_names_no_client_fails_the_lookup(dynamodb, table, reader, client):
    key = {"pk": {"S": name_key("sanUri", SHOP_URI, None)}}
    dynamodb.put_item(TableName=table.name, Item=key | client)
    with pytest.raises(FailedError) as caught:
        excerpt(reader(), parsed())
    assert caught.value.reason is Reason.REGISTRY_FAILED


def test_a_table_out_of_reach_fails_the_lookup(reader):
    registry = reader(30, "http://127.0.0.1:1")
    with pytest.raises(FailedError) as caught:
        registry.excerpt(parsed(), now=0.0, deadline=time.monotonic() + 0.2)
    assert caught.value.reason is Reason.REGISTRY_FAILED


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{}", '{"match": [{"kind": "other", "value": "x", "issuer": null}]}', "\x00"],
)
def test_a_client_that_was_written_by_somebody_else_fails_closed(dynamodb, table, reader, document):
    dynamodb.put_item(
        TableName=table.name,
        Item={"pk": {"S": "client#pet-shop"}, "document": {"S": document}},
    )
    with pytest.raises(FailedError) as caught:
        excerpt(reader(), parsed()).registry.identify(parsed())
    assert caught.value.reason is Reason.REGISTRY_FAILED


def test_the_function_answers_from_the_table_and_goes_on_without_it(
    make_bench, table, reader, dynamodb
):
    bench = make_bench(registry=reader(30), registry_table=table.name)
    shown = certificate(serial_number=99)
    answer = bench.present(shown)
    assert effects(answer) == ["Allow"]
    assert answer["usageIdentifierKey"] == usage_key("local", "gold")
    assert bench.lines[0]["registryReused"] is False
    assert bench.lines[0]["registryMs"] > 0
    table.plan(set_status("pet-shop", ClientStatus.SUSPENDED)).write()
    bench.now += 29
    assert effects(bench.present(shown)) == ["Allow"]
    bench.now += 1
    assert bench.present(shown)["context"]["reason"] == "suspended"
    dynamodb.delete_table(TableName=table.name)
    bench.now += 5
    with pytest.raises(AuthorizerError, match=r"\Aregistry_failed\Z"):
        bench.present(shown)


def test_many_names_are_asked_for_in_several_questions(reader):
    uris = tuple(f"spiffe://x/{n}" for n in range(90))
    assert outcome(reader(), parsed(uris=(*uris, SHOP_URI))).id == "pet-shop"


# --- the writer's side


def test_a_removed_client_leaves_nothing_behind(dynamodb, table, reader):
    table.plan(remove("pet-shop")).write()
    assert outcome(reader(), parsed()) == "unknown_client"
    table.plan(add(SHOP)).write()
    assert outcome(reader(), parsed()).id == "pet-shop"


# --- a DynamoDB that does not answer everything at once, or something else


@pytest.fixture
def scripted():
    """Answers each question by a function of its keys; remembers what was asked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answer = None
        asked = ()

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            Handler.asked.append((dict(self.headers), body))
            request = body["RequestItems"]["registry"]
            keys = [key["pk"]["S"] for key in request["Keys"]]
            raw = json.dumps(Handler.answer(keys, len(Handler.asked))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with unhurried(), Server(("127.0.0.1", 0), Handler) as server:
        Handler.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        config = configuration(
            registry_table="registry", registry_region="eu-central-1", registry_cache_seconds=30
        )
        url = f"http://127.0.0.1:{server.server_port}"
        yield Handler, TableRegistry(config, {"AWS_ENDPOINT_URL_DYNAMODB": url} | KEYS)
        server.shutdown()
        thread.join()


ITEMS = {item["pk"]["S"]: item for item in items(ClientRegistry(clients=(SHOP,)))}


def found(keys, **more):
    return {"Responses": {"registry": [ITEMS[key] for key in keys if key in ITEMS]}} | more


def put_off(keys):
    return {"registry": {"Keys": [{"pk": {"S": key}} for key in keys]}}


def test_what_is_asked_of_dynamodb(scripted):
    server, registry = scripted
    server.answer = lambda keys, _number: found(keys)
    shown = parsed()
    assert outcome(registry, shown).id == "pet-shop"
    (headers, first), (_, second) = server.asked
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.BatchGetItem"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert "/eu-central-1/dynamodb/aws4_request" in headers["Authorization"]
    for body in (first, second):
        assert body["RequestItems"]["registry"]["ConsistentRead"] is True
    assert [key["pk"]["S"] for key in first["RequestItems"]["registry"]["Keys"]] == [
        f"revoked#{shown.thumbprint}",
        f"revoked#{shown.twin}",
        revoked_key(shown.issuer, shown.serial_number),
        name_key("sanUri", SHOP_URI, None),
        name_key("sanUri", SHOP_URI, shown.issuer),
        name_key("subject", shown.subject, shown.issuer),
    ]


@pytest.mark.parametrize("by", [0, 1])
def test_a_revocation_that_dynamodb_put_off_is_asked_for_again(scripted, by):
    server, registry = scripted

    def answer(keys, number):
        if number == 1:
            return found(keys[2:], UnprocessedKeys=put_off(keys[:2]))
        if number == 2:
            return {"Responses": {"registry": [{"pk": {"S": keys[by]}}]}, "UnprocessedKeys": {}}
        return found(keys)

    server.answer = answer
    assert outcome(registry, parsed()) == "revoked"


def test_a_dynamodb_that_puts_off_for_ever_fails_the_lookup(scripted):
    server, registry = scripted
    server.answer = lambda keys, _number: found([], UnprocessedKeys=put_off(keys))
    with pytest.raises(FailedError) as caught:
        registry.excerpt(parsed(), now=0.0, deadline=time.monotonic() + 0.1)
    assert caught.value.reason is Reason.REGISTRY_FAILED


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Responses": {}},
        {"Responses": {"other": []}},
        {"Responses": {"registry": None}},
        {"Responses": {"registry": [{}]}},
        {"Responses": {"registry": [{"pk": {"N": "1"}}]}},
        {"Responses": {"registry": [{"pk": {"S": "client#another"}}]}},
        {"Responses": {"registry": []}, "UnprocessedKeys": {"other": {}}},
        {"Responses": {"registry": []}, "UnprocessedKeys": {"registry": {"Keys": [{}]}}},
        {"Responses": {"registry": []}, "UnprocessedKeys": [1]},
    ],
    ids=str,
)
def test_an_odd_answer_fails_closed(scripted, answer):
    server, registry = scripted
    server.answer = lambda _keys, _number: answer
    with pytest.raises(FailedError) as caught:
        excerpt(registry, parsed())
    assert caught.value.reason is Reason.REGISTRY_FAILED
    assert caught.value.detail


@pytest.mark.parametrize(
    ("partition", "region", "address"),
    [
        ("aws", "eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com/"),
        ("aws-cn", "cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
    ],
)
def test_a_table_is_asked_for_in_its_region_and_partition(partition, region, address):
    config = configuration(
        signing_key_arn=KEY_ARN.replace("arn:aws:", f"arn:{partition}:"),
        registry_table="registry",
        registry_region=region,
    )
    assert TableRegistry(config, KEYS)._endpoint == address


def test_a_table_in_an_unknown_partition_needs_an_address():
    config = configuration(
        signing_key_arn=KEY_ARN.replace("arn:aws:", "arn:aws-iso:"),
        registry_table="registry",
        registry_region="us-iso-east-1",
    )
    with pytest.raises(ConfigurationError, match="Set AWS_ENDPOINT_URL_DYNAMODB"):
        TableRegistry(config, KEYS)
