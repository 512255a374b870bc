"""The provider plugin as a real process, asked over gRPC as the engine asks it.

test_engine.py runs it under the real engine, where there is one.
"""

import contextlib
import json
import subprocess
import sys

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from portcullis.errors import PortcullisError
from portcullis.graph.resource import UNKNOWN
from portcullis.standin.journal import AccountJournal
from portcullis.standin.provider import install, journal_file, plugin_folder
from tests.portcullis.gateway.processes.liveness import ends

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
KEY_INPUTS = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture
def provider(home):
    with serving(home) as stub:
        yield stub


@contextlib.contextmanager
def serving(home, **environment):
    executable = install(home)
    with subprocess.Popen(
        [executable], stdout=subprocess.PIPE, env={"PULUMI_HOME": str(home), **environment}
    ) as process:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
        process.terminate()


def struct(values):
    made = struct_pb2.Struct()
    made.update(values)
    return made


def create(provider, resource_type, inputs, *, preview=False):
    answer = provider.Create(
        provider_pb2.CreateRequest(
            type=resource_type, name="x", properties=struct(inputs), preview=preview
        )
    )
    return answer.id, json_format.MessageToDict(answer.properties)


def check(provider, resource_type, inputs):
    answer = provider.Check(
        provider_pb2.CheckRequest(
            urn=f"urn:pulumi:s::p::{resource_type}::x",
            type=resource_type,
            name="x",
            news=struct(inputs),
        )
    )
    return {failure.property: failure.reason for failure in answer.failures}


def lookup(provider, key_id):
    answer = provider.Invoke(
        provider_pb2.InvokeRequest(
            tok="aws:kms/getPublicKey:getPublicKey", args=struct({"keyId": key_id})
        )
    )
    return json_format.MessageToDict(getattr(answer, "return"))["publicKey"]


def test_a_preview_answers_the_inputs_alone(provider):
    assert create(provider, LOG_GROUP, {"name": "a"}, preview=True) == ("", {"name": "a"})


def test_an_update_answers_what_aws_would_compute(provider):
    identity, outputs = create(provider, LOG_GROUP, {"name": "a"})
    assert identity == "a"
    assert outputs["arn"] == "arn:aws:logs:eu-central-1:000000000000:log-group:a"


def test_an_unlisted_type_or_lookup_fails_by_name(provider):
    with pytest.raises(grpc.RpcError, match="aws:sqs/queue:Queue"):
        create(provider, "aws:sqs/queue:Queue", {})
    with pytest.raises(grpc.RpcError, match="aws:index/getRegions:getRegions"):
        provider.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getRegions:getRegions"))


def test_only_a_changed_input_is_a_difference(provider):
    def diff(old, new):
        return provider.Diff(
            provider_pb2.DiffRequest(type=LOG_GROUP, old_inputs=struct(old), news=struct(new))
        )

    same, other = diff({"a": 1, "b": [2]}, {"a": 1, "b": [2]}), diff({"a": 1}, {"b": 1})
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert other.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(other.diffs) == ["a", "b"]


def test_the_inputs_that_replace_a_resource_are_named(provider):
    replaced = provider.Diff(
        provider_pb2.DiffRequest(
            type=LOG_GROUP, old_inputs=struct({"name": "a"}), news=struct({"name": "b"})
        )
    )
    assert list(replaced.replaces) == ["name"]
    assert replaced.deleteBeforeReplace


def test_a_name_that_is_taken_is_refused_by_a_later_process_too(provider, home):
    create(provider, LOG_GROUP, {"name": "taken"})
    with pytest.raises(grpc.RpcError, match="ResourceAlreadyExistsException"):
        create(provider, LOG_GROUP, {"name": "taken"})
    account = AccountJournal(journal_file(home, "000000000000", "eu-central-1")).account()
    assert (LOG_GROUP, "taken") in account


def test_a_deleted_resource_may_be_created_again(provider):
    identity, outputs = create(provider, LOG_GROUP, {"name": "again"})
    provider.Delete(
        provider_pb2.DeleteRequest(
            type=LOG_GROUP, name="x", id=identity, properties=struct(outputs)
        )
    )
    assert create(provider, LOG_GROUP, {"name": "again"})[0] == identity


def test_a_keys_public_half_outlives_the_process_and_an_update_keeps_the_key(provider, home):
    key_id, outputs = create(provider, KEY, KEY_INPUTS)
    first = lookup(provider, outputs["arn"])
    updated = provider.Update(
        provider_pb2.UpdateRequest(
            type=KEY,
            name="x",
            olds=struct(outputs),
            news=struct({**KEY_INPUTS, "tags": {"a": "b"}}),
        )
    )
    assert json_format.MessageToDict(updated.properties) == {**outputs, "tags": {"a": "b"}}
    with subprocess.Popen(
        [sys.executable, "-m", "portcullis.standin.provider"],
        stdout=subprocess.PIPE,
        env={"PULUMI_HOME": str(home)},
    ) as later:
        with grpc.insecure_channel(f"127.0.0.1:{int(later.stdout.readline())}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            assert lookup(stub, outputs["arn"]) == first
            assert stub.GetPluginInfo(empty_pb2.Empty()).version
        later.terminate()
    assert key_id in {path.stem for path in (home / "stand-in-keys").iterdir()}


def read(provider, resource_type, identity):
    return provider.Read(provider_pb2.ReadRequest(type=resource_type, id=identity)).id


def test_a_refresh_finds_a_key_that_is_there_and_misses_one_that_is_not(provider):
    key_id, _ = create(provider, KEY, KEY_INPUTS)
    assert read(provider, KEY, key_id) == key_id
    assert read(provider, KEY, "00000000-0000-0000-0000-000000000000") == ""
    assert read(provider, LOG_GROUP, "anything") == "anything"


def test_it_ends_when_the_engine_was_killed(home):
    script = f"{install(home)} & echo $!; wait"
    with subprocess.Popen(
        ["sh", "-c", script], stdout=subprocess.PIPE, env={"PULUMI_HOME": str(home)}
    ) as engine:
        pid, _port = int(engine.stdout.readline()), engine.stdout.readline()
        engine.kill()
    assert ends(pid)


def test_the_account_is_that_of_the_environment(home):
    with serving(home, PORTCULLIS_STANDIN_ACCOUNT="111122223333") as provider:
        _, outputs = create(provider, LOG_GROUP, {"name": "calls"})
    assert outputs["arn"].split(":")[4] == "111122223333"


@pytest.mark.parametrize("key_id", ["../../etc/passwd", "", "alias/x", "0" * 36])
def test_an_unknown_key_is_an_error(provider, key_id):
    with pytest.raises(grpc.RpcError, match=r"signing key .* does not exist"):
        lookup(provider, key_id)


def test_the_real_aws_provider_is_never_replaced(tmp_path):
    real = plugin_folder(tmp_path) / "pulumi-resource-aws"
    real.parent.mkdir(parents=True)
    real.write_bytes(b"\x7fELF real")
    with pytest.raises(PortcullisError, match="real AWS provider"):
        install(tmp_path)
    assert real.read_bytes() == b"\x7fELF real"


IP_SET = {"name": "a", "scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": []}


def test_check_passes_what_aws_accepts(provider):
    assert check(provider, "aws:wafv2/ipSet:IpSet", IP_SET) == {}


def test_check_refuses_what_aws_models_refuse(provider):
    failures = check(provider, "aws:wafv2/ipSet:IpSet", {**IP_SET, "description": "a; b"})
    assert "wafv2:CreateIPSet Description" in failures["description"]


def test_check_leaves_unknown_values_alone(provider):
    assert check(provider, "aws:wafv2/ipSet:IpSet", {**IP_SET, "description": UNKNOWN}) == {}


def test_the_schema_has_the_types_of_the_program(home, tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("resources: {api: {type: aws:apigateway:RestApi}}\n")
    with serving(home, PORTCULLIS_STANDIN_PROGRAM=str(tmp_path)) as provider:
        schema = json.loads(provider.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == {"aws:apigateway/restApi:RestApi"}
