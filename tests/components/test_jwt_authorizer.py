"""The authorizer: one function with few permissions, and names known at preview."""

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from components.jwt_authorizer import JwtAuthorizer, JwtAuthorizerArgs
from portcullis.graph.resource import UNKNOWN, archive_path
from portcullis.pki.public_jwk import PublicJwk
from tests.components.authority import Authority
from tests.portcullis.contract.contracts import PETSTORE

PROJECT = Path(__file__).parents[2]  # its build cache holds the wheels
KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
ROLE_ARN = "arn:aws:iam::111122223333:role/portcullis-dev-authorizer"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the zip is made from."""
    folder = tmp_path_factory.mktemp("files")
    authority = Authority("Test root")
    (folder / "truststore.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "revoked.crl").write_bytes(authority.revoke(1, 2))
    (folder / "clients.yaml").write_text("clients: []\n")
    return folder


@pytest.fixture
def build(folder, place):
    """A program with one authorizer; keyword arguments change the good ones."""

    def make(**changes):
        args = {
            "prefix": "portcullis-dev",
            "place": place,
            "contract_file": str(PETSTORE),
            "truststore_file": str(folder / "truststore.pem"),
            "clients_file": str(folder / "clients.yaml"),
            "platform": "laptop",
            "build_folder": str(PROJECT / ".portcullis" / "build"),
            "issuer": "https://api.example.com",
            "audience": "petstore",
            **changes,
        }
        made = []

        def program():
            made.append(JwtAuthorizer("authorizer", JwtAuthorizerArgs(**args)))

        program.made = made
        return program

    return make


def policy(resource, key="policy"):
    return json.loads(resource.inputs[key])


def statements(document):
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_without_tracing_no_statement_has_a_free_wildcard(engine, build):
    recorded = engine.preview(build(xray=False))
    found = statements(policy(recorded.one("RolePolicy")))
    assert "SendTraces" not in found
    assert "*" not in [s["Resource"] for s in found.values()]
    assert recorded.one("Function").inputs["tracingConfig"] == {"mode": "PassThrough"}


def test_only_lambda_takes_the_role(engine, build):
    (trust,) = policy(engine.preview(build()).one("Role"), "assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"


def test_the_role_has_no_managed_or_inline_policies_beside(engine, build):
    recorded = engine.run(build())
    assert len(recorded.all("RolePolicy")) == 1
    assert not recorded.all("RolePolicyAttachment")
    assert not {"managedPolicyArns", "inlinePolicies"} & set(recorded.one("Role").inputs)


def test_the_function_runs_the_zip_as_lambda_needs_it(engine, build):
    function = engine.run(build()).one("Function")
    assert function.inputs["name"] == "portcullis-dev-authorizer"
    assert function.inputs["handler"] == "authorizer.handler.handler"
    assert function.inputs["runtime"] == "python3.13"
    assert function.inputs["architectures"] == ["arm64"]
    code = Path(archive_path(function.inputs["code"])).read_bytes()
    sha256 = base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert function.inputs["sourceCodeHash"] == sha256
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        assert "authorizer/handler.py" in archive.namelist()
    assert function.inputs["timeout"] < 29
    assert function.inputs["tracingConfig"] == {"mode": "Active"}


def test_the_function_gets_issuer_audience_and_key_in_its_environment(engine, build):
    recorded = engine.run(build(token_life_seconds=120, authorizer_cache_seconds=30))
    environment = recorded.one("Function").inputs["environment"]["variables"]
    key = recorded.one("Key")
    assert environment == {
        "PORTCULLIS_ISSUER": "https://api.example.com",
        "PORTCULLIS_AUDIENCE": "petstore",
        "PORTCULLIS_SIGNING_KEY": key.outputs["arn"],
        "PORTCULLIS_SIGNING_KID": recorded.one("JwtAuthorizer").outputs["jwks"]["keys"][0]["kid"],
        "PORTCULLIS_TOKEN_LIFE_SECONDS": "120",
        "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": "30",
        "PORTCULLIS_REGISTRY": "file",
        "PORTCULLIS_REGISTRY_CACHE_SECONDS": "30",
        "PORTCULLIS_REVOCATION_LISTS": "none",
        "PORTCULLIS_CRL_GRACE_SECONDS": "0",
        "PORTCULLIS_CLOCK_SKEW_SECONDS": "0",
    }


def test_the_function_answers_the_certificate_where_the_backend_is_to_receive_it(engine, build):
    environment = engine.run(build(client_cert_header=True)).one("Function").inputs["environment"]
    assert environment["variables"]["PORTCULLIS_CLIENT_CERT_HEADER"] == "true"


def test_the_function_gets_its_time_limits_in_its_environment(engine, build, folder):
    recorded = engine.run(
        build(
            registry_cache_seconds=5,
            crl_file=str(folder / "revoked.crl"),
            crl_grace_seconds=3600,
            certificate_clock_skew_seconds=60,
        )
    )
    environment = recorded.one("Function").inputs["environment"]["variables"]
    assert environment["PORTCULLIS_REGISTRY_CACHE_SECONDS"] == "5"
    assert environment["PORTCULLIS_REVOCATION_LISTS"] == "file"
    assert environment["PORTCULLIS_CRL_GRACE_SECONDS"] == "3600"
    assert environment["PORTCULLIS_CLOCK_SKEW_SECONDS"] == "60"


def test_with_a_table_the_function_and_its_role_know_that_table_alone(engine, build):
    recorded = engine.preview(build(clients_file=None, registry_table="portcullis-dev-registry"))
    environment = recorded.one("Function").inputs["environment"]["variables"]
    assert environment["PORTCULLIS_REGISTRY"] == "dynamodb"
    assert environment["PORTCULLIS_REVOCATION_LISTS"] == "none"
    assert environment["PORTCULLIS_REGISTRY_TABLE"] == "portcullis-dev-registry"
    read = statements(policy(recorded.one("RolePolicy")))["ReadRegistry"]
    assert read == {
        "Sid": "ReadRegistry",
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
        "Resource": "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-registry",
    }


def test_without_a_table_nothing_speaks_of_one(engine, build):
    recorded = engine.preview(build())
    assert "ReadRegistry" not in statements(policy(recorded.one("RolePolicy")))
    variables = recorded.one("Function").inputs["environment"]["variables"]
    assert "PORTCULLIS_REGISTRY_TABLE" not in variables


def test_the_live_alias_points_at_a_published_version(engine, build):
    recorded = engine.run(build())
    function, alias = recorded.one("Function"), recorded.one("Alias", "authorizer-live")
    assert function.inputs["publish"] is True
    assert alias.inputs["name"] == "live"
    assert alias.inputs["functionVersion"] == "1"
    assert recorded.named(alias.property_dependencies["functionVersion"]) == {function.name}


@pytest.mark.parametrize(
    ("snap_start", "expected"), [(True, {"applyOn": "PublishedVersions"}), (False, None)]
)
def test_snapshots_are_taken_only_by_argument(engine, build, snap_start, expected):
    function = engine.run(build(snap_start=snap_start)).one("Function")
    assert function.inputs.get("snapStart") == expected


@pytest.mark.parametrize("instances", [0, 2])
def test_provisioned_concurrency_is_of_the_live_alias(engine, build, instances):
    recorded = engine.run(build(provisioned_concurrency=instances))
    warm = [
        (r.inputs["provisionedConcurrentExecutions"], r.inputs["qualifier"])
        for r in recorded.all("ProvisionedConcurrencyConfig")
    ]
    assert warm == ([(instances, "live")] if instances else [])


@pytest.mark.parametrize(("reserved", "expected"), [(0, None), (50, 50)])
def test_reserved_concurrency_is_left_out_where_none_is_asked_for(
    engine, build, reserved, expected
):
    # Zero would switch the function off.
    inputs = engine.run(build(reserved_concurrency=reserved)).one("Function").inputs
    assert inputs.get("reservedConcurrentExecutions") == expected


def test_the_log_group_keeps_its_lines_for_a_while_and_stands_before_the_function(engine, build):
    recorded = engine.run(build(log_retention_days=7))
    group, function = recorded.one("LogGroup"), recorded.one("Function")
    assert group.inputs["name"] == "/aws/lambda/portcullis-dev-authorizer"
    assert group.inputs["retentionInDays"] == 7
    assert function.inputs["loggingConfig"]["logGroup"] == group.inputs["name"]
    assert recorded.behind(function) >= {group.name, "authorizer-permissions"}


def test_log_group_and_environment_take_the_stack_s_own_key(engine, build):
    recorded = engine.preview(build(kms_key_arn=KMS_KEY))
    assert recorded.one("LogGroup").inputs["kmsKeyId"] == KMS_KEY
    assert recorded.one("Function").inputs["kmsKeyArn"] == KMS_KEY
    assert "DecryptWithStackKey" in statements(policy(recorded.one("RolePolicy")))


def test_the_uri_is_known_before_anything_exists(engine, build):
    program = build()
    engine.preview(program)
    assert program.made[0].uri == (
        "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-dev-authorizer:live"
        "/invocations"
    )


def test_the_composed_uri_is_the_alias_s_own(engine, build):
    program = build()
    alias = engine.run(program).one("Alias", "authorizer-live")
    assert alias.outputs["invokeArn"] == program.made[0].uri


def test_the_jwks_is_the_public_half_of_the_key_in_kms(engine, build):
    recorded = engine.run(build())
    (jwk,) = recorded.one("JwtAuthorizer").outputs["jwks"]["keys"]
    public = load_der_public_key(engine.keys.public_key_der(recorded.one("Key").id))
    numbers = public.public_numbers()
    assert base64.urlsafe_b64decode(jwk["x"] + "=") == numbers.x.to_bytes(32, "big")
    assert jwk["kid"] == PublicJwk(x=jwk["x"], y=jwk["y"]).kid


def test_two_keys_are_published_while_the_first_signs(engine, build):
    program = build(signing_keys=("b", "a"), signing_key="b")
    recorded = engine.run(program)
    first, second = recorded.one("JwtAuthorizer").outputs["jwks"]["keys"]
    environment = recorded.one("Function").inputs["environment"]["variables"]
    assert (
        environment["PORTCULLIS_SIGNING_KEY"]
        == (recorded.one("Key", "authorizer-signing-b").outputs["arn"])
    )
    assert environment["PORTCULLIS_SIGNING_KID"] == first["kid"] != second["kid"]
    assert len(program.made[0].published_keys) == 2
    # A version that still runs goes on signing with the old key until it is replaced.
    for label in ("a", "b"):
        key_policy = statements(policy(recorded.one("Key", f"authorizer-signing-{label}")))
        assert key_policy["TheAuthorizerSigns"]["Condition"]["ArnEquals"] == {
            "aws:PrincipalArn": ROLE_ARN
        }


def test_another_signer_changes_neither_the_keys_nor_their_order_in_the_key_set(engine, build):
    def published(signer):
        recorded = engine.run(build(signing_keys=("a", "b"), signing_key=signer))
        keys = {r.name: r.inputs for r in recorded.all("Key")}
        jwks = recorded.one("JwtAuthorizer").outputs["jwks"]["keys"]
        kid = recorded.one("Function").inputs["environment"]["variables"]["PORTCULLIS_SIGNING_KID"]
        return keys, [key["kid"] for key in jwks].index(kid)

    before, after = published("a"), published("b")
    assert before[0] == after[0]
    assert (before[1], after[1]) == (0, 1)


def test_a_signing_key_that_is_not_published_is_refused(engine, build):
    with pytest.raises(ValueError, match="signing_key 'b' must be one of signing_keys: a"):
        engine.run(build(signing_keys=("a",), signing_key="b"))


def test_only_leaves_are_unknown_at_preview(engine, build):
    recorded = engine.preview(build())
    variables = recorded.one("Function").inputs["environment"]["variables"]
    unknown = {name for name, value in variables.items() if value == UNKNOWN}
    assert unknown == {"PORTCULLIS_SIGNING_KEY", "PORTCULLIS_SIGNING_KID"}


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build(provisioned_concurrency=1, signing_keys=("a", "b")))
    component = recorded.one("JwtAuthorizer")
    children = [r for r in recorded.graph if r is not component]
    assert {child.parent for child in children} == {component.urn}
    assert all(child.name.startswith("authorizer") for child in children)


TABLE = "portcullis-dev-registry"


def test_the_lists_of_the_table_are_read_by_argument(engine, build):
    recorded = engine.run(build(clients_file=None, registry_table=TABLE, crl_table=True))
    variables = recorded.one("Function").inputs["environment"]["variables"]
    assert variables["PORTCULLIS_REVOCATION_LISTS"] == "table"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clients_file": None}, "a clients_file or a registry_table"),
        ({"registry_table": TABLE}, "a clients_file or a registry_table"),
        ({"crl_table": True}, "crl_table needs a registry_table"),
        (
            {
                "clients_file": None,
                "registry_table": TABLE,
                "crl_table": True,
                "crl_file": "revoked.crl",
            },
            "crl_table needs a registry_table and no crl_file",
        ),
    ],
    ids=["no clients", "two places of clients", "no table", "two places of lists"],
)
def test_arguments_that_contradict_each_other_are_refused(engine, build, changes, message):
    with pytest.raises(ValueError, match=message):
        engine.run(build(**changes))


def test_an_rsa_key_signs_with_rs256_beside_a_p_256_key(engine, build):
    program = build(signing_keys=["a", "b"], signing_key="b", rsa_signing_keys=["b"])
    recorded = engine.run(program)
    specs = {k.name: k.inputs["customerMasterKeySpec"] for k in recorded.all("Key")}
    assert specs == {
        "authorizer-signing-a": "ECC_NIST_P256",
        "authorizer-signing-b": "RSA_2048",
    }
    policy = recorded.one("Key", "authorizer-signing-b").inputs["policy"]
    assert "RSASSA_PKCS1_V1_5_SHA_256" in policy
    assert "ECDSA" not in policy
    variables = recorded.one("Function").inputs["environment"]["variables"]
    assert variables["PORTCULLIS_SIGNING_ALGORITHM"] == "RS256"
    (authorizer,) = program.made
    assert [set(key) for key in authorizer.published_keys] == [{"kid", "x", "y"}, {"kid", "n"}]


def test_a_p_256_key_changes_nothing_in_the_function(engine, build):
    variables = engine.run(build()).one("Function").inputs["environment"]["variables"]
    assert "PORTCULLIS_SIGNING_ALGORITHM" not in variables
