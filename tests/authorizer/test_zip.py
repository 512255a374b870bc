"""The built zip under AWS's runtime client: real modules, real signature, real registry."""

import datetime
import json
import os
import re
import subprocess
import sys

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from moto.server import ThreadedMotoServer

from authorizer.certificate import canonical
from authorizer.revocations import entry_of
from components.authorizer_zip.build import Platform, ScopedRoute, build
from components.authorizer_zip.revocations import table
from portcullis.registry import (
    Client,
    ClientRegistry,
    ClientStatus,
    Identity,
    IdentityKind,
    load,
)
from portcullis.registry.table_store import TableStore
from tests.authorizer import runtime
from tests.authorizer.lists import facts
from tests.authorizer.making import (
    HOTEL_URI,
    ISSUER,
    KEY_ARN,
    ROUTES,
    SHOP_URI,
    VIEWER_URI,
    certificate,
    effects,
    pem,
    rest_event,
)
from tests.fetched_wheels import copy_wheels

LIMITS = re.compile(r"^((?:ATTEMPT|CONNECT|\w+_BUDGET)_SECONDS) = [\d.]+", re.MULTILINE)
REGISTRY = f"""\
clients:
  - id: pet-shop
    match: [{{sanUri: "{SHOP_URI}"}}]
    scopes: [pets:read, pets:write]
    status: active
  - id: pet-viewer
    match: [{{sanUri: "{VIEWER_URI}"}}]
    scopes: [pets:read]
    status: active
  - id: pet-hotel
    match: [{{sanUri: "{HOTEL_URI}"}}]
    scopes: [pets:read]
    status: suspended
"""


def shown(**changes):
    """A certificate that is valid on the real clock, which the zip runs by."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    return pem(certificate(**({"not_before": now - day, "not_after": now + day} | changes)))


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    registry = folder / "clients.test.yaml"
    registry.write_text(REGISTRY)
    return build(
        clients_json=load(registry, known_scopes={"pets:read", "pets:write"}).to_json(),
        routes=[ScopedRoute(method=r.method, path=r.path, scope=r.scope) for r in ROUTES],
        platform=Platform.LAPTOP,
        cache_dir=copy_wheels(folder),
    ).path


@pytest.fixture
def task(package, tmp_path):
    return runtime.unpack(package, tmp_path / "task")


def with_longer_limits(task):
    """Let the function wait for KMS and DynamoDB for a minute, as a busy machine needs."""
    for module in ("aws_json.py", "service.py"):
        file = task / "authorizer" / module
        longer, count = LIMITS.subn(r"\1 = 60.0", file.read_text(encoding="utf-8"))
        assert count == 2
        file.write_text(longer, encoding="utf-8")
    return task


@pytest.fixture
def folder(task):
    return with_longer_limits(task)


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def key(moto):
    kms = boto3.client(
        "kms",
        region_name="eu-central-1",
        endpoint_url=moto,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    arn = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    return arn, load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])


def environment(folder, moto, key_arn=KEY_ARN, **more):
    settings = {
        "PORTCULLIS_ISSUER": "https://localhost",
        "PORTCULLIS_AUDIENCE": "petstore",
        "PORTCULLIS_SIGNING_KEY": key_arn,
        "PORTCULLIS_SIGNING_KID": "k" * 43,
        "PORTCULLIS_TOKEN_LIFE_SECONDS": "300",
        "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": "0",
        "PORTCULLIS_REVOCATION_LISTS": "none",
        "AWS_ENDPOINT_URL_KMS": moto,
    }
    return runtime.function_environment(folder, **(settings | more))


def test_the_zip_answers_as_on_lambda(folder, moto, key):
    with runtime.running(folder, environment(folder, moto, key[0])) as worker:
        allowed = worker.invoke(rest_event(shown()))
        again = worker.invoke(rest_event(shown(uris=(VIEWER_URI,)), method="POST"))
        suspended = worker.invoke(rest_event(shown(uris=(HOTEL_URI,))))
        unknown = worker.invoke(rest_event(shown(uris=())))
        malformed = worker.invoke(["no event"])
        lines = [json.loads(line) for line in worker.output().splitlines()]
    assert effects(allowed.payload) == effects(again.payload) == ["Allow"]
    claims = jwt.decode(
        allowed.payload["context"]["authorization"].removeprefix("Bearer "),
        key[1],
        algorithms=["ES256"],
        audience="petstore",
        issuer="https://localhost",
        leeway=5,
    )
    assert claims["scope"] == "pets:read pets:write"
    assert suspended.payload["context"]["reason"] == "suspended"
    assert unknown.payload["context"]["reason"] == "unknown_client"
    assert malformed.payload["context"]["reason"] == "malformed_event"
    assert [line["decision"] for line in lines] == ["allow", "deny", "deny", "deny", "deny"]
    assert lines[1]["reason"] == "missing_scope"
    assert [line["coldStart"] for line in lines] == [True, False, False, False, False]
    assert all(line["lambdaRequestId"] == "11111111-2222" for line in lines)


def test_the_answer_follows_the_registry_in_the_zip(folder, moto, key):
    clients = folder / "authorizer" / "clients.json"
    document = json.loads(clients.read_text())
    document["clients"]["pet-shop"]["status"] = "suspended"
    document["clients"]["pet-hotel"]["status"] = "active"
    clients.write_text(json.dumps(document))
    with runtime.running(folder, environment(folder, moto, key[0])) as worker:
        shop = worker.invoke(rest_event(shown()))
        hotel = worker.invoke(rest_event(shown(uris=(HOTEL_URI,))))
    assert shop.payload["context"]["reason"] == "suspended"
    assert hotel.payload["context"]["reason"] == "ok"


def test_the_answer_follows_the_routes_in_the_zip(folder, moto, key):
    (folder / "authorizer" / "routes.json").write_text(
        '[{"method": "DELETE", "path": "/pets", "scope": "pets:write"}]'
    )
    with runtime.running(folder, environment(folder, moto, key[0])) as worker:
        shop = worker.invoke(rest_event(shown()))
        viewer = worker.invoke(rest_event(shown(uris=(VIEWER_URI,))))
    (statement,) = shop.payload["policyDocument"]["Statement"]
    assert [arn.rsplit("/", 2)[1:] for arn in statement["Resource"]] == [["DELETE", "pets"]]
    assert viewer.payload["context"]["reason"] == "no_scope"


def test_a_revocation_list_in_the_zip_is_obeyed(folder, moto, key):
    issuer = canonical(ISSUER)
    content = table(facts(issuer), [entry_of(issuer, "5")])
    (folder / "authorizer" / "revocations.bin").write_bytes(content)
    told = environment(folder, moto, key[0], PORTCULLIS_REVOCATION_LISTS="file")
    with runtime.running(folder, told) as worker:
        revoked = worker.invoke(rest_event(shown(serial_number=5)))
        good = worker.invoke(rest_event(shown(serial_number=6)))
    assert revoked.payload["context"]["reason"] == "revoked"
    assert good.payload["context"]["reason"] == "ok"


def test_lists_that_the_settings_do_not_name_stop_the_start(folder, moto):
    """Nobody's forgotten variable may let in whom a list of the zip revokes."""
    (folder / "authorizer" / "revocations.bin").write_bytes(table(facts("nobody"), []))
    with runtime.running(folder, environment(folder, moto)) as worker:
        outcome = worker.outcomes.get(timeout=runtime.ANSWER_SECONDS)
        assert worker.process.wait(timeout=300) != 0
    assert "revocations.bin is in the zip" in outcome.payload["errorMessage"]


def test_a_table_answers_while_it_is_there_and_the_function_recovers(folder, moto, key):
    dynamodb = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        endpoint_url=moto,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )

    def create():
        dynamodb.create_table(
            TableName="registry",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        match = (Identity(kind=IdentityKind.SAN_URI, value=SHOP_URI),)
        client = Client(
            id="pet-shop",
            description="",
            match=match,
            pins=(),
            scopes=("pets:read",),
            status=ClientStatus.ACTIVE,
        )
        TableStore(dynamodb, "registry").fill(ClientRegistry(clients=(client,)))

    settings = environment(
        folder,
        moto,
        key[0],
        PORTCULLIS_REGISTRY="dynamodb",
        PORTCULLIS_REGISTRY_TABLE="registry",
        AWS_ENDPOINT_URL_DYNAMODB=moto,
    )
    create()
    known, unseen = shown(), shown()
    with runtime.running(folder, settings) as worker:
        first = worker.invoke(rest_event(known))
        dynamodb.delete_table(TableName="registry")
        again = worker.invoke(rest_event(known))
        failed = worker.invoke(rest_event(unseen))
        create()
        recovered = worker.invoke(rest_event(unseen))
    assert first.payload == again.payload
    assert first.payload["context"]["reason"] == "ok"
    assert failed.has_failed
    assert failed.payload["errorMessage"] == "registry_failed"
    assert recovered.payload["context"]["reason"] == "ok"


def test_every_module_comes_from_the_zip(folder, moto):
    probe = (
        "import sys, authorizer.handler\n"
        "ours = {'authorizer', 'cryptography', 'jwt', '_cffi_backend'}\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] in ours and getattr(module, '__file__', None):\n"
        "        print(module.__file__)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=folder,
        env=environment(folder, moto),
        capture_output=True,
        text=True,
        check=True,
    )
    files = ran.stdout.splitlines()
    assert len(files) > 30
    assert [file for file in files if not file.startswith(f"{folder}{os.sep}")] == []


@pytest.mark.parametrize(
    ("initialization", "expected"),
    [("on-demand", False), ("snap-start", True), ("provisioned-concurrency", True)],
)
def test_what_signing_needs_is_imported_where_nobody_waits_for_it(
    folder, moto, initialization, expected
):
    probe = "import sys, authorizer.handler\nprint('botocore' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=folder,
        env=environment(folder, moto, AWS_LAMBDA_INITIALIZATION_TYPE=initialization),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == str(expected)


def test_kms_out_of_reach_fails_the_call_with_a_reason_and_nothing_else(task):
    with runtime.running(task, environment(task, "http://127.0.0.1:1")) as worker:
        refused = worker.invoke(rest_event(shown(uris=())))
        failed = worker.invoke(rest_event(shown()))
        output = worker.output()
    assert refused.payload["context"]["reason"] == "unknown_client"
    assert failed.has_failed
    assert failed.payload["errorMessage"] == "signing_failed"
    assert failed.payload["errorType"] == "AuthorizerError"
    assert "BEGIN CERTIFICATE" not in output
    assert "AKIDEXAMPLE" not in output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"PORTCULLIS_SIGNING_KEY": ""}, "PORTCULLIS_SIGNING_KEY is ''"),
        ({"PORTCULLIS_TOKEN_LIFE_SECONDS": "20"}, "set it above 30"),
        ({"PORTCULLIS_REVOCATION_LISTS": "file"}, "revocations.bin is missing from the zip"),
        ("clients.json", "clients.json is not readable"),
        ("routes.json", "routes.json is not readable"),
    ],
    ids=["no key", "short life", "no lists", "no registry", "no routes"],
)
def test_a_function_that_lacks_something_does_not_start(folder, moto, change, message):
    settings = environment(folder, moto)
    if isinstance(change, str):
        (folder / "authorizer" / change).unlink()
    else:
        settings |= change
    with runtime.running(folder, settings) as worker:
        outcome = worker.outcomes.get(timeout=runtime.ANSWER_SECONDS)
        assert worker.process.wait(timeout=300) != 0
    assert outcome.has_failed
    assert message in outcome.payload["errorMessage"]
