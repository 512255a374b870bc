"""Serves the stand-in as a provider plugin, so that the engine runs a program without AWS.

The engine starts the executable that :func:`install` writes, reads a port from its standard output
and speaks gRPC (pulumi/pulumi, proto/pulumi/provider.proto) on the loopback address.
"""

import contextlib
import json
import os
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from portcullis.awsmodels.judge import judge_resource
from portcullis.errors import PortcullisError
from portcullis.graph.resource import Resource
from portcullis.standin.journal import AccountJournal
from portcullis.standin.moto_keys import MotoKeys
from portcullis.standin.remembered_keys import RememberedKeys
from portcullis.standin.replacement import compare
from portcullis.standin.sdk_schema import package_schema
from portcullis.standin.signing_keys import UnknownKeyError
from portcullis.standin.stand_in import KEY_LOOKUP, KEY_TYPE, StandIn, UnlistedLookupError
from portcullis.standin.unlisted_lookup import unlisted_answer

LAPTOP_ACCOUNT = "000000000000"
# Set in the environment of the engine, which passes it on to its plugins.
ACCOUNT_VARIABLE = "PORTCULLIS_STANDIN_ACCOUNT"
# Set for a preview of a stranger's program: judged later, and unlisted lookups are unknown.
RECORDING_VARIABLE = "PORTCULLIS_STANDIN_RECORDS"
# Set beside it: the folder of the program, whose types a program in YAML asks for.
PROGRAM_VARIABLE = "PORTCULLIS_STANDIN_PROGRAM"
PARENT_CHECK_SECONDS = 1.0
KMS_VARIABLE = "PORTCULLIS_STANDIN_KMS"  # address of a KMS emulator that creates signing keys


def plugin_folder(pulumi_home: Path) -> Path:
    """The folder in which the engine searches the provider of the installed pulumi-aws."""
    return pulumi_home / "plugins" / f"resource-aws-v{version('pulumi-aws')}"


def install(pulumi_home: Path) -> Path:
    """Install the plugin into a PULUMI_HOME, which must not be the user's own.

    Raises:
        PortcullisError: the folder contains a provider that is not the stand-in.
    """
    return install_into(plugin_folder(pulumi_home))


def install_into(folder: Path) -> Path:
    """Install the plugin into a folder of its own; on PATH it serves every version of the SDK."""
    executable = folder / "pulumi-resource-aws"
    script = (
        "#!/bin/sh\n# Portcullis stand-in: answers like AWS, creates nothing.\n"
        f'exec {shlex.quote(sys.executable)} -m {__name__} "$@"\n'
    )
    if executable.exists() and "Portcullis stand-in" not in executable.read_text(errors="replace"):
        raise PortcullisError(
            f"{executable} is the real AWS provider; the stand-in does not replace it. "
            "Choose another PULUMI_HOME."
        )
    executable.parent.mkdir(parents=True, exist_ok=True)
    executable.write_text(script, encoding="utf-8")
    executable.chmod(0o700)
    return executable


def journal_file(pulumi_home: Path, account: str, region: str) -> Path:
    """Where the plugin records the operations on one account and region."""
    return pulumi_home / f"stand-in-{account}-{region}.jsonl"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one engine. In a preview computed outputs stay unknown.

    Args:
        stand_in: the account.
        records: whether the preview only records the program, whatever resources it has.
        program: the folder of the program, whose AWS types the schema holds.
    """

    def __init__(
        self, stand_in: StandIn, *, records: bool = False, program: Path | None = None
    ) -> None:
        self._stand_in = stand_in
        self._records = records
        self._program = program

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return provider_pb2.ProviderHandshakeResponse()

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        schema = package_schema(self._program) if self._program else {}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        # Without acceptSecrets the engine sends plain values.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        """Refuse what AWS's models refuse, so that a preview shows it."""
        if self._records:
            return provider_pb2.CheckResponse(inputs=request.news)
        resource = Resource(
            urn=request.urn, type=request.type, name=request.name, inputs=_plain(request.news)
        )
        failures = [
            provider_pb2.CheckFailure(property=finding.path, reason=finding.text)
            for finding in judge_resource(resource)
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        old, new = _plain(request.old_inputs), _plain(request.news)
        change = compare(request.type, old, new)
        changes = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(
            changes=changes.DIFF_SOME if change.changed else changes.DIFF_NONE,
            diffs=change.changed,
            replaces=change.replaces,
            deleteBeforeReplace=change.delete_before_replace,
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        inputs = _plain(request.properties)
        with _refusing(context):
            identity, outputs = self._stand_in.outputs(request.type, request.name, inputs)
        return provider_pb2.CreateResponse(id=identity, properties=_struct(outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        with _refusing(context):
            outputs = self._stand_in.update(
                request.type,
                request.name,
                request.id,
                old=_plain(request.olds),
                old_inputs=_plain(request.old_inputs),
                inputs=_plain(request.news),
            )
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        with _refusing(context):
            self._stand_in.delete(
                request.type, request.name, request.id, _plain(request.properties)
            )
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        if request.type == KEY_TYPE and not self._has_key(request.id):
            return provider_pb2.ReadResponse()  # without an id: it does not exist any more
        known = self._stand_in.read(request.type, request.id) | _plain(request.properties)
        return provider_pb2.ReadResponse(
            id=request.id, properties=_struct(known), inputs=request.inputs
        )

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        with _refusing(context):
            answer = self._lookup(request.tok, _plain(request.args))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(_struct(answer))  # "return" is a keyword
        return response

    def _lookup(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._stand_in.lookup(token, args)
        except UnlistedLookupError:
            answer = unlisted_answer(token, args) if self._records else None
            if answer is None:
                raise
            return answer

    def _has_key(self, key_id: str) -> bool:
        try:
            self._stand_in.lookup(KEY_LOOKUP, {"keyId": self._stand_in.key_arn(key_id)})
        except UnknownKeyError:
            return False
        return True


@contextmanager
def _refusing(context: Any) -> Iterator[None]:
    """Answer an expected error with its text; the engine shows it beside the resource."""
    try:
        yield
    except PortcullisError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    whole: dict[str, Any] = json_format.MessageToDict(struct)
    return whole


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def main() -> None:
    """Serve until the engine ends this process."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    region = os.environ.get("AWS_REGION", "eu-central-1")
    account = os.environ.get(ACCOUNT_VARIABLE, LAPTOP_ACCOUNT)
    journal = AccountJournal(journal_file(home, account, region))
    emulator = os.environ.get(KMS_VARIABLE)
    stand_in = StandIn(
        region=region,
        account=account,
        keys=MotoKeys(emulator) if emulator else RememberedKeys(home / "stand-in-keys"),
        existing_account=journal.account(),
        on_operation=journal.append,
    )
    program = os.environ.get(PROGRAM_VARIABLE)
    provider = Provider(
        stand_in,
        records=RECORDING_VARIABLE in os.environ,
        program=Path(program) if program else None,
    )
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine = os.getppid()
    print(port, flush=True)  # noqa: T201 - the engine reads the port here
    with contextlib.suppress(KeyboardInterrupt):  # how the engine ends a plugin
        while server.wait_for_termination(timeout=PARENT_CHECK_SECONDS):  # True is a timeout
            if os.getppid() != engine:  # it was killed and cannot end its plugins
                return


if __name__ == "__main__":
    main()
