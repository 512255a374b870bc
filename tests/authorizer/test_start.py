"""What a start makes of the settings and of the zip's files."""

import base64
import datetime
import json

import pytest
import urllib3

from authorizer.certificate import canonical
from authorizer.config import ConfigurationError
from authorizer.item_keys import crl_bucket_key, crl_key
from authorizer.reasons import AuthorizerError, FailedError
from authorizer.revocations import entry_of
from authorizer.service import Authorizer
from authorizer.usage import usage_key
from components.authorizer_zip.revocations import table
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind
from portcullis.registry.table_store import items
from tests.authorizer.fake_kms import KEYS, serving
from tests.authorizer.lists import encoded, facts, spki
from tests.authorizer.making import (
    HOTEL_URI,
    ISSUER,
    KEY_ARN,
    ROUTES,
    certificate,
    pem,
    registry_document,
    rest_event,
)

NOW = datetime.datetime.now(datetime.UTC)  # a start takes the real clock
DAY = datetime.timedelta(days=1)


def shown(**changes):
    return pem(certificate(**({"not_before": NOW - DAY, "not_after": NOW + 60 * DAY} | changes)))


@pytest.fixture
def kms():
    with serving() as fake:
        yield fake


@pytest.fixture
def dynamodb():
    """Answers with the items of a registry that holds one client with a rate plan."""
    match = (Identity(kind=IdentityKind.SAN_URI, value="spiffe://in/the-table"),)
    client = Client(
        id="tabled",
        description="",
        match=match,
        pins=(),
        scopes=("pets:read",),
        status=ClientStatus.ACTIVE,
        rate_plan="gold",
    )
    held = {item["pk"]["S"]: item for item in items(ClientRegistry(clients=(client,)))}

    def answer(handler):
        asked = json.loads(fake.requests[-1][1])["RequestItems"]["registry"]["Keys"]
        found = [held[key["pk"]["S"]] for key in asked if key["pk"]["S"] in held]
        raw = json.dumps({"Responses": {"registry": found}}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    with serving() as fake:
        fake.answers = [answer]
        fake.held = held
        yield fake


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clients.json").write_text(json.dumps(registry_document()))
    routes = [{"method": r.method, "path": r.path, "scope": r.scope} for r in ROUTES]
    (tmp_path / "routes.json").write_text(json.dumps(routes))
    return tmp_path


@pytest.fixture
def start(kms, folder):
    def starting(**more):
        environment = {
            "PORTCULLIS_ISSUER": "https://localhost",
            "PORTCULLIS_AUDIENCE": "petstore",
            "PORTCULLIS_SIGNING_KEY": KEY_ARN,
            "PORTCULLIS_SIGNING_KID": "k" * 43,
            "PORTCULLIS_TOKEN_LIFE_SECONDS": "300",
            "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": "0",
            "PORTCULLIS_REVOCATION_LISTS": "none",
            "AWS_ENDPOINT_URL_KMS": kms.url,
        }
        return Authorizer.from_environment(environment | KEYS | more, folder)

    return starting


@pytest.fixture
def table_settings(dynamodb):
    return {
        "PORTCULLIS_REGISTRY": "dynamodb",
        "PORTCULLIS_REGISTRY_TABLE": "registry",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.url,
    }


def reason(authorizer, **certificate_changes):
    return context(authorizer, **certificate_changes)["reason"]


def context(authorizer, **certificate_changes):
    return authorizer.answer(rest_event(shown(**certificate_changes)), None)["context"]


def listing(folder, *serial_numbers, next_update=NOW + DAY):
    issuer = canonical(ISSUER)
    entries = [entry_of(issuer, number) for number in serial_numbers]
    (folder / "revocations.bin").write_bytes(
        table(facts(issuer, (NOW - DAY).timestamp(), next_update.timestamp()), entries)
    )


# --- where the clients are


def test_the_file_is_the_registry_and_routes_json_the_policy(start):
    authorizer = start()
    answer = authorizer.answer(rest_event(shown()), None)
    assert answer["context"]["clientId"] == "pet-shop"
    (statement,) = answer["policyDocument"]["Statement"]
    resources = sorted(arn.partition("/local/")[2] for arn in statement["Resource"])
    assert resources == ["GET/", "GET/pets", "GET/pets/*", "POST/pets"]
    assert reason(authorizer, uris=(HOTEL_URI,)) == "suspended"


def test_the_table_is_the_registry_where_the_settings_say_so(
    start, dynamodb, table_settings, capsys
):
    authorizer = start(**table_settings)
    answer = authorizer.answer(rest_event(shown(uris=("spiffe://in/the-table",))), None)
    assert answer["context"]["clientId"] == "tabled"
    assert answer["usageIdentifierKey"] == usage_key("local", "gold")  # its plan, not its id
    assert reason(authorizer) == "unknown_client"  # clients.json has it
    assert "/eu-west-1/dynamodb/aws4_request" in dynamodb.requests[0][0]["Authorization"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["registryReused"] for line in lines] == [False, False]
    assert all(line["registryMs"] > 0 for line in lines)


# --- where the revocation lists are


def test_lists_in_the_zip_are_obeyed(start, folder):
    listing(folder, "5")
    authorizer = start(PORTCULLIS_REVOCATION_LISTS="file")
    assert reason(authorizer, serial_number=5) == "revoked"
    assert reason(authorizer, serial_number=6) == "ok"


def test_lists_in_the_zip_are_obeyed_with_a_table_too(start, folder, table_settings):
    listing(folder, "5")
    authorizer = start(PORTCULLIS_REVOCATION_LISTS="file", **table_settings)
    tabled = {"uris": ("spiffe://in/the-table",)}
    assert reason(authorizer, serial_number=5, **tabled) == "revoked"
    assert reason(authorizer, serial_number=6, **tabled) == "ok"


def test_a_list_may_be_overdue_by_the_grace_of_the_settings_only(start, folder):
    listing(folder, "5", next_update=NOW - datetime.timedelta(hours=1))
    lists = {"PORTCULLIS_REVOCATION_LISTS": "file"}
    with pytest.raises(AuthorizerError, match="revocation_unknown"):
        reason(start(**lists))
    late = start(PORTCULLIS_CRL_GRACE_SECONDS="86400", **lists)
    assert reason(late) == "ok"
    assert reason(late, serial_number=5) == "revoked"


def test_lists_in_the_table_are_asked_for_and_missed(start, dynamodb, table_settings):
    authorizer = start(PORTCULLIS_REVOCATION_LISTS="table", **table_settings)
    with pytest.raises(AuthorizerError, match="revocation_unknown"):
        reason(authorizer, uris=("spiffe://in/the-table",))


@pytest.mark.parametrize(
    ("next_update", "is_known"),
    [(str((NOW + DAY).timestamp()), True), ("1e999", False), ("NaN", False)],
    ids=["tomorrow", "never", "no number"],
)
def test_a_list_in_the_table_that_would_never_be_overdue_is_none(
    start, dynamodb, table_settings, next_update, is_known
):
    issuer = canonical(ISSUER)
    dynamodb.held[crl_key(issuer)] = {
        "pk": {"S": crl_key(issuer)},
        "number": {"S": "1f"},
        "thisUpdate": {"N": str((NOW - DAY).timestamp())},
        "nextUpdate": {"N": next_update},
        "buckets": {"N": "1"},
        "generation": {"S": "first"},
        "keys": {"S": json.dumps([encoded(spki())])},
    }
    bucket = crl_bucket_key(issuer, "first", 0)
    entries = base64.b64encode(entry_of(issuer, "5")).decode()
    dynamodb.held[bucket] = {"pk": {"S": bucket}, "entries": {"B": entries}}
    authorizer = start(PORTCULLIS_REVOCATION_LISTS="table", **table_settings)
    tabled = {"uris": ("spiffe://in/the-table",), "serial_number": 6}
    if is_known:
        assert reason(authorizer, **tabled) == "ok"
        assert reason(authorizer, **tabled | {"serial_number": 5}) == "revoked"
    else:
        with pytest.raises(AuthorizerError, match="revocation_unknown"):
            reason(authorizer, **tabled)


@pytest.mark.parametrize("told", ["none", "table"])
def test_a_list_in_the_zip_that_the_settings_do_not_name_stops_the_start(
    start, folder, table_settings, told
):
    listing(folder)
    with pytest.raises(ConfigurationError, match=rf"is '{told}', but revocations\.bin is in the"):
        start(PORTCULLIS_REVOCATION_LISTS=told, **table_settings)


# --- what is missing


def test_a_list_that_the_settings_name_and_the_zip_lacks_stops_the_start(start):
    with pytest.raises(ConfigurationError, match=r"revocations\.bin is missing from the zip"):
        start(PORTCULLIS_REVOCATION_LISTS="file")


@pytest.mark.parametrize("file", ["clients.json", "routes.json"])
def test_a_file_that_is_missing_stops_the_start(start, folder, file):
    (folder / file).unlink()
    with pytest.raises(FailedError) as caught:
        start()
    assert caught.value.detail == f"{file} is not readable: FileNotFoundError"


def test_settings_are_read_before_any_file(start, folder):
    (folder / "clients.json").unlink()
    with pytest.raises(ConfigurationError, match="PORTCULLIS_SIGNING_KEY is ''"):
        start(PORTCULLIS_SIGNING_KEY="")


# --- what is prepared, and what is written


@pytest.mark.parametrize(
    ("told", "prepared"),
    [
        ({}, 0),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, 0),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}, 2),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency"}, 2),
    ],
    ids=["untold", "on-demand", "snap-start", "provisioned"],
)
def test_a_start_that_nobody_waits_for_prepares_the_signer_and_the_table(
    start, table_settings, monkeypatch, told, prepared
):
    pools = []

    class Counted(urllib3.PoolManager):
        def __init__(self, *arguments, **options):
            pools.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(urllib3, "PoolManager", Counted)
    start(**table_settings, **told)
    assert len(pools) == prepared


@pytest.mark.parametrize("name", ["the-function", None])
def test_each_call_writes_one_line_to_standard_output(start, capsys, name):
    authorizer = start(**({} if name is None else {"AWS_LAMBDA_FUNCTION_NAME": name}))
    client_certificate = shown()
    for _ in range(2):
        authorizer.answer(rest_event(client_certificate), None)
    authorizer.answer([], None)
    written = capsys.readouterr()
    assert written.err == ""
    assert written.out.endswith("}\n")
    lines = [json.loads(line) for line in written.out.splitlines()]
    assert [line["decision"] for line in lines] == ["allow", "allow", "deny"]
    assert [lines[0]["FunctionName"], lines[2]["FunctionName"]] == [name or ""] * 2
