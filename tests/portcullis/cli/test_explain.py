"""`portcullis explain` as it is typed."""

import json
from pathlib import Path

import boto3
import pytest
import typer
from moto import mock_aws
from typer.testing import CliRunner

from components.log_groups import access_log_group, authorizer_log_group
from portcullis.cli import explain as command
from portcullis.errors import MisuseError, PortcullisError
from portcullis.settings.project import load_stack_config
from portcullis.settings.stack_settings import StackSettings
from tests.portcullis.explain.lines import AT, CALLS, THUMBPRINT, access
from tests.portcullis.explain.test_laptop_logs import GATE, HANDSHAKE

ROOT = Path(__file__).parents[3]
PASSED = GATE | {"requestId": "r-9", "status": 200, "gate": "backend", "reason": ""}


@pytest.fixture
def explain(tmp_path):
    app = typer.Typer()
    app.command()(command.explain)
    (tmp_path / "log").mkdir()
    lines = "".join(f"{json.dumps(x)}\n" for x in (GATE, HANDSHAKE, PASSED))
    (tmp_path / "log" / "gates.jsonl").write_text(lines)
    calls = "".join(f"{json.dumps(access(requestId=name))}\n" for name in ("r-1", "r-9"))
    (tmp_path / "log" / "access.jsonl").write_text(calls)

    def run(*arguments, lines=False):
        result = CliRunner().invoke(app, ["--state-dir", str(tmp_path), *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        if lines:
            return [line.strip() for line in result.stdout.splitlines()]
        return " ".join(result.stdout.split())

    return run


def test_a_request_id_is_explained(explain):
    shown = explain("r-1")
    assert "POST /orders → 403" in shown
    assert "gate authorizer" in shown
    assert "missing_scope" in shown
    assert "clients set-scopes" in shown


def test_what_a_caller_sent_cannot_move_the_cursor(explain, tmp_path):
    hostile = GATE | {"requestId": "r-7", "path": "/\x1b[2J\u202e", "reason": "\x1b]0;x\x07"}
    with (tmp_path / "log" / "gates.jsonl").open("a") as file:
        file.write(json.dumps(hostile) + "\n")
    shown = explain("r-7")
    assert "/\\x1b[2J\\u202e" in shown
    assert shown.replace(" ", "").replace("→", "").isprintable()


def test_a_command_to_paste_stands_on_a_line_of_its_own(explain, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    command = "portcullis clients set-scopes depot --stack local --scope SCOPE"
    assert command in explain("r-1", lines=True)


def test_the_last_refused_call_is_the_default(explain):
    assert "The client sent no certificate." in explain()
    assert "no HTTP answer" in explain("--last")


def test_a_call_that_passed_is_said_to_have_passed(explain):
    assert "gate backend (passed every gate)" in explain("r-9")


def test_json_has_gate_reason_and_fix(explain):
    answer = json.loads(explain("r-1", "--json"))
    assert (answer["gate"], answer["reason"]) == ("authorizer", "missing_scope")
    assert answer["fix"]


@pytest.mark.parametrize("name", ["4f99", "4F:99", "20377", THUMBPRINT])
def test_a_certificate_means_its_last_refused_call(explain, name):
    shown = explain(name)
    assert "request id r-1" in shown
    assert "serial number 4f99" in shown
    assert f"thumbprint {THUMBPRINT}" in shown


def test_each_refused_call_is_shown_as_it_comes(explain, tmp_path, monkeypatch):
    gates = tmp_path / "log" / "gates.jsonl"
    fresh = [[PASSED | {"requestId": "r-10"}], [GATE | {"requestId": "r-11"}], []]

    def sleep(_):
        if not fresh:
            raise KeyboardInterrupt
        with gates.open("a") as log:
            log.writelines(f"{json.dumps(line)}\n" for line in fresh.pop(0))

    monkeypatch.setattr(command.time, "sleep", sleep)
    assert json.loads(explain("--follow", "--json"))["request_id"] == "r-11"


@pytest.mark.parametrize("arguments", [("r-1",), ("--last",), ("4f:99",)])
def test_a_deployed_stack_is_read_by_the_names_of_its_settings(explain, monkeypatch, arguments):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    stack = StackSettings.read(load_stack_config(ROOT, "dev"))
    refused = next(case for case in CALLS if case.name == "missing-scope")
    with mock_aws():
        client = boto3.client("logs", region_name=stack.region)
        lines = {
            access_log_group(stack.name): refused.access,
            authorizer_log_group(stack.name): refused.authorizer,
        }
        for group, line in lines.items():
            client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName="s")
            event = {"timestamp": int(AT * 1000), "message": json.dumps(line)}
            client.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
        shown = explain(*arguments, "--aws", "--stack", "dev", "--project", str(ROOT))
    assert "missing_scope" in shown
    assert "needs the scope orders:write" in shown
    assert "set-scopes depot" in shown


def test_an_unknown_id_names_what_to_try(explain):
    with pytest.raises(PortcullisError, match=r"No log has the call r-7\. The laptop's logs"):
        explain("r-7")


def test_an_answer_is_explained_without_a_log(explain):
    shown = explain("--status", "403", "--body", '{"message":"Missing Authentication Token"}')
    assert "one possible cause" in shown
    assert "route" in shown


def test_an_answer_that_no_gate_gives_is_said(explain):
    shown = explain("--status", "403", "--header", "x-portcullis-layer: integration")
    assert shown.startswith("No gate answers so.")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--status", "4o3"), "must be a number such as 403"),
        (("--header", "x"), "NAME:VALUE"),
        (("r-1", "--status", "403"), "leave out REQUEST_ID"),
    ],
)
def test_a_bad_argument_is_one_line(explain, arguments, text):
    with pytest.raises(MisuseError, match=text):
        explain(*arguments)
