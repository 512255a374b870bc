"""`portcullis keys`: three steps in order and in time, and nothing else in the file changes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from typer.testing import CliRunner

from components.api_body import JWKS_MAX_AGE_SECONDS
from portcullis.cli.keys import app
from portcullis.errors import ExitCode, MisuseError
from portcullis.settings.key_rotation import TooEarlyError, UnknownTimeError
from portcullis.settings.stack_file import StackFileError

PROJECT = """\
name: portcullis
runtime: python
config:
  signingKeys:
    type: array
    items: {type: string}
    default: [a]
  signingKey: {type: string, default: ''}
  tokenLifeSeconds: {type: integer, default: 300}
  authorizerCacheSeconds: {type: integer, default: 60}
  protect: {type: boolean, default: true}
  alarmEmails: {type: array, items: {type: string}, default: [oncall@example.com]}
"""
STACK = """\
# What partners call.
config:
  aws:region: eu-central-1  # Frankfurt
  # Quoted, or YAML reads an octal number.
  portcullis:accountId: "012345678901"
  portcullis:allowedCidrs:
    - 203.0.113.0/24
    # the office
    - 2001:db8::/32
"""
NOW = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture
def stack_file(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(STACK)
    return file


@pytest.fixture
def run(stack_file, monkeypatch):
    monkeypatch.chdir(stack_file.parent)

    def call(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--stack", "prod"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == ExitCode.OK, result.output
        return result.stdout

    return call


def config(file):
    return yaml.safe_load(file.read_text())["config"]


def ago(seconds):
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime(NOW)


def wind_back(file, seconds):
    """As if the last step had been written earlier."""
    text = file.read_text()
    (line,) = [line for line in text.splitlines() if "# portcullis keys:" in line]
    file.write_text(text.replace(line.split()[-1], ago(seconds)))


def test_a_rotation_publishes_then_signs_then_retires(run, stack_file):
    said = run("rotate")
    assert config(stack_file)["portcullis:signingKeys"] == ["a", "b"]
    assert config(stack_file)["portcullis:signingKey"] == "a"
    assert "pulumi up --stack prod" in said
    assert "Then wait 5 minutes" in said
    wind_back(stack_file, JWKS_MAX_AGE_SECONDS + 1)
    said = run("rotate")
    assert config(stack_file)["portcullis:signingKeys"] == ["a", "b"]
    assert config(stack_file)["portcullis:signingKey"] == "b"
    assert "Then wait 6 minutes" in said  # 300 + 60
    wind_back(stack_file, 361)
    said = run("rotate")
    assert config(stack_file)["portcullis:signingKeys"] == ["b"]
    assert "portcullis:signingKey" not in config(stack_file)
    assert "aws:kms/key:Key::authorizer-signing-a'" in said
    assert "portcullis keys:" not in stack_file.read_text()


def test_nothing_else_in_the_file_changes(run, stack_file):
    run("rotate")
    added = [line for line in stack_file.read_text().splitlines() if line not in STACK.splitlines()]
    assert [line.split(":")[0].strip() for line in added] == [
        "# portcullis keys",
        "portcullis",
        "portcullis",
    ]
    wind_back(stack_file, 1000)
    run("rotate")
    wind_back(stack_file, 1000)
    run("rotate")
    assert stack_file.read_text() == STACK + "  portcullis:signingKeys: [b]\n"


@pytest.mark.parametrize(("step", "wait"), [("sign", 300), ("retire", 360)])
def test_a_step_before_its_time_is_refused_and_says_when(run, stack_file, step, wait):
    run("rotate")
    if step == "retire":
        wind_back(stack_file, 1000)
        run("rotate")
    wind_back(stack_file, wait - 30)
    before = stack_file.read_text()
    with pytest.raises(TooEarlyError, match=f"Too early to {step}") as caught:
        run("rotate")
    assert caught.value.exit_code is ExitCode.FAILED
    assert stack_file.read_text() == before
    wind_back(stack_file, wait + 1)
    run("rotate", "--step", step)


def test_the_end_of_the_deploy_counts_where_it_was_later_than_the_edit(run, stack_file):
    run("rotate")
    wind_back(stack_file, 1000)
    with pytest.raises(TooEarlyError):
        run("rotate", "--deployed", ago(10))
    run("rotate", "--deployed", ago(301))


def test_a_deploy_before_its_edit_counts_for_nothing(run):
    run("rotate")
    with pytest.raises(TooEarlyError):
        run("rotate", "--deployed", ago(100_000))


def test_a_time_in_the_future_is_refused(run):
    run("rotate")
    with pytest.raises(MisuseError, match="in the future"):
        run("rotate", "--deployed", ago(-1000))


def test_a_state_that_somebody_wrote_by_hand_needs_the_time(run, stack_file):
    stack_file.write_text(STACK + "  portcullis:signingKeys: [a, b]\n")
    with pytest.raises(UnknownTimeError, match="--deployed"):
        run("rotate")
    run("rotate", "--deployed", ago(301))
    assert config(stack_file)["portcullis:signingKey"] == "b"


def test_another_step_than_the_next_one_is_refused(run, stack_file):
    with pytest.raises(MisuseError, match="next step is publish, not retire"):
        run("rotate", "--step", "retire")
    assert stack_file.read_text() == STACK


@pytest.mark.parametrize(
    "lines",
    [
        '  portcullis:signingKeys: ["a", "b", "c"]\n',
        "  portcullis:signingKeys: []\n",
        "  portcullis:signingKeys: [a]\n  portcullis:signingKey: b\n",
        "  portcullis:signingKeys: ''\n",
    ],
)
def test_settings_that_are_no_state_of_a_rotation_are_refused(run, stack_file, lines):
    stack_file.write_text(STACK + lines)
    with pytest.raises(MisuseError, match="signingKeys"):
        run("rotate")


@pytest.mark.parametrize(
    "written",
    [
        '  portcullis:signingKeys: ["a"]  # the first one\n',
        "  portcullis:signingKeys:\n    - a\n",
        "  portcullis:signingKeys:\n  - a\n  portcullis:xray: true\n",
        "  portcullis:signingKeys: [a]",  # no line break at the end
        "  portcullis:signingKeys: [\n    a\n  ]\n  portcullis:xray: true\n",
    ],
)
def test_every_way_to_write_a_list_is_understood(run, stack_file, written):
    stack_file.write_text(STACK + written)
    run("rotate")
    assert config(stack_file)["portcullis:signingKeys"] == ["a", "b"]
    assert stack_file.read_text().startswith(STACK)
    assert ("# the first one" in stack_file.read_text()) is ("# the first one" in written)
    assert ("portcullis:xray" in config(stack_file)) is ("xray" in written)


@pytest.mark.parametrize(
    "text",
    [
        STACK + "  portcullis:signingKeys:\n    - a  # made in May\n",
        STACK + "  portcullis:signingKeys:\n    # made in May\n    - a\n",
        "config: {aws:region: eu-central-1}\n",
    ],
)
def test_what_could_cost_a_comment_is_left_to_a_person(run, stack_file, text):
    stack_file.write_text(text)
    with pytest.raises(StackFileError, match=r"Nothing was changed.*signingKeys: \[a, b\]"):
        run("rotate")
    assert stack_file.read_text() == text


def test_the_list_says_what_signs_and_what_comes(run, stack_file):
    assert "No rotation is under way" in run("list")
    run("rotate")
    said = run("list")
    assert "Next step: sign, not before" in said
    answer = json.loads(run("list", "--json"))
    assert answer["published"] == ["a", "b"]
    assert (answer["signer"], answer["next"]) == ("a", "sign")
    assert answer["safe_at"] > answer["since"]
    stack_file.write_text(STACK + "  portcullis:signingKeys: [a, b]\n")
    assert "5 minutes after the last one" in run("list")


def test_an_unprotected_stack_is_not_told_to_unprotect(run, stack_file):
    stack_file.write_text(
        STACK + "  portcullis:protect: false\n"
        "  portcullis:signingKeys: [a, b]\n  portcullis:signingKey: b\n"
    )
    assert "unprotect" not in run("rotate", "--deployed", ago(1000))
