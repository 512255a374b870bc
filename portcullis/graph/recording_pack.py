"""A policy pack without rules: it records what the engine sends to a pack, as a graph.

The engine starts it in the preview of a program in any language. It sees the children of remote
components too, which their own process registers. The graph is written as JSON when the stack is
complete.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from portcullis.graph.encoding import graph_to_json
from portcullis.graph.resource import Graph, Resource, ResourceFlags
from portcullis.graph.wire import dependencies_of, from_struct

NAME = "portcullis-recorder"
STACK_TYPE = "pulumi:pulumi:Stack"
CHANNEL_OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def write(folder: Path, result: Path) -> None:
    """Write a pack into an empty folder; its preview writes the graph to ``result``."""
    (folder / "PulumiPolicy.yaml").write_text(
        json.dumps(
            {
                "name": "recorder",
                "version": "0.0.1",
                "runtime": {
                    "name": "python",
                    "options": {"toolchain": "pip", "virtualenv": sys.prefix},
                },
            }
        ),
        encoding="utf-8",
    )
    (folder / "__main__.py").write_text(
        "import sys\n"
        f"sys.path[:0] = [{str(Path(__file__).parents[__name__.count('.')])!r}]\n"
        f"from {__name__} import serve\n"
        f"serve({str(result)!r})\n",
        encoding="utf-8",
    )


class RecordingAnalyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers every request without a diagnostic."""

    def __init__(self, result: Path) -> None:
        self._result = result
        self._inputs: dict[str, dict[str, Any]] = {}

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return analyzer_pb2.AnalyzerInfo(
            name=NAME, displayName=NAME, version="0.0.1", supportsConfig=True
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return plugin_pb2.PluginInfo(version="0.0.1")

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return analyzer_pb2.RemediateResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        return empty_pb2.Empty()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        self._inputs[request.urn] = from_struct(request.properties)
        return analyzer_pb2.AnalyzeResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC
        graph = _graph(request, self._inputs)
        self._result.write_text(json.dumps(graph_to_json(graph)), encoding="utf-8")
        return analyzer_pb2.AnalyzeResponse()


def _graph(request: Any, inputs: dict[str, dict[str, Any]]) -> Graph:
    roots = [resource for resource in request.resources if resource.type == STACK_TYPE]
    stack, project, *_ = roots[0].urn.removeprefix("urn:pulumi:").split("::")
    resources = [_resource(r, inputs) for r in request.resources if r.type != STACK_TYPE]
    return Graph(
        project=project,
        stack=stack,
        resources=tuple(sorted(resources, key=lambda resource: resource.urn)),
        stack_outputs=from_struct(roots[0].properties),
    )


def _resource(sent: Any, inputs: dict[str, dict[str, Any]]) -> Resource:
    outputs = from_struct(sent.properties)
    provider = sent.provider.urn if sent.HasField("provider") else ""
    return Resource(
        urn=sent.urn,
        type=sent.type,
        name=sent.name,
        custom=bool(provider) or sent.type.startswith("pulumi:providers:"),
        parent=sent.parent or None,
        inputs=inputs.get(sent.urn, outputs),
        outputs=outputs,
        dependencies=tuple(sorted(sent.dependencies)),
        property_dependencies=dependencies_of(sent.properties, sent.propertyDependencies, sent.urn),
        flags=ResourceFlags(
            protect=sent.options.protect,
            delete_before_replace=sent.options.deleteBeforeReplace,
            ignore_changes=tuple(sent.options.ignoreChanges),
            aliases=tuple(sent.options.aliases),
            additional_secret_outputs=tuple(sent.options.additionalSecretOutputs),
            provider=f"{provider}::" if provider else "",
        ),
    )


def serve(result: str) -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=CHANNEL_OPTIONS)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(RecordingAnalyzer(Path(result)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads the port here
    while True:
        time.sleep(3600)
