"""`portcullis explain` as it is typed."""

import json

import pytest
import typer
from typer.testing import CliRunner

from portcullis.cli import explain as command
from portcullis.errors import MisuseError, PortcullisError
from tests.portcullis.explain.test_laptop_logs import GATE, HANDSHAKE

PASSED = GATE | {"requestId": "r-9", "status": 200, "gate": "backend", "reason": ""}


@pytest.fixture
def explain(tmp_path):
    app = typer.Typer()
    app.command()(command.explain)
    (tmp_path / "log").mkdir()
    lines = "".join(f"{json.dumps(x)}\n" for x in (GATE, HANDSHAKE, PASSED))
    (tmp_path / "log" / "gates.jsonl").write_text(lines)

    def run(*arguments):
        result = CliRunner().invoke(app, ["--state-dir", str(tmp_path), *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return " ".join(result.stdout.split())

    return run


def test_a_request_id_is_explained(explain):
    shown = explain("r-1")
    assert "POST /orders → 403" in shown
    assert "gate authorizer" in shown
    assert "missing_scope" in shown
    assert "add the scope" in shown


def test_the_last_refused_call_is_the_default(explain):
    assert "The client sent no certificate." in explain()
    assert "no HTTP answer" in explain("--last")


def test_a_call_that_passed_is_said_to_have_passed(explain):
    assert "gate backend (passed every gate)" in explain("r-9")


def test_json_has_gate_reason_and_fix(explain):
    answer = json.loads(explain("r-1", "--json"))
    assert (answer["gate"], answer["reason"]) == ("authorizer", "missing_scope")
    assert answer["fix"]


def test_an_unknown_id_names_what_to_try(explain):
    with pytest.raises(PortcullisError, match=r"No log has the call r-7\. The laptop's logs"):
        explain("r-7")


def test_an_answer_is_explained_without_a_log(explain):
    shown = explain("--status", "403", "--body", '{"message":"Missing Authentication Token"}')
    assert "one of 1" in shown
    assert "route" in shown


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
