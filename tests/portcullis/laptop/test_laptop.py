"""The whole chain as a person meets it: start, call, be refused, stop. Real processes, real TLS."""

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import Destination
from portcullis.explain.causes import cause_of, causes, explained
from portcullis.explain.laptop_logs import LaptopLogs
from portcullis.explain.quoted import possibilities
from portcullis.gateway.exchange import Layer
from portcullis.pki.laptop import ensure
from tests.portcullis.acceptance.sample_matrix import sample
from tests.portcullis.laptop.running import (
    ROOT,
    assert_ends,
    call,
    is_alive,
    running,
    start,
    wait_for,
)

pytestmark = pytest.mark.laptop

EXPLICIT_DENY = (
    '{"Message":"User is not authorized to access this resource '
    'with an explicit deny in an identity-based policy"}'
)


def test_a_registered_client_gets_three_pets(laptop):
    status, body, _ = laptop.call("pet-shop")
    assert status == 200
    assert [pet["type"] for pet in json.loads(body)] == ["dog", "cat", "fish"]


def test_a_certificate_of_the_same_issuer_that_is_not_registered_is_denied_explicitly(laptop):
    status, body, headers = laptop.call("stranger")
    assert (status, body) == (403, EXPLICIT_DENY)
    assert headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_without_a_certificate_the_handshake_fails(laptop):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        laptop.call(None)


def test_a_certificate_of_a_self_made_authority_is_forbidden(laptop, tmp_path):
    other = ensure(tmp_path, hosts=["localhost"], clients={"pet-shop": "spiffe://x/client/x"})
    files = other.clients["pet-shop"]
    status, body, _ = laptop.call({"certificate": files.certificate, "key": files.key})
    assert (status, body) == (403, '{"message":"Forbidden"}')


def test_the_ready_line_names_files_that_exist_and_the_run_description_says_the_same(laptop):
    ready = laptop.ready
    assert {"gateway", "default_endpoint", "backend", "ca", "clients", "log"} <= set(ready)
    # The inspector's URL holds its token, so it is printed and not kept.
    kept = {name: value for name, value in ready.items() if name != "inspector"}
    assert json.loads((laptop.state / "run" / "ready.json").read_text()) == kept
    files = [ready["ca"], ready["log"]]
    for client in ready["clients"].values():
        files += [client["certificate"], client["key"]]
    assert all(Path(file).is_file() for file in files)


@pytest.fixture(scope="module")
def matrix(laptop):
    """The report of one run of the attack matrix, and the exit code of the command."""
    run = subprocess.run(
        [sys.executable, "-m", "portcullis", "verify", "--json", "--state-dir", laptop.state],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return json.loads(run.stdout), run.returncode


def test_every_case_of_the_attack_matrix_is_as_expected(matrix):
    report, code = matrix
    assert [c for c in report["cases"] if c["verdict"] == "failed"] == []
    assert code == 0
    assert report["passed"] >= 60


# The gates whose last row in causes.yaml, for any other reason, would name no cause.
SPECIFIC = {"tls", "truststore", "web-acl", "authorizer"}


def test_every_negative_case_of_the_attack_matrix_is_explained(laptop, matrix):
    """Each one has a logged call of the expected gate, with a cause of its own and a remedy."""
    report, _ = matrix
    assert {one["name"] for one in report["cases"]} == {case.name for case in sample().cases}
    with contextlib.suppress(AssertionError):  # a line may be later than the client's end
        wait_for(lambda: unexplained(laptop, report) == [], seconds=60)
    assert unexplained(laptop, report) == []


def unexplained(laptop, report):
    """The negative cases that have no line of the logs for themselves, or one without a cause."""
    cases = {case.name: case for case in sample().cases}
    logged = sorted(LaptopLogs(laptop.state / "log").calls(), key=lambda call: call.time)
    missing = []
    for one in sorted(report["cases"], key=lambda one: one["startedAt"]):
        case = cases[one["name"]]
        if not is_refusal(case.expect):
            continue
        if case.request.destination is Destination.BACKEND:  # passes no gate and is in no log
            status = case.expect.statuses[0]
            found = possibilities(status, '{"error":"invalid_token"}', {}, stack="local")
            assert [p.gate for p in found] == [Layer.BACKEND]
            continue
        calls = [c for c in logged if is_of_case(c, one) and c.gate in GATES[case.expect.gate]]
        explaining = [call for call in calls if is_explained(call, case.rule_group)]
        if explaining:
            logged.remove(explaining[0])  # it is not the call of another case
        else:
            missing.append((one["name"], one["requestId"], calls))
    return missing


def is_refusal(expected):
    return not expected.statuses or min(expected.statuses) >= 400


# The listener's HTTP parser is "front" in the logs; it has no gate of its own for plain HTTP.
GATES = {gate: {gate} for gate in Gate} | {Gate.HTTP: {"front", "tls"}}


def is_of_case(call, one):
    """By request id; a call without an HTTP answer by the time at which the case began."""
    if one["requestId"]:
        return call.request_id == one["requestId"]
    return one["startedAt"] - 0.01 <= call.time


def is_explained(call, rule_group):
    explanation = explained(call, stack="local")
    assert explanation.what
    assert explanation.fix
    if call.gate in SPECIFIC and cause_of(call.gate, call.reason) is causes()[call.gate][-1]:
        return False
    return rule_group in call.facts.get("rule", "")


def test_one_line_tells_which_gate_refused(laptop):
    _, _, headers = laptop.call("stranger", path="/pets?which=1")
    row = laptop.row(headers)
    assert (row["gate"], row["status"]) == ("authorizer", 403)
    assert row["reason"]


def test_no_log_holds_a_token_or_a_key(laptop):
    laptop.call("pet-shop")
    for file in (laptop.state / "log").iterdir():
        text = file.read_text()
        assert "eyJ" not in text, file
        assert "PRIVATE KEY" not in text, file


def test_a_kill_leaves_no_child_behind_and_the_next_start_works_and_ends_by_ctrl_c(tmp_path):
    with running(tmp_path) as started:
        children = started.children()
        started.process.kill()
        started.process.wait()
        wait_for(lambda: not any(map(is_alive, children)))
    with running(tmp_path) as again:
        assert again.call("pet-shop")[0] == 200
        assert_ends(again, signal.SIGINT)


def test_a_second_laptop_in_the_same_directory_is_refused(laptop):
    with pytest.raises(AssertionError, match=r"A laptop already runs in .* --state-dir DIR"):
        start(laptop.state)


def test_a_requested_port_that_is_taken_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError, match=f"Port {port} .*--port PORT"):
            start(tmp_path, "--port", str(port))


def test_a_bad_setting_names_the_key_the_value_and_the_command(tmp_path):
    with pytest.raises(AssertionError, match=r"(?s)exit 2: .*rateLimit is 1.*pulumi config set"):
        start(tmp_path, "--config", "portcullis:rateLimit=1")


def test_keep_alive_carries_many_calls(laptop):
    answers = {call(laptop.ready, "pet-viewer")[0] for _ in range(5)}
    assert answers == {200}
