"""Runs a Pulumi program with the mocks of the SDK and records every registration."""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.resource import Graph, Resource, ResourceFlags, SourcePosition
from portcullis.graph.stack_outputs import named_outputs
from portcullis.graph.wire import dependencies_of, from_struct, plain_value
from portcullis.standin.stand_in import UnlistedLookupError
from portcullis.standin.unlisted_lookup import unlisted_answer

STACK_TYPE = "pulumi:pulumi:Stack"
APPLY = "/pulumi/output."  # the SDK's file that calls the functions given to `apply`
DOCUMENTS = frozenset({"policy", "assumeRolePolicy", "policyDocument"})
RESOURCE_LOOKUP = "pulumi:pulumi:getResource"  # how the SDK resolves a reference to a resource
StandInOutputs = Callable[[str, str, dict[str, Any]], tuple[str, dict[str, Any]]]
StandInLookup = Callable[[str, dict[str, Any]], dict[str, Any]]
StandInRead = Callable[[str, str], dict[str, Any]]


class Recorder(mocks.MockMonitor):
    """A resource monitor that answers like the engine and records the requests.

    In a preview computed outputs and ids stay unknown, as under the engine; in an update they come
    from ``outputs``. Lookups are answered in both, as the engine does.
    """

    def __init__(
        self,
        *,
        preview: bool,
        outputs: StandInOutputs,
        lookup: StandInLookup,
        read: StandInRead = lambda _type, _id: {},
    ) -> None:
        super().__init__(_NoMocks())
        self.preview = preview
        # The SDK calls from several threads: each request writes its own entry only.
        self.recorded: dict[str, Resource] = {}
        self.stack_outputs: dict[str, Any] = {}
        self._outputs = outputs
        self._lookup = lookup
        self._read = read

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The engine joins the types of all parents; the SDK's mock uses only the last one.
        if parent:
            parent_type = parent.split("::")[2]
            if parent_type != STACK_TYPE:
                type_ = f"{parent_type}${type_}"
        stack, project = pulumi.get_stack(), pulumi.get_project()
        return f"urn:pulumi:{stack}::{project}::{type_}::{name}"

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        args = from_struct(request.args)
        known = request.tok == RESOURCE_LOOKUP
        answer = self._state_of(args["urn"]) if known else self._answer(request.tok, args)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(_struct(answer))  # a keyword cannot be an attribute
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        """Record a resource that the program reads: known are its id, and what follows from it."""
        if not self.preview:
            raise NeedsEngineError(f"reading the existing {request.type} {request.name!r}")
        urn = self.make_urn(request.parent, request.type, request.name)
        known = self._read(request.type, request.id) | from_struct(request.properties)
        read = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            id=plain_value(request.id),
            parent=request.parent or None,
            inputs=from_struct(request.properties),
            outputs=known,
            dependencies=tuple(sorted(request.dependencies)),
            flags=ResourceFlags(provider=request.provider, external=True),
            source=_source(request.sourcePosition),
        )
        self._record(read)
        return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, properties=_struct(known))

    def Call(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        raise NeedsEngineError(f"calling the method {request.tok}")

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        resource = requested_resource(request, urn)
        if not self.preview and request.custom:
            resource = self.registered(resource)
        self._record(resource)
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id=resource.id,
            object=_struct(_as_answered(resource.outputs) if request.custom else {}),
        )

    def _record(self, resource: Resource) -> None:
        # setdefault is atomic; the SDK registers from several threads.
        if self.recorded.setdefault(resource.urn, resource) is not resource:
            raise ValueError(
                f"Duplicate resource URN '{resource.urn}'; try giving it a unique name"
            )

    def _answer(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._lookup(token, args)
        except UnlistedLookupError:
            answer = unlisted_answer(token, args) if self.preview else None
            if answer is None:
                raise NeedsEngineError(f"the lookup {token}") from None
            return answer

    def _state_of(self, urn: str) -> dict[str, Any]:
        resource = self.recorded[urn]
        return {"urn": urn, "id": resource.id, "state": dict(resource.outputs)}

    def registered(self, resource: Resource) -> Resource:
        """The resource with its id and outputs, as after its creation."""
        identity, outputs = self._outputs(resource.type, resource.name, dict(resource.inputs))
        return replace(resource, id=identity, outputs=outputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        outputs = from_struct(request.outputs)
        if f"::{STACK_TYPE}::" in request.urn:
            self.stack_outputs = outputs
        elif request.urn in self.recorded:
            self.recorded[request.urn] = replace(self.recorded[request.urn], outputs=outputs)
        return empty_pb2.Empty()


def _as_answered(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs with policy documents as JSON strings, as the provider answers a mapping."""
    texts = {
        key: plain_value(json.dumps(value))  # unknown if a part of it is
        for key, value in outputs.items()
        if key in DOCUMENTS and isinstance(value, dict)
    }
    return {**outputs, **texts}


class NeedsEngineError(PortcullisError):
    """The program asks for something that only an engine with an account can answer."""

    exit_code = ExitCode.MISUSE  # nothing was judged

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The program cannot be recorded: {what} needs an engine. "
            "Run: portcullis policies check --engine"
        )


class _NoMocks(mocks.Mocks):
    """The recorder answers every request itself, so these methods are never called."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NeedsEngineError(f"registering {args.typ}")

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NeedsEngineError(f"calling {args.token}")


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def requested_resource(request: Any, urn: str) -> Resource:
    """The resource that a RegisterResource request declares, with its inputs as outputs."""
    inputs = from_struct(request.object)
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent or None,
        inputs=inputs,
        outputs=dict(inputs),
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies=dependencies_of(request.object, request.propertyDependencies, urn),
        flags=ResourceFlags(
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace,
            replace_with=tuple(request.replace_with),
            ignore_changes=tuple(request.ignoreChanges),
            aliases=tuple(request.aliasURNs),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            provider=request.provider,
            in_apply=any(APPLY in frame.pc.uri for frame in request.stackTrace.frames),
            remote=request.remote,
        ),
        source=_source(request.sourcePosition),
    )


def _source(position: Any) -> SourcePosition | None:
    if not position.uri:
        return None
    path = Path(unquote(urlsplit(position.uri).path))
    project = Path.cwd()
    return SourcePosition(
        path=str(path.relative_to(project) if path.is_relative_to(project) else path),
        line=position.line,
    )


class _SameThread(ThreadPoolExecutor):
    """Answers the SDK's requests at once: a recorder has nothing to wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        try:
            answer.set_result(fn(*args, **options))
        except BaseException as error:  # noqa: BLE001 - the SDK raises it again
            answer.set_exception(error)
        return answer


def record(
    program: Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    preview: bool,
    outputs: StandInOutputs,
    lookup: StandInLookup,
    read: StandInRead = lambda _type, _id: {},
) -> Graph:
    """Run ``program`` once in this process. The Pulumi runtime is global: one run at a time."""
    recorder = Recorder(preview=preview, outputs=outputs, lookup=lookup, read=read)
    return run(recorder, program, project=project, stack=stack, config=config)


def run(
    recorder: Recorder,
    program: Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
) -> Graph:
    """Run ``program`` once with a recorder, which answers its registrations."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_SameThread())
    asyncio.set_event_loop(loop)  # the SDK asks for the current one
    mocks.set_mocks(
        recorder.mocks, project=project, stack=stack, preview=recorder.preview, monitor=recorder
    )
    set_all_config(dict(config))
    # As pulumi.runtime.test does: a run that failed leaves its unfinished tasks behind.
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    # run_in_stack creates the stack resource, so that exports are recorded, too.
    set_root_resource(None)  # type: ignore[arg-type]  # the SDK's own tests reset it like this

    def run_program() -> None:
        program()

    try:
        with named_outputs():
            loop.run_until_complete(run_in_stack(run_program))
    finally:
        asyncio.set_event_loop(None)
        # The outputs of a resource that was refused hold its error too, which has been raised here.
        loop.set_exception_handler(lambda *_: None)
        loop.close()
    return Graph(
        project=project,
        stack=stack,
        # The order of registrations varies; sorted, two runs of a program give equal graphs.
        resources=tuple(sorted(recorder.recorded.values(), key=lambda resource: resource.urn)),
        stack_outputs=recorder.stack_outputs,
    )
