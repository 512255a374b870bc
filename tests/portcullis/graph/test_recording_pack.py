"""The recording pack turns the engine's requests back into the graph that they came from."""

import json
from dataclasses import replace

import pulumi_aws as aws
from google.protobuf import empty_pb2

from portcullis.analyzer.wire import analyze_requests, analyze_stack_request
from portcullis.graph.encoding import graph_from_json
from portcullis.graph.recorder import record
from portcullis.graph.recording_pack import RecordingAnalyzer, write
from portcullis.graph.resource import ResourceFlags


def program():
    bucket = aws.s3.Bucket("trust", bucket="trust")
    aws.s3.BucketObjectv2("ca", bucket=bucket.bucket, key="ca.pem", content=bucket.arn)


def test_the_graph_comes_back(tmp_path):
    sent = record(
        program, project="p", stack="s", config={}, preview=True, outputs=None, lookup=None
    )
    recorder = RecordingAnalyzer(tmp_path / "graph.json")
    for request in analyze_requests(sent):
        assert not recorder.Analyze(request, None).diagnostics
    assert not recorder.AnalyzeStack(analyze_stack_request(sent), None).diagnostics
    back = graph_from_json(json.loads((tmp_path / "graph.json").read_text()))
    assert (back.project, back.stack) == ("p", "s")

    def compared(graph):
        return [
            replace(r, custom=True, parent=None, source=None, flags=ResourceFlags()) for r in graph
        ]

    dependencies = {r.urn: {k: v for k, v in r.property_dependencies.items() if v} for r in sent}
    assert compared(back) == [
        replace(r, property_dependencies=dependencies[r.urn]) for r in compared(sent)
    ]


def test_it_has_no_rules_and_takes_any_configuration(tmp_path):
    recorder = RecordingAnalyzer(tmp_path / "graph.json")
    assert not recorder.GetAnalyzerInfo(empty_pb2.Empty(), None).policies


def test_the_written_pack_runs_in_this_environment(tmp_path):
    write(tmp_path, tmp_path / "graph.json")
    project = json.loads((tmp_path / "PulumiPolicy.yaml").read_text())
    assert project["runtime"]["name"] == "python"
    compile((tmp_path / "__main__.py").read_text(), "__main__.py", "exec")
