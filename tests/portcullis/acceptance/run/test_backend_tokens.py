"""Tokens for the backend, against the real PetStore."""

import json

from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.runner import run
from tests.portcullis.acceptance.run.known import (
    BACKEND,
    HEADERS,
)
from tests.portcullis.acceptance.run.minting import minting_gateway


def test_the_petstore_passes_every_case_about_the_backend(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    report = run((*BACKEND, *HEADERS), petstore.target())
    wrong = [
        (r.case.name, r.seen, r.reason)
        for r in report.results
        if r.verdict is not CaseVerdict.PASSED
    ]
    assert wrong == []
    # One capture serves all cases, and the backend is running again.
    assert petstore.backend.lab.control.commands == ["stop-backend", "start-backend"]


def test_no_report_holds_a_token(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    text = json.dumps(run(BACKEND, petstore.target()).to_json())
    assert "eyJ" not in text
