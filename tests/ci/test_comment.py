"""The comment of a pull request is written once and then updated, whatever a plan contains."""

import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.ci.workflows import ROOT

SPEC = importlib.util.spec_from_file_location("ci_comment", ROOT / ".ci" / "comment.py")
comment = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(comment)


class GitHub(BaseHTTPRequestHandler):
    """The comments of one pull request, in pages, as GitHub's REST API has them."""

    def do_GET(self):
        page = int(self.path.rpartition("=")[2])
        self.answer(200, self.server.comments[(page - 1) * 100 : page * 100])

    def do_POST(self):
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        self.server.comments.append(written(len(self.server.comments), text))
        self.answer(201, self.server.comments[-1])

    def do_PATCH(self):
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        wanted = int(self.path.rpartition("/")[2])
        (changed,) = [entry for entry in self.server.comments if entry["id"] == wanted]
        changed["body"] = text
        self.answer(200, changed)

    def answer(self, status, content):
        self.server.seen.append((self.command, self.path, self.headers["Authorization"]))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_):
        pass


def written(number, text, author="github-actions[bot]"):
    return {"id": number, "body": text, "user": {"login": author}}


@pytest.fixture
def github(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), GitHub)
    server.comments, server.seen = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GITHUB_REPOSITORY", "example/portcullis")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.setenv("PULL_REQUEST", "7")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reports(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            kind, stack = name.split("_")
            folder = tmp_path / f"{kind}-{stack}"
            folder.mkdir(exist_ok=True)
            (folder / f"{kind}.txt").write_text(text)
        return tmp_path

    return write


def test_the_first_run_writes_and_the_second_updates(github, reports):
    comment.publish(comment.body(reports(policies_dev="0 mandatory violations")))
    comment.publish(comment.body(reports(policies_dev="1 mandatory violations")))
    (only,) = github.comments
    assert "1 mandatory violations" in only["body"]
    assert [method for method, *_ in github.seen] == ["GET", "POST", "GET", "PATCH"]
    assert {token for *_, token in github.seen} == {"Bearer t"}


def test_the_comment_is_found_behind_a_hundred_others(github, reports):
    github.comments += [written(n, "hello", "somebody") for n in range(120)]
    github.comments.append(written(120, f"{comment.MARKER}\nold"))
    comment.publish("new")
    assert len(github.comments) == 121
    assert github.comments[-1]["body"] == "new"


def test_a_comment_of_somebody_else_with_our_first_line_is_left_alone(github):
    github.comments.append(written(0, f"{comment.MARKER}\nmine", "mallory"))
    comment.publish("new")
    assert [entry["body"] for entry in github.comments] == [f"{comment.MARKER}\nmine", "new"]


def test_a_plan_cannot_leave_its_fence(reports):
    plan = "+ a\n```\n@everyone [link](https://example.com)\n`````\n"
    text = comment.body(reports(plan_dev=plan))
    before, opened, fenced = text.partition("\n``````text\n")
    inside, closed, after = fenced.partition("\n``````\n")
    assert opened
    assert closed
    assert inside == plan.strip()
    assert "@everyone" not in before + after


def test_the_verdict_is_visible_without_a_click(reports):
    text = comment.body(reports(policies_dev="many lines\n1 mandatory `and` 0 advisory"))
    assert "**Policies, dev**: `1 mandatory 'and' 0 advisory`" in text


def test_a_long_plan_keeps_its_end_and_the_comment_githubs_limit(reports):
    plans = {f"plan_stack{n}": "x" * 90_000 + f"\nthe end of {n}" for n in range(6)}
    text = comment.body(reports(**plans))
    assert len(text) < comment.MAX_BODY_CHARACTERS
    for n in range(6):
        assert f"the end of {n}" in text
    assert "characters more in the run" in text


def test_a_run_without_a_report_says_so(tmp_path):
    assert comment.body(tmp_path).splitlines()[-1] == "The run ended before there was a report."
