"""The project's own stacks pass, in a preview and in an update, and dev shows its waiver."""

import runpy
from pathlib import Path

import pytest

from portcullis.analyzer.proof.mutants import mutants
from portcullis.analyzer.proof.prove import prove
from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.render import render
from portcullis.analyzer.reports.subject import Subject
from portcullis.graph.recorder import record
from portcullis.pki import laptop
from portcullis.settings.project import load_stack_config
from portcullis.standin import LocalKeys, StandIn
from tests.policies.running import PACK

PROJECT = Path(__file__).parents[2]
WAIVED = {"dev": [("apigateway-backend-uses-https", "api")]}


@pytest.fixture(scope="module")
def pack(served_pack):
    return served_pack


@pytest.fixture(scope="module")
def truststore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file


def graph_of(stack, truststore, *, preview):
    config = load_stack_config(
        PROJECT, stack, {"portcullis:truststoreFile": str(truststore)}
    ).raw_values
    stand_in = StandIn(
        region=config["aws:region"], account=config["portcullis:accountId"], keys=LocalKeys()
    )
    return record(
        lambda: runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__"),
        project="portcullis",
        stack=stack,
        config=config,
        preview=preview,
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
    )


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_a_stack_is_clean_in_a_preview_and_in_an_update(pack, truststore, stack):
    for preview in (True, False):
        verdict = pack.judge(graph_of(stack, truststore, preview=preview), preview=preview)
        assert verdict.violations == ()
        found = [(waived.rule, waived.resource_name) for waived in verdict.waived]
        assert found == WAIVED.get(stack, [])


def test_five_runs_give_the_same_reports_byte_for_byte(pack, truststore):
    subject = Subject(project="portcullis", stack="dev", semantics="preview")

    def reports():
        verdict = pack.judge(graph_of("dev", truststore, preview=True), preview=True)
        return tuple(render(verdict, subject, report_format) for report_format in ReportFormat)

    assert len({reports() for _ in range(5)}) == 1


def test_a_report_points_at_the_line_of_the_component(pack, truststore):
    graph = graph_of("dev", truststore, preview=True)
    (waived,) = pack.judge(graph, preview=True).waived
    assert waived.source is not None
    line = (PROJECT / waived.source.path).read_text().splitlines()[waived.source.line - 1]
    assert "aws.apigateway.RestApi(" in line


def test_every_mutant_of_the_local_stack_is_refused(truststore):
    graph = graph_of("local", truststore, preview=True)
    proof = prove(graph, mutants(graph), pack=PACK)
    assert proof.survivors == ()
    assert len(proof.mutants) >= 300
