"""Tokens for the backend, against the real PetStore."""

import json
from dataclasses import replace

from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.report import CaseVerdict
from tests.portcullis.acceptance.run.known import (
    BACKEND,
    BY_NAME,
    HEADERS,
    only,
    run,
)
from tests.portcullis.acceptance.run.minting import minting_gateway


def test_the_petstore_passes_every_case_about_the_backend(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    cases = (*BACKEND, *HEADERS, BY_NAME["backend-missing-scope"])
    report = run(cases, petstore.target())
    wrong = [
        (r.case.name, r.seen, r.reason)
        for r in report.results
        if r.verdict is not CaseVerdict.PASSED
    ]
    assert wrong == []
    # The tokens were captured while the backend was running.
    assert petstore.backend.lab.control.commands == []


def test_no_report_holds_a_token(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    text = json.dumps(run(BACKEND, petstore.target()).to_json())
    assert "eyJ" not in text


def test_calls_at_once_share_one_captured_token(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    case = BY_NAME["backend-real-token"]
    case = replace(case, action=CaseAction.REPEATED, times=4)
    assert only(run([case], petstore.target())).verdict is CaseVerdict.PASSED
    assert len(petstore.gateway.asked) == 1
