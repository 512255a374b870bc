"""A case must be able to fail: scripted servers are wrong in one way, and cases must differ.

The lab's gateway here is a script of a few lines. That the real one passes is shown by
`portcullis up --verify`.
"""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import (
    Recovering,
)
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run import runner as runner_module
from portcullis.acceptance.target.clients import CaseClients
from portcullis.errors import ExitCode, MisuseError
from tests.portcullis.acceptance.lab import json_answer
from tests.portcullis.acceptance.run.known import BY_NAME, CASES, FORBIDDEN, READ, only, run


def verdicts(report):
    return {result.case.name: result.verdict for result in report.results}


QUICK = tuple(
    replace(case, action=replace(case.action, seconds=0.2))
    if isinstance(case.action, Recovering)
    else case
    for case in CASES
)


def test_a_server_that_lets_everything_through_fails_every_attack(lab, pki):
    """Also without TLS: a plain server on the gateway's port would answer plain HTTP."""
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is CaseVerdict.PASSED}
    good = {case.name for case in CASES if 200 in case.expect.statuses}
    # The lab's TLS library refuses these two by itself; test_wire shows them being found out.
    assert passed - good == {"tls-1.1", "plain-http"}
    assert report.exit_code is ExitCode.FAILED


def test_a_server_that_refuses_everything_fails_every_call_that_must_work(lab):
    lab.gateway_reply = lab.default_reply = lambda _asked: json_answer(403, FORBIDDEN)
    lab.backend_reply = lambda _asked: json_answer(401, {"error": "invalid_token"})
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is CaseVerdict.PASSED}
    for case in CASES:
        if 200 in case.expect.statuses:
            assert case.name not in passed
        if case.expect.gate in (Gate.WEB_ACL, Gate.ROUTE, Gate.AUTHORIZER, Gate.VALIDATION):
            assert case.name not in passed, "a refusal by an unnamed gate"
    assert report.exit_code is ExitCode.FAILED


def test_closed_ports_fail_every_case(lab):
    target = lab.target()
    lab.gateway.close()
    lab.default.close()
    lab.backend.close()
    cases = [case for case in QUICK if Need.CONTROL not in case.needs]
    report = run(cases, target)
    assert CaseVerdict.PASSED not in verdicts(report).values()


def test_needs_that_are_not_met_skip_with_their_reason(lab):
    target = replace(lab.target(), control=None)
    result = only(run([BY_NAME["backend-down"]], target))
    assert (result.verdict, result.reason) == (CaseVerdict.SKIPPED, Need.CONTROL)
    assert run([BY_NAME["backend-down"]], target).exit_code is ExitCode.FAILED


def test_progress_is_called_with_every_result(lab):
    told = []
    run([READ, BY_NAME["revoked"]], lab.target(), told.append)
    assert [result.case.name for result in told] == ["read", "revoked"]


def test_a_file_without_a_certificate_is_misuse(lab, tmp_path):
    (tmp_path / "empty.pem").write_text("")
    target = lab.target()
    first, *others = target.clients.registered
    presented = replace(first.presented, certificate=tmp_path / "empty.pem")
    clients = CaseClients(registered=[replace(first, presented=presented), *others])
    target = replace(target, clients=clients)
    with pytest.raises(MisuseError, match=r"empty\.pem"):
        run([BY_NAME["unknown-issuer"]], target)


def test_forged_certificates_are_gone_after_the_run(lab, monkeypatch):
    folders = []
    original = runner_module.Identities

    def spying(target, folder):
        folders.append(folder)
        return original(target, folder)

    monkeypatch.setattr(runner_module, "Identities", spying)
    run([BY_NAME["expired"]], lab.target())
    assert folders
    assert not folders[0].exists()
