"""The renewal's function: one key, two kinds of items, one route, and files that fit together."""

import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from components.authorizer_zip.renewal import HANDLER, MODULES, SOURCE
from components.guarded_api import GuardedApi, GuardedApiArgs
from components.renewal_authority import RenewalAuthorityError, RenewalKeyError
from portcullis.contract.renewal_route import RenewalRouteError
from portcullis.graph.resource import archive_path
from portcullis.pki import keys
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.keys import KeyType
from tests.portcullis.contract.contracts import PETSTORE
from tests.portcullis.renewal.calls import without_key_identifier

PROJECT = Path(__file__).parents[2]  # its build cache holds the wheels
KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
PATH = "/.well-known/certificate-renewal"
CLIENTS = """\
clients:
  - id: shop
    match: [{sanUri: spiffe://x/shop}]
    scopes: [pets:read, certificates:renew]
    status: active
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    root = Authority.root("client")
    issuing, other = root.intermediate("client"), root.intermediate("other")
    (folder / "truststore.pem").write_bytes(to_pem(issuing.certificate, root.certificate))
    (folder / "issuing.pem").write_bytes(to_pem(issuing.certificate))
    (folder / "other.pem").write_bytes(to_pem(other.certificate))
    leaf = issuing.issue_client("shop", [])
    (folder / "leaf.pem").write_bytes(to_pem(leaf.certificate))
    (folder / "empty.pem").write_text("nothing\n")
    (folder / "clients.yaml").write_text(CLIENTS)
    return folder


@pytest.fixture
def build(folder, place):
    def make(**changes):
        args = {
            "prefix": "orders-dev",
            "place": place,
            "stage_name": "dev",
            "domain": "api.example.com",
            "hosted_zone_id": "Z1",
            "truststore_file": str(folder / "truststore.pem"),
            "allowed_cidrs": ["203.0.113.0/24"],
            "clients_file": str(folder / "clients.yaml"),
            "contract_file": str(PETSTORE),
            "backend_url": "https://backend.example.com",
            "audience": "orders",
            "platform": "laptop",
            "build_folder": str(PROJECT / ".portcullis" / "build"),
            "certificate_renewal_key_arn": KEY,
            "certificate_renewal_authority_file": str(folder / "issuing.pem"),
            **changes,
        }
        return lambda: GuardedApi("orders", GuardedApiArgs(**args))

    return make


def renewal(recorded, kind):
    """The one resource of this kind that belongs to the renewal."""
    (found,) = [r for r in recorded.all(kind) if r.name.startswith("orders-renewal")]
    return found


def statements(recorded):
    document = json.loads(renewal(recorded, "RolePolicy").inputs["policy"])
    return {one["Sid"]: one for one in document["Statement"]}


def test_the_role_signs_with_the_authority_s_key_alone(engine, build):
    found = statements(engine.preview(build()))
    assert found["SignCertificates"] == {
        "Sid": "SignCertificates",
        "Effect": "Allow",
        "Action": "kms:Sign",
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}},
    }
    assert set(found) == {"WriteOwnLog", "SendTraces", "SignCertificates"}


def test_with_a_table_the_role_writes_two_kinds_of_items(engine, build):
    recorded = engine.preview(build(clients_file=None))
    write = statements(recorded)["CountRenewals"]
    assert write["Action"] == "dynamodb:UpdateItem"
    assert write["Resource"].endswith(":table/orders-dev-registry")
    assert write["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["renewals#*", "renewed#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert recorded.one("Table").inputs["ttl"] == {"attributeName": "expires", "enabled": True}


def test_the_route_has_the_authorizer_and_calls_the_function(engine, build):
    recorded = engine.preview(build())
    operation = json.loads(recorded.one("RestApi").inputs["body"])["paths"][PATH]["post"]
    assert operation["security"] == [{"clientCertificate": []}]
    integration = operation["x-amazon-apigateway-integration"]
    assert integration["type"] == "aws_proxy"
    assert ":function:orders-dev-renewal:live/" in integration["uri"]


def test_the_api_may_invoke_the_function_from_this_route_alone(engine, build):
    recorded = engine.run(build())
    (permission,) = [r for r in recorded.all("Permission") if r.name == "orders-api-renewal"]
    assert permission.inputs["sourceArn"].endswith(f"/dev/POST{PATH}")


def test_the_authorizer_answers_the_certificate_but_no_backend_gets_it(engine, build):
    recorded = engine.preview(build())
    (authorizer,) = [r for r in recorded.all("Function") if r.name == "orders-authorizer-function"]
    assert authorizer.inputs["environment"]["variables"]["PORTCULLIS_CLIENT_CERT_HEADER"] == "true"
    assert 'header.Client-Cert"' not in recorded.one("RestApi").inputs["body"]


def test_the_alarms_watch_the_function_and_its_log(engine, build):
    recorded = engine.run(build())
    function = renewal(recorded, "Function").inputs["name"]
    alarms = {one.name: one.inputs for one in recorded.all("MetricAlarm")}
    for metric in ("errors", "throttles"):
        alarm = alarms[f"orders-observability-renewal-{metric}"]
        assert alarm["dimensions"] == {"FunctionName": function}
    assert "orders-observability-renewal-failures" in alarms
    counted = recorded.one("LogMetricFilter", "orders-observability-failed-renewals").inputs
    assert counted["logGroupName"] == renewal(recorded, "LogGroup").inputs["name"]


def test_without_a_key_nothing_of_it_exists(engine, build):
    recorded = engine.preview(build(certificate_renewal_key_arn=None, clients_file=None))
    assert not [r for r in recorded.graph if "renewal" in r.name]
    assert PATH not in recorded.one("RestApi").inputs["body"]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("missing.pem", "cannot be read"),
        ("empty.pem", "holds no certificate"),
        ("leaf.pem", "not a CA certificate"),
        ("other.pem", "the truststore"),
    ],
)
def test_a_file_whose_certificates_would_be_refused_stops_the_program(
    engine, build, folder, file, says
):
    program = build(certificate_renewal_authority_file=str(folder / file))
    with pytest.raises(RenewalAuthorityError, match=says):
        engine.preview(program)


def test_an_authority_that_has_ended_stops_the_program(engine, build, folder):
    past = Authority.root("client", now=datetime.now(UTC) - timedelta(days=4000))
    (folder / "ended.pem").write_bytes(to_pem(past.certificate))
    program = build(certificate_renewal_authority_file=str(folder / "ended.pem"))
    with pytest.raises(RenewalAuthorityError, match="begins with a CA that ended"):
        engine.preview(program)


def test_an_authority_without_a_key_identifier_stops_the_program(engine, build, tmp_path):
    bare = without_key_identifier(Authority.root("client"))
    (tmp_path / "bare.pem").write_bytes(to_pem(bare.certificate))
    file = str(tmp_path / "bare.pem")
    program = build(truststore_file=file, certificate_renewal_authority_file=file)
    with pytest.raises(RenewalAuthorityError, match="without a subject key identifier") as refused:
        engine.preview(program)
    assert "\n" not in str(refused.value)


def test_a_key_needs_the_certificate_of_its_authority(engine, build):
    with pytest.raises(RenewalKeyError):
        engine.preview(build(certificate_renewal_authority_file=None))


@pytest.mark.parametrize(
    "changes",
    [{"certificate_renewal_path": "/pets"}, {"certificate_renewal_scope": "pets:read"}],
)
def test_a_path_or_scope_of_the_contract_is_refused_in_one_line(engine, build, changes):
    with pytest.raises(RenewalRouteError) as refused:
        engine.preview(build(**changes))
    assert "\n" not in str(refused.value)


def test_a_scope_for_the_renewal_is_unknown_without_it(engine, build):
    with pytest.raises(Exception, match="certificates:renew"):
        engine.preview(build(certificate_renewal_key_arn=None))


def test_pins_in_a_file_are_named_once(engine, build, folder, caplog):
    pinned = CLIENTS + f"    pins: [{'A' * 43}]\n"
    (folder / "pinned.yaml").write_text(pinned)
    engine.preview(build(clients_file=str(folder / "pinned.yaml")))
    warned = [r.getMessage() for r in caplog.records if "cannot renew" in r.getMessage()]
    assert len(warned) == 1
    assert "shop" in warned[0]


def test_a_preview_says_that_a_file_gives_no_exact_limit(engine, build, caplog):
    def said():
        return [r for r in caplog.records if "counts by itself" in r.getMessage()]

    engine.preview(build(clients_file=None))
    assert said() == []
    engine.preview(build())
    assert len(said()) == 1


def test_the_zip_has_every_module_that_the_function_imports(engine, build):
    recorded = engine.preview(build())
    path = archive_path(renewal(recorded, "Function").inputs["code"])
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    ours = {name for name in names if name.startswith(("portcullis/", "authorizer/"))}
    for name in ours:
        if not name.endswith(".py"):
            continue
        text = (PROJECT / name).read_text()
        # Top-level imports and those inside functions.
        for module in re.findall(r"^\s*from ((?:portcullis|authorizer)[\w.]*) import", text, re.M):
            file = module.replace(".", "/")
            assert f"{file}.py" in names or f"{file}/__init__.py" in names, (name, module)
    assert {f"portcullis/{module}" for module in MODULES} <= ours
    assert HANDLER == "portcullis.renewal.handler.handler"
    assert all((SOURCE / module).is_file() for module in MODULES)


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [(KeyType.P384, "ECDSA_SHA_384"), (KeyType.RSA_2048, "RSASSA_PKCS1_V1_5_SHA_256")],
)
def test_the_algorithm_is_that_of_the_authority_s_key(engine, build, tmp_path, kind, algorithm):
    root = Authority.root("client", key_type=KeyType.P384)
    issuing = root.intermediate("client", key=keys.generate(kind))
    (tmp_path / "truststore.pem").write_bytes(to_pem(issuing.certificate, root.certificate))
    (tmp_path / "issuing.pem").write_bytes(to_pem(issuing.certificate))
    recorded = engine.preview(
        build(
            truststore_file=str(tmp_path / "truststore.pem"),
            certificate_renewal_authority_file=str(tmp_path / "issuing.pem"),
        )
    )
    condition = statements(recorded)["SignCertificates"]["Condition"]
    assert condition == {"StringEquals": {"kms:SigningAlgorithm": algorithm}}


def test_an_authority_of_a_kind_that_kms_lacks_is_refused(engine, build, tmp_path):
    root = Authority.root("client")
    issuing = root.intermediate("client", key=ec.generate_private_key(ec.SECP521R1()))
    (tmp_path / "truststore.pem").write_bytes(to_pem(issuing.certificate, root.certificate))
    (tmp_path / "issuing.pem").write_bytes(to_pem(issuing.certificate))
    program = build(
        truststore_file=str(tmp_path / "truststore.pem"),
        certificate_renewal_authority_file=str(tmp_path / "issuing.pem"),
    )
    with pytest.raises(RenewalAuthorityError, match="kind EC secp521r1"):
        engine.preview(program)
