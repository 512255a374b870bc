"""The options, output and exit codes of `portcullis verify`."""

import json

import pytest
import typer
from typer.testing import CliRunner

from portcullis.acceptance.errors import NotRunningError, RunDescriptionError
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.target.deployed import deployed
from portcullis.cli import verify as command
from portcullis.errors import MisuseError, PortcullisError
from portcullis.pki.laptop import ensure
from portcullis.recordings.errors import RecordingError
from portcullis.recordings.folder import Index
from tests.portcullis.acceptance.lab import CLIENTS, PETS, Lab, json_answer
from tests.portcullis.acceptance.sample_matrix import CONTRACT, sample


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return ensure(tmp_path_factory.mktemp("pki"), hosts=["localhost"], clients=CLIENTS)


@pytest.fixture
def lab(pki, tmp_path):
    """A lab, and the run description where `portcullis up` would leave it."""
    lab = Lab(pki=pki, folder=tmp_path).start()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ready.json").write_text(json.dumps(lab.described()))
    yield lab
    lab.close()


@pytest.fixture
def verify():
    app = typer.Typer()
    app.command()(command.verify)

    def run(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_a_case_as_expected_exits_0_and_shows_it(lab, verify, tmp_path):
    result = verify("--state-dir", tmp_path, "--only", "valid-read")
    assert result.exit_code == 0
    assert "valid-read" in result.stdout
    assert "1 as expected, 0 differ, 0 skipped" in result.stdout


def test_a_case_that_differs_exits_1(lab, verify, tmp_path):
    lab.gateway_reply = lambda _asked: json_answer(403, {"message": "Forbidden"})
    result = verify("--state-dir", tmp_path, "--only", "valid-read", "--only", "self-signed")
    assert result.exit_code == 1
    assert "DIFFERS" in result.stdout
    assert "1 as expected, 1 differ" in result.stdout


def test_json_is_all_there_is_on_standard_output(lab, verify, tmp_path):
    result = verify("--state-dir", tmp_path, "--only", "valid-read", "--json")
    report = json.loads(result.stdout)
    assert (report["passed"], report["failed"]) == (1, 0)
    assert report["target"] == f"https://localhost:{lab.gateway.port}"


def test_cases_run_in_the_order_of_the_matrix():
    names = [case.name for case in command.chosen(sample(), ["self-signed", "valid-read"])]
    assert names == ["valid-read", "self-signed"]
    names = [case.name for case in command.chosen(sample(), ["clients-*", "valid-read"])]
    assert names[0] == "valid-read"
    assert len(names) > 1
    assert all(name.startswith("clients-") for name in names[1:])


def test_an_unknown_case_names_close_ones(lab, verify, tmp_path):
    with pytest.raises(MisuseError, match="expired"):
        verify("--state-dir", tmp_path, "--only", "expird")
    assert lab.gateway.asked == []


def test_the_names_of_the_cases_are_listed_and_nothing_is_called(lab, verify, tmp_path):
    result = verify("--state-dir", tmp_path, "--list")
    assert result.stdout.split() == [case.name for case in sample().cases]
    assert lab.gateway.asked == []


def test_cases_of_the_project_are_tried_too(lab, verify, tmp_path):
    folder = tmp_path / "acceptance"
    folder.mkdir()
    (folder / "mine.yaml").write_text(
        "cases:\n"
        "  - {name: mine, attack: A call., caller: client, expect: read}\n"
        "drop: [{name: expired, reason: tried elsewhere}]\n"
    )
    described = lab.described(case_folders=[str(folder)])
    (tmp_path / "run" / "ready.json").write_text(json.dumps(described))
    result = verify("--state-dir", tmp_path, "--only", "mine", "--only", "expired", "--json")
    assert [(case["name"], case["verdict"]) for case in json.loads(result.stdout)["cases"]] == [
        ("expired", "skipped"),
        ("mine", "passed"),
    ]
    assert "dropped in mine.yaml: tried elsewhere" in result.stdout


def test_nothing_running_says_what_to_do(verify, tmp_path):
    with pytest.raises(NotRunningError, match="portcullis up"):
        verify("--state-dir", tmp_path)


def test_a_laptop_that_stopped_is_not_running(lab, verify, tmp_path):
    lab.gateway.close()
    with pytest.raises(NotRunningError, match="no longer answers"):
        verify("--state-dir", tmp_path, "--only", "no-certificate-tls-1.3")


def test_a_description_of_another_version_is_named(lab, verify, tmp_path):
    (tmp_path / "run" / "ready.json").write_text(json.dumps(lab.described(kms=None)))
    with pytest.raises(RunDescriptionError, match="kms"):
        verify("--state-dir", tmp_path)


def test_a_deployed_stack_skips_what_needs_more_than_the_wire(lab, verify, pki):
    files = pki.clients["pet-shop"]
    arguments = ["--target", f"https://localhost:{lab.gateway.port}", "--cacert", pki.ca_file]
    arguments += ["--certificate", files.certificate, "--key", files.key, "--json"]
    report = json.loads(
        verify(*arguments, "--only", "valid-read", "--only", "blocked-address").stdout
    )
    assert [case["verdict"] for case in report["cases"]] == ["passed", "skipped"]
    assert "source address" in report["cases"][1]["reason"]


def test_a_deployed_stack_needs_a_client(verify):
    with pytest.raises(MisuseError, match="--certificate FILE and --key FILE"):
        verify("--target", "https://api.example.com")


def test_an_unreachable_address_is_an_error_before_any_case_runs(verify, pki):
    files = pki.clients["pet-shop"]
    with pytest.raises(PortcullisError, match=r"https://localhost:1: .*nothing was attacked"):
        verify(
            *("--target", "https://localhost:1", "--cacert", pki.ca_file),
            *("--certificate", files.certificate, "--key", files.key),
        )


@pytest.mark.parametrize(
    "option",
    ["--certificate", "--key", "--cacert", "--pki", "--contract", "--scope", "--calls-per-minute"],
)
def test_options_of_a_deployed_stack_need_its_address(verify, option):
    with pytest.raises(MisuseError, match="add --target"):
        verify(option, "1")


def test_only_a_deployed_stack_gets_retries(lab, pki):
    files = pki.clients["pet-shop"]
    assert command._retry(lab.target()) is None
    target = deployed(
        "https://api.example.com",
        certificate=files.certificate,
        key=files.key,
        contract=CONTRACT,
    )
    assert isinstance(command._retry(target), AuthorizerRetry)


# --- recordings -----------------------------------------------------------------------------------


@pytest.fixture
def recorded(lab, verify, tmp_path):
    """A recording of two cases against the lab."""
    folder = tmp_path / "recording"
    arguments = ("--only", "valid-read", "--only", "valid-read-one")
    lab.gateway_reply = pets
    result = verify("--state-dir", tmp_path, *arguments, "--record", folder)
    assert "Recorded 2 of 2 cases" in result.stderr
    assert result.exit_code == 0
    return folder


def pets(asked, body=PETS):
    return json_answer(200, body[1] if asked.path.endswith("/2") else body)


def test_a_recording_replays_without_a_difference(recorded, verify, tmp_path):
    result = verify("--state-dir", tmp_path, "--replay", recorded)
    assert result.exit_code == 0
    assert "2 as expected, 0 differ" in result.stdout


def test_a_changed_answer_fails_the_replay_and_names_case_and_difference(
    lab, recorded, verify, tmp_path
):
    changed = [PETS[0], PETS[1] | {"price": 1}, PETS[2]]
    lab.gateway_reply = lambda asked: pets(asked, changed)
    result = verify("--state-dir", tmp_path, "--replay", recorded, "--json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)["cases"]
    assert (first["name"], second["name"]) == ("valid-read", "valid-read-one")
    assert "body[1].price: recorded 124.99, now 1" in first["reason"]
    assert "body.price: recorded 124.99, now 1" in second["reason"]


def test_only_recorded_cases_are_replayed(recorded, verify, tmp_path):
    result = verify("--state-dir", tmp_path, "--replay", recorded, "--only", "valid-read", "--json")
    assert [case["name"] for case in json.loads(result.stdout)["cases"]] == ["valid-read"]
    with pytest.raises(MisuseError, match="--only expired is not in the recording"):
        verify("--state-dir", tmp_path, "--replay", recorded, "--only", "expired")


def test_a_recording_of_a_case_that_does_not_exist_is_an_error(recorded, verify, tmp_path):
    index = (recorded / "index.json").read_text().replace("valid-read-one", "valid-reading")
    (recorded / "index.json").write_text(index)
    text = (recorded / "valid-read-one.json").read_text().replace("valid-read-one", "valid-reading")
    (recorded / "valid-reading.json").write_text(text)
    with pytest.raises(MisuseError, match="valid-reading"):
        verify("--state-dir", tmp_path, "--replay", recorded)


def test_a_folder_without_a_recording_is_an_error(lab, verify, tmp_path):
    with pytest.raises(RecordingError, match=r"index\.json cannot be read"):
        verify("--state-dir", tmp_path, "--replay", tmp_path / "absent")


def test_an_empty_recording_proves_nothing(recorded, verify, tmp_path):
    index = json.loads((recorded / "index.json").read_text()) | {"cases": {}}
    (recorded / "index.json").write_text(json.dumps(index))
    assert verify("--state-dir", tmp_path, "--replay", recorded).exit_code == 1


def test_recording_and_replaying_exclude_each_other(lab, verify, tmp_path):
    with pytest.raises(MisuseError, match="exclude each other"):
        verify("--state-dir", tmp_path, "--record", tmp_path, "--replay", tmp_path)
    assert lab.gateway.asked == []


def test_a_region_without_a_recording_is_misuse(lab, verify, tmp_path):
    with pytest.raises(MisuseError, match="add --record DIR"):
        verify("--state-dir", tmp_path, "--region", "eu-central-1")


def test_a_recording_of_a_deployed_stack_needs_its_region(lab, verify, pki, tmp_path):
    files = pki.clients["pet-shop"]
    arguments = ["--target", f"https://localhost:{lab.gateway.port}", "--cacert", pki.ca_file]
    arguments += ["--certificate", files.certificate, "--key", files.key, "--only", "valid-read"]
    arguments += ["--record", tmp_path / "aws"]
    with pytest.raises(MisuseError, match="--region eu-central-1"):
        verify(*arguments)
    assert lab.gateway.asked == []
    assert verify(*arguments, "--region", "eu-west-1").exit_code == 0
    index = Index.read(tmp_path / "aws")
    assert (index.target, index.region) == ("aws", "eu-west-1")
