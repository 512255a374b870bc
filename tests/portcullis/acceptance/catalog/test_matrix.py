"""The case files: complete, in order, each case repairs what it breaks, and faults are refused."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from portcullis.acceptance.catalog.matrix import FOLDER, build
from portcullis.acceptance.errors import CaseFileError
from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.control_command import MENDED_BY, ControlCommand
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import BackendToken, Framing
from portcullis.sample import SAMPLE as PETSTORE
from tests.portcullis.acceptance.sample_matrix import CONTRACT, sample

ROOT = Path(__file__).parents[4]
SAMPLE = sample()
CASES = SAMPLE.cases
FAULTS = SAMPLE.section("Broken parts")
RATE = SAMPLE.section("Rate limit")
MENDS = {broken: mended for mended, broken in MENDED_BY.items()}


def test_names_are_unique_and_can_be_typed():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in names)


def test_every_case_says_what_is_tried_in_one_sentence():
    for case in CASES:
        assert case.attack.endswith(".")
        assert len(case.attack) <= 100


@pytest.mark.parametrize("caller", CaseCaller)
def test_every_caller_calls(caller):
    interleaved = {CaseCaller.OTHER_CLIENT: CaseAction.INTERLEAVED}.get(caller)
    assert any(case.caller is caller or case.action is interleaved for case in CASES)


@pytest.mark.parametrize("token", BackendToken)
def test_every_token_is_tried(token):
    assert any(case.request and case.request.token is token for case in CASES)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_misbehaviour_is_tried(behaviour):
    assert any(case.behaviour is behaviour for case in CASES)


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_must_refuse_or_answer_a_case(gate):
    assert any(case.expect.gate is gate for case in CASES)


def test_most_of_the_matrix_is_attacks():
    attacks = [case for case in CASES if 200 not in case.expect.statuses]
    assert len(attacks) >= 60
    assert len(CASES) >= 80


def test_what_a_case_breaks_it_mends():
    for case in CASES:
        if case.action is CaseAction.BAD_BACKEND:
            assert ControlCommand.STOP_BACKEND in case.breaks, case.name
        mended = {MENDS[command] for command in case.breaks if command in MENDS}
        assert set(case.mends) == mended, case.name


def test_the_flood_and_the_broken_parts_come_last():
    assert CASES[-len(FAULTS) - len(RATE) :] == RATE + FAULTS
    for case in CASES[: -len(FAULTS)]:
        assert not case.breaks
        broken = {CaseAction.KILLED_MID_CALL, CaseAction.BAD_BACKEND, CaseAction.RECOVERING}
        assert case.action not in broken


def test_the_matrix_ends_with_a_call_that_works():
    assert 200 in CASES[-1].expect.statuses


def test_a_request_without_correct_framing_must_end_at_the_front():
    for case in CASES:
        if case.request.framing is Framing.AS_GIVEN:
            assert case.expect.gate is Gate.HTTP


def test_every_http_refusal_counts_answers():
    """Otherwise a request that was smuggled past would go unnoticed."""
    for case in CASES:
        if case.expect.gate is Gate.HTTP and case.action is CaseAction.REQUEST:
            assert case.request.keeps_open, case.name


# --- case files with a fault ------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A copy of the case files."""
    return Path(shutil.copytree(FOLDER, tmp_path / "cases"))


def test_a_copy_of_the_case_files_is_the_same_matrix(folder):
    assert build(CONTRACT, [PETSTORE.cases], own=folder) == SAMPLE


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("tls.yaml", "attack:", "atack:", r"tls\.yaml:4: 'atack' is not accepted here.*attack"),
        ("tls.yaml", "name: tls-1.1", "name: self-signed", "another case 'self-signed'"),
        ("tls.yaml", "expect: no-connection", "expect: blocked", "has another file"),
        ("order.yaml", "  - valid-read\n", "", "are missing: valid-read"),
        ("order.yaml", "- valid-read\n", "- valid-reed\n", r"order\.yaml:5: 'valid-reed'"),
        ("order.yaml", "- self-signed\n", "- valid-read\n", "is not a case, or occurs twice"),
        ("answers.yaml", "gate: tls", "gate: tsl", "'tsl' is not accepted here"),
    ],
)
def test_a_fault_is_refused_with_file_line_and_what_is_accepted(folder, file, old, new, message):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CaseFileError, match=message):
        build(CONTRACT, [PETSTORE.cases], own=folder)


def test_the_cases_of_every_api_name_no_path_of_a_contract():
    for file in FOLDER.glob("*.yaml"):
        for target in re.findall(r'target: "?([^,}"\n]*)', file.read_text(encoding="utf-8")):
            assert target in ("/.well-known/jwks.json", "/{stage", "/nothing{read") or (
                target.startswith(("{read", "{unknown"))
            ), f"{file.name}: {target}"


def test_the_case_files_are_part_of_the_package():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = data["tool"]["setuptools"]["package-data"]["portcullis"]
    packaged = {path for pattern in patterns for path in (ROOT / "portcullis").glob(pattern)}
    assert {*FOLDER.iterdir(), *PETSTORE.cases.iterdir()} <= packaged
